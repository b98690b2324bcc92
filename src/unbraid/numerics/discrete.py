"""Factors as labels: what scores that count values need of them."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Num

from unbraid.core.factors import named
from unbraid.core.memo import shared
from unbraid.core.scoring import Undefined

Columns = Num[np.ndarray, "samples factors"]


class Discrete(NamedTuple):
    """Factors whose values are numbered from 0 in increasing order.

    Examples
    --------
    >>> discrete(np.array([[5, 1], [7, 1], [5, 1]])).caution
    'factor 1 is constant and left out'
    """

    labels: Int[np.ndarray, "samples factors"]
    sizes: Int[np.ndarray, " factors"]
    varied: Bool[np.ndarray, " factors"]
    caution: str | None


@shared
def discrete(factors: Columns) -> Discrete:
    """Return factors with their values numbered.

    Parameters
    ----------
    factors
        The factors, shape (n, K); any numbers.

    Returns
    -------
    Discrete
        Labels (n, K), the number of values of each factor, which factors have more than one,
        and a caution that names those that have not.

    Raises
    ------
    Undefined
        If no factor varies, or a factor has nearly a value per row, as a continuous factor and a
        row number have: more values than rows / 2 and than 20, where they are fractions, more than
        1,000 or one per row.

    Examples
    --------
    >>> discrete(np.array([[5], [7], [5]])).labels.ravel()
    array([0, 1, 0])
    """
    columns = [_labelled(column) for column in np.asarray(factors).T]
    sizes = np.array([size for _, size in columns])
    for k in np.flatnonzero(sizes > np.maximum(20, len(factors) / 2)):
        whole = bool((factors[:, k] == np.round(factors[:, k])).all())
        if not whole or sizes[k] > 1000 or sizes[k] == len(factors):
            raise Undefined(
                f"factor {k} has {sizes[k]} distinct values in {len(factors)} rows: this score "
                "counts values, so leave it out, bin it, or give its kind as continuous"
            )
    varied = sizes > 1
    if not varied.any():
        raise Undefined("every factor is constant")
    labels = np.stack([labels for labels, _ in columns], axis=1)
    return Discrete(labels, sizes, varied, left_out(~varied, "constant"))


def _labelled(column: np.ndarray) -> tuple[np.ndarray, int]:
    if column.dtype.kind in "iu":
        low, high = int(column.min()), int(column.max())
        # Counting takes a fraction of the time of sorting, where the values are dense.
        if high - low <= max(1000, len(column)):
            shifted = (column - low).astype(np.intp)
            present = np.bincount(shifted) > 0
            return (np.cumsum(present) - 1)[shifted], int(present.sum())
    values, labels = np.unique(column, return_inverse=True)
    return labels.astype(np.intp), len(values)


def left_out(which: Bool[np.ndarray, " factors"], why: str) -> str | None:
    """Say which factors are left out of a score.

    Parameters
    ----------
    which
        True where a factor is left out, shape (K,).
    why
        What is the matter with it, such as ``"constant"``.

    Returns
    -------
    str or None
        The sentence, or None where no factor is left out.

    Examples
    --------
    >>> left_out(np.array([False, True]), "constant")
    'factor 1 is constant and left out'
    """
    return named(np.flatnonzero(which).tolist(), f"{why} and left out") if which.any() else None


def kept_in(factors: Columns) -> str | None:
    """Say which factors are constant, and yet count like any other.

    Parameters
    ----------
    factors
        The factors, shape (n, K).

    Returns
    -------
    str or None
        The sentence, or None where every factor varies.

    Examples
    --------
    >>> kept_in(np.array([[0, 7], [1, 7]]))
    'factor 1 is constant and takes part, as published'
    """
    which = np.flatnonzero(np.ptp(factors, axis=0) == 0).tolist()
    return named(which, "constant and takes part, as published") if which else None


def labels_like(
    factors: Columns, others: Num[np.ndarray, "others factors"]
) -> Int[np.ndarray, "others factors"]:
    """Return other rows with their values numbered as `discrete` numbers those of the first.

    Parameters
    ----------
    factors
        The factors whose values are numbered, shape (n, K).
    others
        The factors of other rows, shape (m, K).

    Returns
    -------
    numpy.ndarray
        Labels (m, K); -1 for a value that the first rows do not have.

    Examples
    --------
    >>> labels_like(np.array([[5], [7]]), np.array([[7], [6]])).ravel()
    array([ 1, -1])
    """
    labels = np.empty(others.shape, dtype=np.intp)
    for k in range(factors.shape[1]):
        values = np.unique(factors[:, k])
        at = np.minimum(np.searchsorted(values, others[:, k]), len(values) - 1)
        labels[:, k] = np.where(values[at] == others[:, k], at, -1)
    return labels
