"""Codes matched one to one with what they may stand for."""

import numpy as np
from jaxtyping import Float, Int, Num
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata


def match(
    likeness: Float[np.ndarray, "rows columns"],
) -> tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]:
    """Pair rows with columns, each at most once, so that the likeness adds up to most.

    Parameters
    ----------
    likeness
        How alike each row and column are, shape (r, c).

    Returns
    -------
    tuple of numpy.ndarray
        The rows and the columns of the min(r, c) pairs.

    References
    ----------
    Kuhn (1955), "The Hungarian method for the assignment problem", doi:10.1002/nav.3800020109.

    Examples
    --------
    >>> rows, columns = match(np.array([[0.1, 0.9], [0.8, 0.7]]))
    >>> columns.tolist()
    [1, 0]
    """
    rows, columns = linear_sum_assignment(likeness, maximize=True)
    return rows, columns


def correlations(
    codes: Num[np.ndarray, "samples codes"],
    factors: Num[np.ndarray, "samples factors"],
    *,
    ranks: bool = False,
) -> Float[np.ndarray, "codes factors"]:
    """Return the absolute correlation of each code with each factor.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K).
    ranks
        Whether to correlate ranks (Spearman) and not values (Pearson).

    Returns
    -------
    numpy.ndarray
        Shape (d, K), each in [0, 1]; 0 where a code or factor is constant.

    Examples
    --------
    >>> x = np.arange(4.0)[:, None]
    >>> correlations(np.hstack([x, -x, 0 * x]), x).ravel().round(6).tolist()
    [1.0, 1.0, 0.0]
    """
    left, right = (_standard(rankdata(x, axis=0) if ranks else x) for x in (codes, factors))
    return np.asarray(np.minimum(np.abs(left.T @ right) / len(codes), 1.0))


def _standard(table: np.ndarray) -> np.ndarray:
    centred = table - table.mean(axis=0, dtype=np.float64)
    spread = centred.std(axis=0)
    size = np.abs(table).max(axis=0, initial=0.0)
    return np.asarray(
        np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 1e-12 * size)
    )
