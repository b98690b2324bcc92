"""Expectation maximisation for noisy-OR networks over the likeliest states of each sample."""

from dataclasses import dataclass
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float, UInt8

from unbraid.numerics._kernel import kernel
from unbraid.numerics.noisy_or import LEAST, Network
from unbraid.numerics.noisy_or_states import BLOCK, Beliefs, gather, weigh

# States less likely than the likeliest one by this many nats are kept but not varied.
_FAR = 7.0
# States with a smaller share than this are not learned from.
_LEAST_SHARE = 1e-9
_FAST = {"reassoc", "nsz", "arcp", "contract"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expected:
    """What samples are expected to say of the parameters, per sample.

    Parameters
    ----------
    bound
        A lower bound of the log-likelihood in nats: that of the believed states alone.
    causes
        The share of samples in which each cause is present, shape (k,).
    links
        That in which it brings a finding about, shape (k, d).
    leaks
        That in which a finding comes about by itself, shape (d,).
    """

    bound: float
    causes: Float[np.ndarray, " causes"]
    links: Float[np.ndarray, "causes findings"]
    leaks: Float[np.ndarray, " findings"]

    def mixed(self, other: "Expected", rate: float) -> "Expected":
        """Return a weighted mean, in which the other has the weight ``rate``."""
        return Expected(
            bound=self.bound + rate * (other.bound - self.bound),
            causes=self.causes + rate * (other.causes - self.causes),
            links=self.links + rate * (other.links - self.links),
            leaks=self.leaks + rate * (other.leaks - self.leaks),
        )

    def maximised(self) -> Network:
        """Return the network that suits these expectations best."""
        of_present = self.links / np.maximum(self.causes, 1e-300)[:, None]
        return Network(
            failures=np.clip(1.0 - of_present, 0.0, 1.0),
            leak=np.clip(1.0 - self.leaks, 0.0, 1.0),
            priors=np.clip(self.causes, 0.0, 1.0),
        )


def expect(
    network: Network, findings: UInt8[np.ndarray, "samples findings"], beliefs: Beliefs
) -> Expected:
    """Look for likelier states of each sample, and return what the samples then say.

    Parameters
    ----------
    network
        The network, of k causes.
    findings
        1 for present, 0 for absent; shape (n, d).
    beliefs
        The states of these samples; states that are one change away from them and likelier
        replace the least likely ones, in place.

    Returns
    -------
    Expected
        The bound and the expectations. Since a state is only replaced by a likelier one,
        alternating with `Expected.maximised` never lowers the bound.

    References
    ----------
    Lücke & Forster (2019), "k-means as a variational EM approximation of Gaussian mixture
    models", arXiv:1704.04812, section 2, for truncated posteriors; Guiraud, Drefs & Lücke (2018),
    "Evolutionary expectation maximization", doi:10.1145/3205455.3205588, for varying states by
    single changes and for the noisy-OR parameters.

    Examples
    --------
    >>> from unbraid.numerics.noisy_or_states import first_beliefs
    >>> two = Network(failures=np.full((2, 1), 0.1), leak=np.full(1, 0.9), priors=np.full(2, 0.1))
    >>> X = np.array([[1], [0]], dtype=np.uint8)
    >>> expect(two, X, first_beliefs(2, 2, 4, np.random.default_rng(0))).causes.round(3)
    array([0.186, 0.186])
    """
    odds, constant = network.absence(findings.astype(np.int8))
    model = network.kept
    k, d = model.failures.shape
    causes, links, leaks = np.zeros(k), np.zeros((k, d)), np.zeros(d)
    held = beliefs.states, beliefs.hashes, beliefs.keys
    total = _expect_all(findings, odds, model.failures, model.leak, *held, (causes, links, leaks))
    n = len(findings)
    return Expected(
        bound=float((total + constant.sum()) / n),
        causes=causes / n,
        links=links * (1.0 - model.failures) / n,
        leaks=leaks * (1.0 - model.leak) / n,
    )


def link_gains(
    network: Network, findings: UInt8[np.ndarray, "samples findings"], beliefs: Beliefs
) -> Float[np.ndarray, "causes findings"]:
    """Return how many nats the bound would lose about at most if a link were cut.

    Parameters
    ----------
    network
        The network.
    findings
        1 for present, 0 for absent; shape (n, d).
    beliefs
        The states of these samples, as `expect` left them.

    Returns
    -------
    numpy.ndarray
        Shape (k, d), summed over samples. Of two bounds the lesser is given: all else is held,
        or the leak takes over what the link brought about.
    """
    odds, _ = network.absence(findings.astype(np.int8))
    model = network.kept
    n_absent = (findings == 0).sum(axis=0)
    brought = model.priors[:, None] * (1.0 - model.failures)
    # What a link's absence multiplies the leak's chance of absence by.
    leaks_more = np.maximum(1.0 - brought / model.leak, LEAST)
    bounds = []
    for grown in (np.ones_like(leaks_more), leaks_more):
        present, absent = np.zeros_like(grown), np.zeros_like(grown)
        _gain_all(
            findings,
            odds,
            (model.failures, model.leak),
            (beliefs.states, beliefs.hashes),
            grown,
            (present, absent),
        )
        bounds.append(present + absent * np.log(model.failures) - n_absent * np.log(grown))
    return np.asarray(np.minimum(*bounds))


@numba.njit(error_model="numpy", fastmath=_FAST, cache=True, nogil=True)
@no_type_check  # numba compiles the function itself, not one that checks shapes
def _log_present(absent: np.ndarray, change: np.ndarray, m: int) -> float:
    """Return the log-chance that m findings are present once their chances change by factors."""
    log = 0.0
    for start in range(0, m, BLOCK):
        product = 1.0
        for a in range(start, min(start + BLOCK, m)):
            product *= 1.0 - absent[a] * change[a]
        log += np.log(product)
    return log


@kernel
@no_type_check
def _vary(
    states: np.ndarray,
    hashes: np.ndarray,
    keys: np.ndarray,
    odds: np.ndarray,
    changes: tuple[np.ndarray, np.ndarray],
    m: int,
    work: tuple[np.ndarray, np.ndarray, np.ndarray],
    old: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Replace the least likely states by likelier ones that differ in one cause from others."""
    G, H = changes
    absent, prior, logs = work
    from_states, from_hashes, from_logs = old
    from_states[:], from_hashes[:], from_logs[:] = states, hashes, logs
    low = np.argmin(logs)
    least = np.max(logs) - _FAR
    for s in range(states.shape[0]):
        if from_logs[s] < least:
            continue
        for i in range(states.shape[1]):
            on = from_states[s, i]
            log = prior[s] - odds[i] if on else prior[s] + odds[i]
            if log <= logs[low]:
                continue
            log += _log_present(absent[s], H[i] if on else G[i], m)
            key = from_hashes[s] ^ keys[i]
            if log <= logs[low] or (hashes == key).any():
                continue
            logs[low], hashes[low] = log, key
            states[low] = from_states[s]
            states[low, i] = 1 - on
            low = np.argmin(logs)


@kernel
@no_type_check
def _collect(
    states: np.ndarray,
    logs: np.ndarray,
    leak_at: np.ndarray,
    at: np.ndarray,
    G: np.ndarray,
    m: int,
    absent: np.ndarray,
    sums: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> float:
    """Add what the states say, each with its share; return the log of their summed chances."""
    causes, links, leaks = sums
    top = np.max(logs)
    total = np.exp(logs - top).sum()
    for s in range(states.shape[0]):
        share = np.exp(logs[s] - top) / total
        if share < _LEAST_SHARE:
            continue
        absent[:m] = leak_at[:m]
        present = np.flatnonzero(states[s])
        for i in present:
            causes[i] += share
            absent[:m] *= G[i, :m]
        for a in range(m):
            said = share / (1.0 - absent[a])
            leaks[at[a]] += said
            for i in present:
                links[i, at[a]] += said
    return top + np.log(total)


@kernel
@no_type_check
def _expect_all(
    findings: np.ndarray,
    odds: np.ndarray,
    failures: np.ndarray,
    leak: np.ndarray,
    states: np.ndarray,
    hashes: np.ndarray,
    keys: np.ndarray,
    sums: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> float:
    k, d = failures.shape
    S = states.shape[1]
    at, leak_at = np.empty(d, np.int64), np.empty(d)
    G, H = np.empty((k, d)), np.empty((k, d))
    absent, prior, logs = np.empty((S, d)), np.empty(S), np.empty(S)
    old = np.empty((S, k), np.uint8), np.empty(S, np.uint64), np.empty(S)
    total = 0.0
    for t in range(findings.shape[0]):
        m = gather(findings[t], failures, leak, at, G, H, leak_at)
        weigh(states[t], hashes[t], odds[t], (leak_at, G), m, absent, prior, logs)
        _vary(states[t], hashes[t], keys, odds[t], (G, H), m, (absent, prior, logs), old)
        total += _collect(states[t], logs, leak_at, at, G, m, absent[0], sums)
    return total


@kernel
@no_type_check
def _gain_all(
    findings: np.ndarray,
    odds: np.ndarray,
    model: tuple[np.ndarray, np.ndarray],
    held: tuple[np.ndarray, np.ndarray],
    grown: np.ndarray,
    sums: tuple[np.ndarray, np.ndarray],
) -> None:
    """Add what links say of present findings, and how often they are there without effect."""
    failures, leak = model
    states, hashes = held
    gains, without = sums
    k, d = failures.shape
    S = states.shape[1]
    at, leak_at = np.empty(d, np.int64), np.empty(d)
    G, H = np.empty((k, d)), np.empty((k, d))
    absent, prior, logs = np.empty((S, d)), np.empty(S), np.empty(S)
    for t in range(findings.shape[0]):
        m = gather(findings[t], failures, leak, at, G, H, leak_at)
        weigh(states[t], hashes[t], odds[t], (leak_at, G), m, absent, prior, logs)
        shares = np.exp(logs - np.max(logs))
        shares /= shares.sum()
        for s in range(S):
            if shares[s] < _LEAST_SHARE:
                continue
            for i in np.flatnonzero(states[t, s]):
                without[i] += shares[s] * (findings[t] == 0)
                for a in range(m):
                    if G[i, a] < 1.0:
                        q = absent[s, a]
                        gain = np.log((1.0 - q) / (1.0 - q * H[i, a] * grown[i, at[a]]))
                        gains[i, at[a]] += shares[s] * gain
