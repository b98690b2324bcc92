"""How well codes line up with factors that are numbers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Num

from unbraid.core.errors import InputError
from unbraid.core.scoring import Undefined
from unbraid.core.values import Kind
from unbraid.numerics.discrete import left_out

Codes = Float[np.ndarray, "samples codes"]
Factors = Num[np.ndarray, "samples factors"]


class Numbers(NamedTuple):
    """Factors as columns of numbers, two for a periodic factor.

    Examples
    --------
    >>> numbers_of(np.array([[0], [1], [2], [3]]), ("periodic",)).columns.round(1).tolist()
    [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [-0.0, -1.0]]
    """

    columns: Float[np.ndarray, "samples columns"]
    factor_of: Int[np.ndarray, " columns"]
    varied: Bool[np.ndarray, " factors"]
    caution: str | None


def numbers_of(factors: Factors, kinds: Sequence[Kind]) -> Numbers:
    """Return factors as numbers whose nearness is that of the factor's values.

    Parameters
    ----------
    factors
        The factors, shape (n, K).
    kinds
        One kind per factor, or none. A periodic factor becomes its cosine and its sine: whole
        numbers count steps around the circle, the greatest being one step before the least, and
        fractions are angles in radians.

    Returns
    -------
    Numbers
        The columns of the factors that vary, the factor that each stands for, which factors vary,
        and a caution that names those that do not.

    Raises
    ------
    Undefined
        If no factor varies.
    InputError
        If fractions of a periodic factor are no radians.

    Examples
    --------
    >>> numbers_of(np.array([[5, 2], [7, 2]]), ()).factor_of
    array([0])
    """
    varied = np.ptp(factors, axis=0) > 0
    if not varied.any():
        raise Undefined("every factor is constant")
    columns: list[np.ndarray] = []
    factor_of: list[int] = []
    for k in np.flatnonzero(varied).tolist():
        found = columns_of(factors[:, k], kinds[k] if kinds else None)
        columns += found
        factor_of += [k] * len(found)
    return Numbers(
        np.column_stack(columns), np.array(factor_of), varied, left_out(~varied, "constant")
    )


def columns_of(
    factor: Num[np.ndarray, " samples"], kind: Kind | None
) -> list[Float[np.ndarray, " samples"]]:
    """Return a factor as numbers whose nearness is that of its values.

    Parameters
    ----------
    factor
        The factor, shape (n,).
    kind
        What it is; None where that is not known.

    Returns
    -------
    list of numpy.ndarray
        Cosine and sine of a periodic factor, each of shape (n,); any other factor itself.

    Raises
    ------
    InputError
        If fractions of a periodic factor are no radians.

    Examples
    --------
    >>> len(columns_of(np.arange(4), "periodic")), len(columns_of(np.arange(4), "ordinal"))
    (2, 1)
    """
    numbers = factor.astype(np.float64)
    if kind != "periodic":
        return [numbers]
    angles = _angles(numbers)
    return [np.cos(angles), np.sin(angles)]


def _angles(numbers: np.ndarray) -> np.ndarray:
    low, high = numbers.min(), numbers.max()
    if (numbers == np.round(numbers)).all():
        step = np.gcd.reduce((np.unique(numbers) - low).astype(np.int64))
        return np.asarray(2 * np.pi * (numbers - low) / (high - low + step))
    if high - low > 2 * np.pi * (1 + 1e-6):
        raise InputError(
            "fractions of a periodic factor are angles in radians",
            got=f"values from {low:g} to {high:g}",
            allowed="one turn, 2 pi",
            hint="numpy.radians of degrees, or whole numbers, which count steps around the circle",
        )
    return numbers


def standardised(
    table: Num[np.ndarray, "samples columns"],
) -> Float[np.ndarray, "samples columns"]:
    """Return columns of mean 0 and variance 1; a constant column is 0.

    Parameters
    ----------
    table
        Any numbers, shape (n, c).

    Returns
    -------
    numpy.ndarray
        Shape (n, c).

    Examples
    --------
    >>> standardised(np.array([[1.0, 7.0], [3.0, 7.0]]))
    array([[-1.,  0.],
           [ 1.,  0.]])
    """
    size = np.abs(table).max(axis=0)
    # Relative to the largest, so that no square overflows.
    scaled = np.divide(table, size, out=np.zeros(table.shape), where=size > 0)
    centred = scaled - scaled.mean(axis=0)
    spread = centred.std(axis=0)
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 1e-12))


def likeness(codes: Codes, numbers: Numbers, *, ranks: bool) -> Float[np.ndarray, "codes factors"]:
    """Return the absolute correlation of each code with each factor that varies.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    numbers
        The factors.
    ranks
        Whether to correlate ranks (Spearman) and not values (Pearson), where a factor is one
        column.

    Returns
    -------
    numpy.ndarray
        In [0, 1], shape (d, K'): for a periodic factor the multiple correlation with its cosine
        and sine. 0 where a code is constant.

    Examples
    --------
    >>> numbers = numbers_of(np.arange(8)[:, None], ("periodic",))
    >>> likeness(numbers.columns + [[2.0, 0.0]], numbers, ranks=False).round(6).ravel()
    array([1., 1.])
    """
    from scipy.stats import rankdata

    plain = standardised(codes)
    ranked = standardised(rankdata(codes, axis=0)) if ranks else plain
    found = []
    for k in np.unique(numbers.factor_of):
        columns = numbers.columns[:, numbers.factor_of == k]
        if columns.shape[1] == 1:
            one = standardised(rankdata(columns, axis=0) if ranks else columns)
            found.append(np.abs(ranked.T @ one)[:, 0] / len(codes))
        else:
            basis = _basis(standardised(columns))
            found.append(np.sqrt(((plain.T @ basis) ** 2).sum(axis=1) / len(codes)))
    return np.asarray(np.minimum(np.column_stack(found), 1.0))


def canonical_correlations(codes: Codes, numbers: Numbers) -> Float[np.ndarray, " pairs"]:
    """Return how well the best linear maps of codes and factors correlate, pair by pair.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    numbers
        The factors.

    Returns
    -------
    numpy.ndarray
        In [0, 1], falling, as many as there are columns of factors; 0 for those that codes have
        no dimensions left for.

    References
    ----------
    Hotelling (1936), Relations between two sets of variates, doi:10.1093/biomet/28.3-4.321.
    Bjorck and Golub (1973), Numerical methods for computing angles between linear subspaces,
    doi:10.1090/S0025-5718-1973-0348991-3.

    Examples
    --------
    >>> table = np.random.default_rng(0).normal(size=(50, 2))
    >>> canonical_correlations(table @ [[1.0, 1.0], [1.0, -1.0]], numbers_of(table, ())).round(6)
    array([1., 1.])
    """
    left, right = _basis(standardised(codes)), _basis(standardised(numbers.columns))
    found = np.zeros(numbers.columns.shape[1])
    values = np.linalg.svd(left.T @ right, compute_uv=False)
    found[: len(values)] = np.minimum(values, 1.0)
    return found


def _basis(columns: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of what the columns span, without what rounding adds to it."""
    left, values, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, values > 1e-10 * max(values[0], 1e-300)])
