"""Posteriors of noisy-OR networks by Gibbs sampling, for findings too many to be exact about."""

from typing import no_type_check

import numpy as np
from jaxtyping import Float, Integer

from unbraid.numerics._kernel import kernel
from unbraid.numerics.noisy_or import Network

# Causes whose posterior chance cannot exceed this are visited in every 16th sweep only.
_COLD = 1e-4
_SELDOM = 16
# States are told apart by hashes in a table of this size; what no longer fits is not counted.
_TABLE = 2**14


def sampled(
    network: Network,
    findings: Integer[np.ndarray, "samples findings"],
    *,
    n_sweeps: int = 4000,
    seed: int = 0,
) -> tuple[Float[np.ndarray, "samples causes"], Float[np.ndarray, " samples"]]:
    """Return posterior log-odds by Gibbs sampling.

    Parameters
    ----------
    network
        The network, of k causes.
    findings
        1 for present, 0 for absent, -1 for not looked for; shape (n, d).
    n_sweeps
        How many sweeps over the causes of a sample; a tenth as many come before and are not
        counted.
    seed
        Fixes the draws of a sample together with its findings: its codes do not depend on the
        others beside it.

    Returns
    -------
    tuple of numpy.ndarray
        The log-odds (n, k) that each cause is present, whose chances are averages of conditional
        chances; and a lower bound (n,) of the log-likelihood in nats: that of the states that
        were visited.

    Notes
    -----
    A chain begins where no single change makes the findings likelier. Beside each sweep, which
    draws every cause given all others, a present cause may change places with an absent one that
    shares a present finding with it: rival explanations of a finding follow one another seldom
    if the first must go before the second comes.

    References
    ----------
    Geman & Geman (1984), "Stochastic relaxation, Gibbs distributions, and the Bayesian
    restoration of images", doi:10.1109/TPAMI.1984.4767596. Gelfand & Smith (1990),
    "Sampling-based approaches to calculating marginal densities",
    doi:10.1080/01621459.1990.10476213, equation 2.9 for the average of conditionals.

    Examples
    --------
    >>> two = Network(failures=np.full((2, 1), 0.1), leak=np.ones(1), priors=np.full(2, 0.1))
    >>> sampled(two, np.array([[1]]))[0].round(1)
    array([[0.1, 0.1]])
    """
    odds, constant = network.absence(findings)
    model = network.kept
    found_odds, bounds = odds.copy(), np.empty(len(odds))
    keys = np.random.default_rng(seed).integers(2**62, size=sum(network.failures.shape))
    of_causes, of_findings = keys[: odds.shape[1]], keys[odds.shape[1] :]
    for row, found in enumerate(findings):
        at = np.flatnonzero(found == 1)
        failures = model.failures[:, at]
        relevant = np.flatnonzero((failures < 1).any(axis=1))
        own = int(np.bitwise_xor.reduce(of_findings[at])) + seed
        found_odds[row, relevant], bounds[row] = _chain(
            np.ascontiguousarray(failures[relevant]),
            model.leak[at],
            odds[row, relevant],
            of_causes[relevant],
            n_sweeps,
            own,
        )
        rest = np.delete(odds[row], relevant)
        bounds[row] += np.logaddexp(0.0, rest).sum()
    return found_odds, bounds + constant


@kernel
@no_type_check  # numba compiles the function itself, not one that checks shapes
def _uniform(state: np.ndarray) -> float:
    """Draw from [0, 1) by splitmix64: a stream of its own for each sample."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)) * 2.0**-53


@kernel
@no_type_check
def _lists(linked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each row of a matrix where the columns that it is linked to begin, and these."""
    rows, columns = linked.shape
    start = np.zeros(rows + 1, np.int64)
    for i in range(rows):
        start[i + 1] = start[i] + linked[i].sum()
    index = np.empty(start[rows], np.int64)
    at = 0
    for i in range(rows):
        for a in range(columns):
            if linked[i, a]:
                index[at] = a
                at += 1
    return start, index


@kernel
@no_type_check
def _ratio(
    i: int, on: int, G: np.ndarray, absent: np.ndarray, start: np.ndarray, index: np.ndarray
) -> float:
    """Return how much likelier cause i makes the present findings, given the other causes."""
    ratio = 1.0
    for e in range(start[i], start[i + 1]):
        a = index[e]
        g, q = G[i, a], absent[a]
        ratio *= (1.0 - q) / (1.0 - q / g) if on else (1.0 - q * g) / (1.0 - q)
    return ratio


@kernel
@no_type_check
def _switch(
    i: int,
    z: np.ndarray,
    G: np.ndarray,
    absent: np.ndarray,
    leak: np.ndarray,
    start: np.ndarray,
    index: np.ndarray,
) -> None:
    """Change whether cause i is present."""
    z[i] = 1 - z[i]
    for e in range(start[i], start[i + 1]):
        a = index[e]
        absent[a] = absent[a] * G[i, a] if z[i] else min(absent[a] / G[i, a], leak[a])


@kernel
@no_type_check
def _count(table: np.ndarray, key: np.uint64, log: float, total: np.ndarray) -> None:
    """Add the chance of a state to the total if it is new; total: the greatest log and a sum."""
    slot = np.int64(key % np.uint64(table.shape[0]))
    for _ in range(16):
        if table[slot] == key:
            return
        if table[slot] == 0:
            table[slot] = key
            if log > total[0]:
                total[1] *= np.exp(total[0] - log)
                total[0] = log
            total[1] += np.exp(log - total[0])
            return
        slot = (slot + 1) % table.shape[0]


@kernel
@no_type_check
def _log_state(z: np.ndarray, odds: np.ndarray, absent: np.ndarray) -> float:
    log = 0.0
    for i in range(z.shape[0]):
        log += odds[i] if z[i] else 0.0
    for a in range(absent.shape[0]):
        log += np.log(1.0 - absent[a])
    return log


@kernel
@no_type_check
def _climb(
    z: np.ndarray,
    weight: np.ndarray,
    G: np.ndarray,
    absent: np.ndarray,
    leak: np.ndarray,
    start: np.ndarray,
    index: np.ndarray,
) -> None:
    """Make the one change that helps most, again and again until none helps."""
    k = z.shape[0]
    for _ in range(4 * k):
        best, which = 1.0 + 1e-9, -1
        for i in range(k):
            gain = weight[i] * _ratio(i, z[i], G, absent, start, index)
            if z[i]:
                gain = 1.0 / gain
            if gain > best:
                best, which = gain, i
        if which < 0:
            return
        _switch(which, z, G, absent, leak, start, index)


@kernel
@no_type_check
def _swap(
    z: np.ndarray,
    weight: np.ndarray,
    G: np.ndarray,
    absent: np.ndarray,
    leak: np.ndarray,
    causes: tuple[np.ndarray, np.ndarray],
    parents: tuple[np.ndarray, np.ndarray],
    state: np.ndarray,
) -> bool:
    """Let a present cause change places with a rival (Metropolis-Hastings)."""
    start, index = causes
    first, of = parents
    n_present = z.sum()
    if n_present == 0:
        return False
    rank = int(_uniform(state) * n_present)
    i = -1
    for c in range(z.shape[0]):
        if z[c]:
            if rank == 0:
                i = c
                break
            rank -= 1
    degree = start[i + 1] - start[i]
    a = index[start[i] + int(_uniform(state) * degree)]
    rival = of[first[a] + int(_uniform(state) * (first[a + 1] - first[a]))]
    if z[rival]:
        return False
    ratio = degree / (start[rival + 1] - start[rival])
    ratio /= weight[i] * _ratio(i, 1, G, absent, start, index)
    _switch(i, z, G, absent, leak, start, index)
    ratio *= weight[rival] * _ratio(rival, 0, G, absent, start, index)
    if _uniform(state) < ratio:
        _switch(rival, z, G, absent, leak, start, index)
        return True
    _switch(i, z, G, absent, leak, start, index)
    return False


@kernel
@no_type_check
def _most(
    weight: np.ndarray, G: np.ndarray, leak: np.ndarray, start: np.ndarray, index: np.ndarray
) -> np.ndarray:
    """Return the odds of each cause where it is the only one: no other state gives it more."""
    most = weight.copy()
    for i in range(weight.shape[0]):
        most[i] *= _ratio(i, 0, G, leak, start, index)
    return most


@kernel
@no_type_check
def _settle(
    z: np.ndarray, G: np.ndarray, absent: np.ndarray, leak: np.ndarray, causes: tuple
) -> None:
    """Work the chances of absence out anew: rounding adds up as factors come and go."""
    start, index = causes
    absent[:] = leak
    for i in range(z.shape[0]):
        if z[i]:
            for e in range(start[i], start[i + 1]):
                absent[index[e]] *= G[i, index[e]]


@kernel
@no_type_check
def _hash(z: np.ndarray, keys: np.ndarray) -> np.uint64:
    key = np.uint64(1)
    for i in range(z.shape[0]):
        if z[i]:
            key ^= np.uint64(keys[i])
    return key


@kernel
@no_type_check
def _sweep(
    z: np.ndarray,
    weight: np.ndarray,
    G: np.ndarray,
    absent: np.ndarray,
    leak: np.ndarray,
    causes: tuple[np.ndarray, np.ndarray],
    chances: np.ndarray,
    state: np.ndarray,
) -> None:
    """Draw each cause given all others, but for those whose chance is NaN.

    Kept are the chances that it is present and that it is absent: neither is lost to rounding.
    """
    start, index = causes
    for i in range(z.shape[0]):
        if np.isnan(chances[0, i]):
            continue
        odds = weight[i] * _ratio(i, z[i], G, absent, start, index)
        chances[0, i], chances[1, i] = odds / (1.0 + odds), 1.0 / (1.0 + odds)
        if (_uniform(state) < chances[0, i]) != (z[i] == 1):
            _switch(i, z, G, absent, leak, start, index)


@kernel
@no_type_check
def _chain(
    G: np.ndarray,
    leak: np.ndarray,
    odds: np.ndarray,
    keys: np.ndarray,
    n_sweeps: int,
    seed: int,
) -> tuple[np.ndarray, float]:
    k = G.shape[0]
    causes = _lists(G < 1.0)
    parents = _lists((G < 1.0).T)
    weight = np.exp(np.minimum(odds, 300.0))
    cold = _most(weight, G, leak, causes[0], causes[1]) < _COLD
    z, absent = np.zeros(k, np.uint8), leak.copy()
    state = np.array([seed], np.uint64)
    _climb(z, weight, G, absent, leak, causes[0], causes[1])
    table, total = np.zeros(_TABLE, np.uint64), np.array([-np.inf, 0.0])
    _count(table, _hash(z, keys), _log_state(z, odds, absent), total)
    sums, chances = np.zeros((2, k)), np.empty((2, k))
    begin = n_sweeps // 10
    for sweep in range(begin + n_sweeps):
        chances[:] = np.where(cold & (sweep % _SELDOM > 0), np.nan, 0.0)
        _sweep(z, weight, G, absent, leak, causes, chances, state)
        if sweep >= begin:
            sums += np.where(np.isnan(chances), 0.0, chances)
        for _ in range(z.sum()):
            _swap(z, weight, G, absent, leak, causes, parents, state)
        if sweep % 256 == 0:
            _settle(z, G, absent, leak, causes)
        _count(table, _hash(z, keys), _log_state(z, odds, absent), total)
    found = np.log(np.maximum(sums[0], 1e-300) / np.maximum(sums[1], 1e-300))
    return found, total[0] + np.log(total[1])
