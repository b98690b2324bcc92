"""Mutual information of codes in a hundred bins that outliers do not move."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Num, UInt8

from unbraid.core.memo import shared
from unbraid.numerics.discrete import discrete
from unbraid.numerics.information import information_of_counts

N_BINS = 100

# The bins reach so many standard deviations to either side.
REACH = 4.0

Codes = Float[np.ndarray, "samples codes"]


class Information(NamedTuple):
    """What codes in bins know of factors, in nats.

    Examples
    --------
    >>> Information(np.eye(2), np.ones(2)).entropies
    array([1., 1.])
    """

    mutual: Float[np.ndarray, "codes factors"]
    entropies: Float[np.ndarray, " codes"]


def fine_bins(codes: Codes) -> UInt8[np.ndarray, "samples codes"]:
    """Bin each code in 100 bins of equal width over its middle and four deviations around.

    Parameters
    ----------
    codes
        The codes, shape (n, d).

    Returns
    -------
    numpy.ndarray
        Bins, numbered from 0 to 99, shape (n, d). The mean and the standard deviation are those of
        the code clipped to its first and last percentile, or of the code itself where these are
        one; what lies beyond the bins joins the outermost. A constant code is in one bin.

    Examples
    --------
    >>> fine_bins(np.array([[-1.0], [1.0], [-1.0], [1.0]])).ravel()
    array([37, 62, 37, 62], dtype=uint8)
    """
    low, high = np.quantile(codes, [0.01, 0.99], axis=0)
    middle = np.clip(codes, low, high)
    middle = np.where(high > low, middle, codes)
    mean, spread = middle.mean(axis=0), middle.std(axis=0)
    size = np.abs(codes).max(axis=0)
    away = np.divide(codes - mean, spread, out=np.zeros_like(codes), where=spread > 1e-12 * size)
    bins = np.floor((np.clip(away, -REACH, REACH) + REACH) * (N_BINS / (2 * REACH)))
    return np.asarray(np.minimum(bins, N_BINS - 1).astype(np.uint8))


@shared
def fine_information(codes: Codes, factors: Num[np.ndarray, "samples factors"]) -> Information:
    """Return the plug-in mutual information of each code in 100 bins and each factor.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K).

    Returns
    -------
    Information
        Mutual informations (d, K), biased upwards by about (bins in use - 1)(values - 1) / 2n, and
        the entropies of the codes (d,).

    Raises
    ------
    Undefined
        As `discrete` does.

    Examples
    --------
    >>> table = np.tile([[0], [1]], (50, 1))
    >>> np.exp(fine_information(table * 1.0, table).mutual)
    array([[2.]])
    """
    labels, sizes, *_ = discrete(factors)
    bins = fine_bins(codes).astype(np.intp)
    mutual = np.empty((codes.shape[1], len(sizes)))
    entropies = np.empty(codes.shape[1])
    for i, column in enumerate(bins.T):
        shares = np.bincount(column) / len(codes)
        entropies[i] = -np.sum(shares[shares > 0] * np.log(shares[shares > 0]))
        for k, size in enumerate(sizes):
            cells = column * size + labels[:, k]
            counts = np.bincount(cells, minlength=N_BINS * size).reshape(N_BINS, size)
            mutual[i, k] = information_of_counts(counts)
    return Information(mutual, np.maximum(entropies, 0.0))
