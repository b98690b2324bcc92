"""Mutual information of continuous codes and discrete factors, from nearest neighbours."""

from typing import NamedTuple, no_type_check

import numba
import numpy as np
from jaxtyping import Bool, Float, Int, Num
from scipy.special import digamma

from unbraid.core.memo import shared
from unbraid.core.rng import stream
from unbraid.numerics.discrete import discrete
from unbraid.numerics.information import entropies

# The published InfoMEC takes the distance to the tenth neighbour.
N_NEIGHBOURS = 10

# An information counts from so many standard deviations of what chance gives.
SPREADS = 5.0

# At least so many values of chance are drawn for each factor.
N_CHANCE = 20

Codes = Float[np.ndarray, "samples codes"]
Factors = Num[np.ndarray, "samples factors"]


class Shares(NamedTuple):
    """How much each code knows of each factor, as a share of the factor's entropy.

    Examples
    --------
    >>> Shares(np.eye(2), np.eye(2), np.array([True, True]), None).caution
    """

    measured: Float[np.ndarray, "codes factors"]
    beyond_chance: Float[np.ndarray, "codes factors"]
    varied: Bool[np.ndarray, " factors"]
    caution: str | None


@shared
def information_shares(codes: Codes, factors: Factors) -> Shares:
    """Return how much each code knows of each factor, and how much of that chance cannot give.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K).

    Returns
    -------
    Shares
        The estimates over the factors' entropies, shape (d, K), negative ones as 0; the same with
        0 where codes paired with the factor at random come as far; which factors vary, and a
        caution that names those that do not, whose columns are 0.

    Raises
    ------
    Undefined
        As `discrete` does.

    Notes
    -----
    What chance gives is estimated for shuffled factors, of all codes and several shuffles, so that
    there are 20 or more of them. Beyond chance is what exceeds 5 times their root mean square and,
    since the greatest of thousands is large, 1.5 times the greatest of them.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(4, size=(800, 2))
    >>> noise = np.random.default_rng(1).normal(size=(800, 1))
    >>> information_shares(np.hstack([factors, noise]), factors).beyond_chance.round(1)
    array([[1., 0.],
           [0., 1.],
           [0., 0.]])
    """
    found = discrete(factors)
    rng = stream(0, "neighbours")
    order = np.argsort(codes, axis=0, kind="stable")
    n_shuffles = -(-N_CHANCE // codes.shape[1])
    measured = np.zeros((codes.shape[1], factors.shape[1]))
    beyond = np.zeros_like(measured)
    whole = entropies(factors)
    for k in np.flatnonzero(found.varied):
        labels = found.labels[:, k]
        column = _of_codes(codes, order, labels)
        shuffled = [_of_codes(codes, order, rng.permutation(labels)) for _ in range(n_shuffles)]
        chance = SPREADS * np.sqrt(np.mean(np.square(shuffled)))
        threshold = max(chance, 1.5 * float(np.max(shuffled)))
        measured[:, k] = np.maximum(column, 0.0) / whole[k]
        beyond[:, k] = np.where(column > threshold + 1e-12, measured[:, k], 0.0)
    return Shares(measured, beyond, found.varied, found.caution)


def neighbour_information(
    codes: Codes, labels: Int[np.ndarray, " samples"], n_neighbours: int = N_NEIGHBOURS
) -> Float[np.ndarray, " codes"]:
    """Estimate the mutual information of each code and a discrete factor.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    labels
        The factor's values, counted from 0, shape (n,).
    n_neighbours
        How far the neighbour is, among samples of the same value, whose distance is taken; one
        less than there are samples of a value where they are fewer.

    Returns
    -------
    numpy.ndarray
        In nats, shape (d,); nearly unbiased where codes know nothing, so that it is negative about
        half the time. 0 where no value occurs twice.

    Notes
    -----
    psi(n) + <psi(k)> - <psi(n_value)> - <psi(m)>, where m counts the samples nearer than the k-th
    neighbour of the same value. Where several are as near as that one, they all count, in k those
    of the same value and in m those of any: for a discrete code of many samples this is the
    plug-in estimate with its bias taken away to first order. Samples of a value that occurs once
    are left out.

    References
    ----------
    Ross (2014), Mutual information between discrete and continuous data sets,
    doi:10.1371/journal.pone.0087357, equation 2. Gao, Kannan, Oh and Viswanath (2017), Estimating
    mutual information for discrete-continuous mixtures, arXiv:1709.06212, algorithm 1: the ties.

    Examples
    --------
    >>> labels = np.repeat([0, 1], 500)
    >>> f"{neighbour_information(labels[:, None] * 1.0, labels)[0]:.2f} of {np.log(2):.2f}"
    '0.69 of 0.69'
    """
    return _of_codes(codes, np.argsort(codes, axis=0, kind="stable"), labels, n_neighbours)


def _of_codes(
    codes: np.ndarray,
    order: np.ndarray,
    labels: np.ndarray,
    n_neighbours: int = N_NEIGHBOURS,
) -> np.ndarray:
    counts = np.bincount(labels)
    often = counts[labels] > 1
    n = int(often.sum())
    if n == 0:
        return np.zeros(codes.shape[1])
    psi = np.concatenate([[0.0], digamma(np.arange(1, n + 1))])
    # Values that occur once are left out: they have no neighbour.
    renamed = np.cumsum(counts > 1) - 1
    sizes = counts[counts > 1]
    found = np.empty(codes.shape[1])
    for i, rows in enumerate(order.T):
        kept = rows[often[rows]]
        found[i] = _estimate(codes[kept, i], renamed[labels[kept]], sizes, psi, n_neighbours)
    return found


# Numba compiles no function that a shape check wraps.
@numba.njit(cache=True)
@no_type_check
def _estimate(
    code: np.ndarray, labels: np.ndarray, sizes: np.ndarray, psi: np.ndarray, n_neighbours: int
) -> float:
    """Return Ross's estimate for a code in increasing order."""
    n = len(code)
    filled = np.zeros(len(sizes), np.int64)
    starts = np.cumsum(sizes) - sizes
    mine = np.empty(n)
    for i in range(n):
        mine[starts[labels[i]] + filled[labels[i]]] = code[i]
        filled[labels[i]] += 1
    total = 0.0
    for value in range(len(sizes)):
        size = sizes[value]
        near = mine[starts[value] : starts[value] + size]
        k = min(n_neighbours, size - 1)
        total -= size * psi[size]
        for j in range(size):
            distance = np.inf
            for first in range(max(0, j - k), min(j, size - 1 - k) + 1):
                reach = max(near[j] - near[first], near[first + k] - near[j])
                distance = min(distance, reach)
            # Where several samples are as near as the k-th, all of them count, of any value.
            ties = _count(near, near[j], distance, False) < k
            within_value = _count(near, near[j], distance, True) if ties else k
            total += psi[within_value] - psi[_count(code, near[j], distance, ties)]
    return psi[n] + total / n


@numba.njit(cache=True)
@no_type_check
def _count(code: np.ndarray, at: float, distance: float, ties: bool) -> int:
    """Count what is nearer than a distance, or as near where ties count, in rising numbers."""
    low, high = 0, len(code)
    while low < high:
        middle = (low + high) // 2
        away = at - code[middle]
        if away < distance or (ties and away <= distance):
            high = middle
        else:
            low = middle + 1
    first = low
    high = len(code)
    while low < high:
        middle = (low + high) // 2
        away = code[middle] - at
        if away < distance or (ties and away <= distance):
            low = middle + 1
        else:
            high = middle
    return low - first
