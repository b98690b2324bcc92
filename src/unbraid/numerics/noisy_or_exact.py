"""Exact posteriors of noisy-OR networks: over all causes, or over all sets of present findings."""

from typing import no_type_check

import numpy as np
from jaxtyping import Float, Integer

from unbraid.numerics._kernel import kernel
from unbraid.numerics.noisy_or import Network

LogPosterior = tuple[Float[np.ndarray, "samples causes"], Float[np.ndarray, " samples"]]

# Products of chances are taken to logarithms before they can underflow.
_TINY = 1e-200
# Log-odds end where the rarer of two chances, relative to the other, is no float any more.
_LEAST = 1e-300


def enumerated(
    network: Network, findings: Integer[np.ndarray, "samples findings"]
) -> LogPosterior:
    """Return posterior log-odds by adding up all combinations of causes.

    Parameters
    ----------
    network
        The network, of k causes.
    findings
        1 for present, 0 for absent, -1 for not looked for; shape (n, d).

    Returns
    -------
    tuple of numpy.ndarray
        The log-odds (n, k) that each cause is present, and the log-likelihood (n,) in nats. The
        cost is of the order of 2^r times the number of present findings, where r causes are
        linked to at least one of them.

    Examples
    --------
    >>> two = Network(failures=np.full((2, 1), 0.1), leak=np.ones(1), priors=np.full(2, 0.1))
    >>> enumerated(two, np.array([[1]]))[0].round(3)
    array([[0.115, 0.115]])
    """
    odds, constant = network.absence(findings)
    model = network.kept
    found_odds, logs = np.empty(odds.shape), np.empty(len(odds))
    for row, found in enumerate(findings):
        at = np.flatnonzero(found == 1)
        found_odds[row], logs[row] = _enumerate(model.failures[:, at], model.leak[at], odds[row])
    return found_odds, logs + constant


def quickscore(
    network: Network, findings: Integer[np.ndarray, "samples findings"]
) -> LogPosterior:
    """Return posterior log-odds at a cost that is exponential in the number of present findings.

    Parameters
    ----------
    network
        The network, of k causes.
    findings
        1 for present, 0 for absent, -1 for not looked for; shape (n, d).

    Returns
    -------
    tuple of numpy.ndarray
        The log-odds (n, k) that each cause is present, and the log-likelihood (n,) in nats. The
        cost is of the order of 2^m times the number of links of the m present findings.

    Notes
    -----
    Heckerman's sum runs over the subsets of present findings with alternating signs, and loses
    a digit with each digit that the likelihood is below one. Here causes are added one after
    another to the chances of which findings are present already: the same sum before its
    Moebius transform, where every term is positive and no digit is lost.

    References
    ----------
    Heckerman (1989), "A tractable inference algorithm for diagnosing multiple diseases",
    Uncertainty in Artificial Intelligence 5:163-171, arXiv:1304.1511.

    Examples
    --------
    >>> two = Network(failures=np.full((2, 1), 0.1), leak=np.ones(1), priors=np.full(2, 0.1))
    >>> quickscore(two, np.array([[1]]))[0].round(3)
    array([[0.115, 0.115]])
    """
    odds, constant = network.absence(findings)
    model = network.kept
    found_odds, logs = np.empty(odds.shape), np.empty(len(odds))
    for row, found in enumerate(findings):
        at = np.flatnonzero(found == 1)
        found_odds[row], logs[row] = _quickscore(model.failures[:, at], model.leak[at], odds[row])
    return found_odds, logs + constant


def evidence(
    failures: Float[np.ndarray, "causes present"],
    leak: Float[np.ndarray, " present"],
    odds: Float[np.ndarray, " causes"],
) -> float:
    """Return the log-likelihood of one sample's present findings, by `quickscore`.

    Parameters
    ----------
    failures
        The failures of the m present findings, shape (k, m), above 0.
    leak
        Their chances of being absent without a cause, shape (m,).
    odds
        The log-odds of each cause given all else, shape (k,).

    Returns
    -------
    float
        ``log sum_z exp(odds @ z) P(findings | z)``, in nats.

    Examples
    --------
    >>> round(evidence(np.ones((1, 1)), np.array([0.5]), np.zeros(1)), 12)
    0.0
    """
    return float(_quickscore(np.ascontiguousarray(failures), leak, odds)[1])


def costs(
    network: Network, findings: Integer[np.ndarray, "samples findings"]
) -> Float[np.ndarray, "samples two"]:
    """Return about how many multiplications the exact posterior of each sample takes.

    Parameters
    ----------
    network
        The network.
    findings
        1 for present, 0 for absent, -1 for not looked for; shape (n, d).

    Returns
    -------
    numpy.ndarray
        Shape (n, 2): by `enumerated` and by `quickscore`.

    Examples
    --------
    >>> two = Network(failures=np.full((2, 1), 0.1), leak=np.ones(1), priors=np.full(2, 0.1))
    >>> costs(two, np.array([[1]])).tolist()
    [[4.0, 16.0]]
    """
    linked = (network.kept.failures < 1).astype(np.float64)
    present = (findings == 1).astype(np.float64)
    per_cause = present @ linked.T
    relevant = (per_cause > 0).sum(axis=1)
    m = present.sum(axis=1)
    # Beyond 2^60 all are the same: far too many.
    subsets, combinations = 2.0 ** np.minimum(m, 60), 2.0 ** np.minimum(relevant, 60)
    return np.stack(
        [combinations * np.maximum(m, 1), 2 * subsets * (per_cause.sum(axis=1) + relevant)], axis=1
    )


@kernel
@no_type_check  # numba compiles the function itself, not one that checks shapes
def _split(G: np.ndarray, odds: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, float]:
    """Settle the causes without a link to a present finding; return the others."""
    k, m = G.shape
    relevant = np.empty(k, np.int64)
    size, log = 0, 0.0
    for i in range(k):
        linked = False
        for a in range(m):
            linked = linked or G[i, a] < 1.0
        if linked:
            relevant[size] = i
            size += 1
        else:
            found[i] = odds[i]
            log += np.log1p(np.exp(-abs(odds[i]))) + max(odds[i], 0.0)
    return relevant[:size], log


@kernel
@no_type_check
def _log_present(absent: np.ndarray) -> float:
    """Return the log-chance that findings with these chances of being absent are present."""
    product, log = 1.0, 0.0
    for a in range(absent.shape[0]):
        product *= 1.0 - absent[a]
        if product < _TINY:
            log += np.log(product)
            product = 1.0
    return log + np.log(product)


@kernel
@no_type_check
def _enumerate(G: np.ndarray, leak: np.ndarray, odds: np.ndarray) -> tuple[np.ndarray, float]:
    k, m = G.shape
    found = np.empty(k)
    relevant, log = _split(G, odds, found)
    size = relevant.shape[0]
    # Row i holds the chances of absence once the first i causes are decided.
    absent = np.empty((size + 1, m))
    absent[0] = leak
    weight = np.zeros(size + 1)
    present = np.zeros(size, np.int64)
    top, sums = -np.inf, np.zeros((2, size))
    first = 0
    for combination in range(2**size):
        # The last cause is the lowest bit: only those from the highest changed bit on differ.
        for b in range(first, size):
            i = relevant[b]
            on = (combination >> (size - 1 - b)) & 1
            present[b] = on
            weight[b + 1] = weight[b] + (odds[i] if on else 0.0)
            for a in range(m):
                absent[b + 1, a] = absent[b, a] * G[i, a] if on else absent[b, a]
        value = weight[size] + _log_present(absent[size])
        if value > top:
            shrink = np.exp(top - value)
            sums *= shrink
            top = value
        share = np.exp(value - top)
        for b in range(size):
            sums[present[b], b] += share
        changed = combination ^ (combination + 1)
        first = size
        while changed:
            changed >>= 1
            first -= 1
    for b in range(size):
        found[relevant[b]] = np.log(max(sums[1, b], _LEAST) / max(sums[0, b], _LEAST))
    total = sums[:, 0].sum() if size else 1.0
    return found, log + top + np.log(total)


@kernel
@no_type_check
def _bring_about(v: np.ndarray, failures: np.ndarray) -> None:
    """Let a cause add to the set of findings that are present: v over sets, in place."""
    for a in range(failures.shape[0]):
        g, bit = failures[a], 1 << a
        if g < 1.0:
            for block in range(0, v.shape[0], 2 * bit):
                for s in range(block, block + bit):
                    v[s + bit] += (1.0 - g) * v[s]
                    v[s] *= g


@kernel
@no_type_check
def _look_ahead(v: np.ndarray, failures: np.ndarray) -> None:
    """Return in place the transpose of what `_bring_about` does."""
    for a in range(failures.shape[0]):
        g, bit = failures[a], 1 << a
        if g < 1.0:
            for block in range(0, v.shape[0], 2 * bit):
                for s in range(block, block + bit):
                    v[s] = g * v[s] + (1.0 - g) * v[s + bit]


@kernel
@no_type_check
def _quickscore(G: np.ndarray, leak: np.ndarray, odds: np.ndarray) -> tuple[np.ndarray, float]:
    k, m = G.shape
    found = np.empty(k)
    relevant, log = _split(G, odds, found)
    size = relevant.shape[0]
    # forward[b]: the chance of each set of findings, brought about by the first b causes.
    forward = np.empty((size + 1, 2**m))
    forward[0] = 0.0
    forward[0, 0] = 1.0
    _bring_about(forward[0], leak)
    for b in range(size):
        i = relevant[b]
        low, high = min(0.0, -odds[i]), min(0.0, odds[i])
        forward[b + 1] = forward[b]
        _bring_about(forward[b + 1], G[i])
        forward[b + 1] *= np.exp(high)
        forward[b + 1] += np.exp(low) * forward[b]
        scale = forward[b + 1].sum()
        forward[b + 1] /= scale
        log += np.log(scale) + max(odds[i], 0.0)
    # backward: the chance that the causes still to come complete each set.
    backward = np.zeros(2**m)
    backward[2**m - 1] = 1.0
    log += np.log(forward[size, 2**m - 1])
    ahead = np.empty(2**m)
    for b in range(size - 1, -1, -1):
        i = relevant[b]
        low, high = min(0.0, -odds[i]), min(0.0, odds[i])
        ahead[:] = backward
        _look_ahead(ahead, G[i])
        on = np.exp(high) * np.dot(forward[b], ahead)
        off = np.exp(low) * np.dot(forward[b], backward)
        found[i] = np.log(max(on, _LEAST) / max(off, _LEAST))
        backward *= np.exp(low)
        backward += np.exp(high) * ahead
        backward /= backward.max()
    return found, log
