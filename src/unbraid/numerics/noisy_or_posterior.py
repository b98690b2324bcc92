"""Posteriors of noisy-OR networks, each by the way that its findings allow."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Integer
from scipy.special import expit

from unbraid.numerics.noisy_or import Network
from unbraid.numerics.noisy_or_bounds import upper_bound
from unbraid.numerics.noisy_or_exact import costs, enumerated, quickscore
from unbraid.numerics.noisy_or_sampling import sampled

Way = Literal["enumeration", "quickscore", "sampling"]
Asked = Literal["auto", "enumeration", "quickscore", "sampling"]
WAYS: tuple[Way, ...] = get_args(Way)

# What may be done exactly for one sample: about as many multiplications, some 20 milliseconds,
# and for quickscore as many numbers at once, 128 MiB.
_MOST_WORK = 2.0**24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posterior:
    """What findings say of causes.

    Parameters
    ----------
    log_odds
        The log-odds that each cause is present, shape (n, k).
    log_likelihood
        In nats, shape (n,): exact, or a lower bound where the way is ``sampling``.
    ways
        How each sample was dealt with, as a place in `WAYS`, shape (n,).
    """

    log_odds: Float[np.ndarray, "samples causes"]
    log_likelihood: Float[np.ndarray, " samples"]
    ways: Integer[np.ndarray, " samples"]

    @property
    def means(self) -> np.ndarray:
        """The chance that each cause is present, shape (n, k)."""
        return np.asarray(expit(self.log_odds))


def posterior(
    network: Network,
    findings: Integer[np.ndarray, "samples findings"],
    *,
    way: Asked = "auto",
    n_sweeps: int = 4000,
    seed: int = 0,
) -> Posterior:
    """Return the posterior of every sample, exact where that is feasible.

    Parameters
    ----------
    network
        The network.
    findings
        1 for present, 0 for absent, -1 for not looked for; shape (n, d).
    way
        ``"auto"`` takes the cheaper exact way where one costs less than about 20 milliseconds,
        and sampling elsewhere; the other words force a way.
    n_sweeps
        The sweeps of sampling.
    seed
        Fixes sampling.

    Returns
    -------
    Posterior
        The posterior, with the way that each sample went.

    Examples
    --------
    >>> two = Network(failures=np.full((2, 1), 0.1), leak=np.ones(1), priors=np.full(2, 0.1))
    >>> found = posterior(two, np.array([[1], [0]]))
    >>> found.means.round(3).tolist(), [WAYS[way] for way in found.ways]
    ([[0.529, 0.529], [0.011, 0.011]], ['enumeration', 'quickscore'])
    """
    n = len(findings)
    ways = ways_for(network, findings) if way == "auto" else np.full(n, WAYS.index(way))
    odds, logs = np.empty((n, len(network.priors))), np.empty(n)
    for number, name in enumerate(WAYS):
        rows = np.flatnonzero(ways == number)
        if rows.size == 0:
            continue
        if name == "sampling":
            found = sampled(network, findings[rows], n_sweeps=n_sweeps, seed=seed)
        else:
            found = (enumerated if name == "enumeration" else quickscore)(network, findings[rows])
        odds[rows], logs[rows] = found
    return Posterior(log_odds=odds, log_likelihood=logs, ways=ways)


def ways_for(
    network: Network, findings: Integer[np.ndarray, "samples findings"]
) -> Integer[np.ndarray, " samples"]:
    """Return the way that each sample goes when none is asked for, as a place in `WAYS`.

    Parameters
    ----------
    network
        The network.
    findings
        1 for present, 0 for absent, -1 for not looked for; shape (n, d).

    Returns
    -------
    numpy.ndarray
        Shape (n,).

    Examples
    --------
    >>> two = Network(failures=np.full((2, 1), 0.1), leak=np.ones(1), priors=np.full(2, 0.1))
    >>> ways_for(two, np.array([[1]])).tolist()
    [0]
    """
    work = costs(network, findings)
    cheaper = work.argmin(axis=1)
    return np.where(work.min(axis=1) <= _MOST_WORK, cheaper, WAYS.index("sampling"))


def bounds(
    network: Network, findings: Integer[np.ndarray, "samples findings"], found: Posterior
) -> tuple[Float[np.ndarray, " samples"], Float[np.ndarray, " samples"]]:
    """Return a lower and an upper bound of the log-likelihood, equal where it is exact.

    Parameters
    ----------
    network
        The network.
    findings
        1 for present, 0 for absent, -1 for not looked for; shape (n, d).
    found
        Their posterior.

    Returns
    -------
    tuple of numpy.ndarray
        Both in nats, shape (n,).

    Examples
    --------
    >>> two = Network(failures=np.full((2, 1), 0.1), leak=np.ones(1), priors=np.full(2, 0.1))
    >>> low, high = bounds(two, np.array([[1]]), posterior(two, np.array([[1]])))
    >>> bool(low[0] == high[0])
    True
    """
    high = found.log_likelihood.copy()
    rows = np.flatnonzero(found.ways == WAYS.index("sampling"))
    if rows.size:
        high[rows] = np.maximum(upper_bound(network, findings[rows])[1], high[rows])
    return found.log_likelihood, high
