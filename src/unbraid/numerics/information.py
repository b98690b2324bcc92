"""Entropies and mutual informations of binned codes and discrete factors, in nats."""

import numpy as np
from jaxtyping import Float, Int, Num, UInt8

from unbraid.core.memo import shared
from unbraid.numerics.discrete import discrete

N_BINS = 20


def equal_width_bins(
    codes: Float[np.ndarray, "samples codes"], n_bins: int = N_BINS
) -> UInt8[np.ndarray, "codes samples"]:
    """Bin each code between its own least and greatest value, as numpy.histogram does.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    n_bins
        How many bins of equal width, 1 to 256.

    Returns
    -------
    numpy.ndarray
        The bins, numbered from 0, shape (d, n): a row per code.

    Examples
    --------
    >>> equal_width_bins(np.arange(6.0)[:, None], 3).ravel()
    array([0, 0, 1, 1, 2, 2], dtype=uint8)
    """
    bins = np.empty(codes.shape[::-1], dtype=np.uint8)
    for row, code in zip(bins, codes.T, strict=True):
        row[:] = np.searchsorted(_left_edges(code, n_bins), code, side="right") - 1
    return bins


def _left_edges(code: np.ndarray, n_bins: int) -> np.ndarray:
    low, high = code.min(), code.max()
    if low == high:
        low, high = low - 0.5, high + 0.5
    # Halves do not overflow where the range is wider than the greatest float.
    return (2.0 * np.linspace(low / 2, high / 2, n_bins + 1))[:-1]


@shared
def _binned(codes: np.ndarray) -> np.ndarray:
    return equal_width_bins(codes)


@shared
def mutual_information(
    codes: Float[np.ndarray, "samples codes"], factors: Num[np.ndarray, "samples factors"]
) -> Float[np.ndarray, "codes factors"]:
    """Return the plug-in mutual information of each code in 20 equal-width bins and each factor.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K).

    Returns
    -------
    numpy.ndarray
        Mutual informations in nats, >= 0, shape (d, K). They are biased upwards by about
        (bins - 1)(values - 1) / 2n.

    Raises
    ------
    Undefined
        As `discrete` does.

    Examples
    --------
    >>> codes = np.array([[0.0], [0.0], [1.0], [1.0]])
    >>> np.exp(mutual_information(codes, np.array([[3], [3], [4], [4]])))
    array([[2.]])
    """
    labels, sizes, *_ = discrete(factors)
    columns = np.ascontiguousarray(labels.T)
    information = np.empty((codes.shape[1], len(sizes)))
    for i, bins in enumerate(_binned(codes)):
        for k, size in enumerate(sizes):
            cells = bins * size + columns[k]
            counts = np.bincount(cells, minlength=N_BINS * size).reshape(N_BINS, size)
            information[i, k] = information_of_counts(counts)
    return information


def information_of_counts(counts: Int[np.ndarray, "rows columns"]) -> float:
    """Return the plug-in mutual information of a table of counts.

    Parameters
    ----------
    counts
        How often each pair of values occurs.

    Returns
    -------
    float
        The mutual information in nats; exactly 0 where a row or column holds all.

    References
    ----------
    Cover and Thomas (2006), Elements of Information Theory, 2nd ed., equation 2.28.

    Examples
    --------
    >>> information_of_counts(np.array([[1, 1], [1, 1]]))
    0.0
    """
    n = float(counts.sum())
    product = np.outer(counts.sum(axis=1), counts.sum(axis=0)).astype(np.float64)
    held = counts > 0
    joint = counts[held].astype(np.float64)
    return max(0.0, float(joint @ np.log(joint * n / product[held])) / n)


@shared
def entropies(factors: Num[np.ndarray, "samples factors"]) -> Float[np.ndarray, " factors"]:
    """Return the plug-in entropy of each factor.

    Parameters
    ----------
    factors
        The factors, shape (n, K).

    Returns
    -------
    numpy.ndarray
        Entropies in nats, shape (K,).

    Raises
    ------
    Undefined
        As `discrete` does.

    Examples
    --------
    >>> np.exp(entropies(np.array([[0], [1]])))
    array([2.])
    """
    labels, sizes, *_ = discrete(factors)
    found = np.empty(len(sizes))
    for k, size in enumerate(sizes):
        shares = np.bincount(labels[:, k], minlength=size) / len(labels)
        found[k] = -np.sum(shares * np.log(shares))
    return found
