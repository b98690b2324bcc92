"""Why a noisy-OR network believes in a cause: which findings speak for it, and what rivals it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Integer
from scipy.special import logit

from unbraid.numerics.noisy_or import Network
from unbraid.numerics.noisy_or_posterior import WAYS, Way, posterior

_MOST_RIVALS = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """What speaks for and against one cause in one sample; all numbers are log-odds in nats.

    Parameters
    ----------
    cause
        The cause.
    prior
        Its log-odds before any finding is known.
    posterior
        Its log-odds given all findings.
    findings
        The findings that bear on it, the strongest first.
    present
        Which of them are present, shape (f,).
    weights
        By how much each raises the log-odds: the posterior less what it would be had this
        finding not been looked for, shape (f,).
    rivals
        The causes that explain the same findings away, the strongest first.
    taken
        By how much each lowers the log-odds: what they would be if the rival were ruled out,
        less the posterior, shape (r,).
    way
        How the posterior was computed: exactly, or by sampling.

    Examples
    --------
    >>> two = Network(failures=np.full((2, 1), 0.1), leak=np.full(1, 0.9), priors=np.full(2, 0.1))
    >>> print(explain(two, np.array([1]), 0))
    cause 0: log-odds -0.57, before any finding -2.20 (enumeration)
      +1.62  finding 0
     what would raise it if it were ruled out:
      +0.58  cause 1
    """

    cause: str
    prior: float
    posterior: float
    findings: tuple[str, ...]
    present: Bool[np.ndarray, " findings"]
    weights: Float[np.ndarray, " findings"]
    rivals: tuple[str, ...]
    taken: Float[np.ndarray, " rivals"]
    way: Way

    def __str__(self) -> str:
        lines = [
            f"{self.cause}: log-odds {self.posterior:.2f}, before any finding {self.prior:.2f} "
            f"({self.way})"
        ]
        rows = zip(self.weights, self.present, self.findings, strict=True)
        lines += [f"{w:+7.2f}  {'' if present else 'no '}{name}" for w, present, name in rows]
        if self.rivals:
            lines.append(" what would raise it if it were ruled out:")
            rows_of = zip(self.taken, self.rivals, strict=True)
            lines += [f"{t:+7.2f}  {name}" for t, name in rows_of]
        return "\n".join(lines)


def explain(
    network: Network,
    findings: Integer[np.ndarray, " findings"],
    cause: int,
    *,
    n_sweeps: int = 4000,
    seed: int = 0,
    names: Callable[[str, int], str] = "{} {}".format,
) -> Explanation:
    """Return what speaks for and against a cause in one sample.

    Parameters
    ----------
    network
        The network, of k causes.
    findings
        1 for present, 0 for absent, -1 for not looked for; shape (d,).
    cause
        The number of the cause, 0 to k - 1.
    n_sweeps
        The sweeps of sampling, where the posterior is not exact.
    seed
        Fixes sampling.
    names
        Gives the name of ``("cause", number)`` and of ``("finding", number)``.

    Returns
    -------
    Explanation
        The weights of present findings and of absent ones that the cause is linked to, and the
        rivals: causes with a posterior above 1% that share a present finding with it.

    Examples
    --------
    >>> one = Network(failures=np.array([[0.5, 0.1]]), leak=np.full(2, 0.9), priors=np.ones(1) / 9)
    >>> why = explain(one, np.array([1, 0]), 0)
    >>> why.findings, why.weights.round(2).tolist()
    (('finding 1', 'finding 0'), [-2.3, 1.7])
    """
    linked = network.failures[cause] < 1
    relevant = np.flatnonzero((findings == 1) | (linked & (findings == 0)))
    variants = np.repeat(findings[None].astype(np.int8), len(relevant) + 1, axis=0)
    variants[np.arange(len(relevant)) + 1, relevant] = -1
    found = posterior(network, variants, n_sweeps=n_sweeps, seed=seed)
    odds = found.log_odds[:, cause]
    weights = odds[0] - odds[1:]
    order = np.argsort(-np.abs(weights), kind="stable")
    rivals = _rivals(network, findings, cause, found.means[0])
    taken = np.array(
        [
            _without(network, int(rival), findings, cause, n_sweeps=n_sweeps, seed=seed) - odds[0]
            for rival in rivals
        ]
    )
    strongest = np.argsort(-taken, kind="stable")
    return Explanation(
        cause=names("cause", cause),
        prior=float(logit(network.kept.priors[cause])),
        posterior=float(odds[0]),
        findings=tuple(names("finding", int(j)) for j in relevant[order]),
        present=findings[relevant[order]] == 1,
        weights=weights[order],
        rivals=tuple(names("cause", int(i)) for i in rivals[strongest]),
        taken=taken[strongest],
        way=WAYS[int(found.ways[0])],
    )


def _rivals(
    network: Network, findings: np.ndarray, cause: int, means: np.ndarray
) -> Integer[np.ndarray, " rivals"]:
    linked = network.failures[:, findings == 1] < 1
    sharing = (linked & linked[cause]).any(axis=1) & (means > 0.01)
    sharing[cause] = False
    rivals = np.flatnonzero(sharing)
    return rivals[np.argsort(-means[rivals], kind="stable")][:_MOST_RIVALS]


def _without(
    network: Network,
    rival: int,
    findings: np.ndarray,
    cause: int,
    *,
    n_sweeps: int,
    seed: int,
) -> float:
    """Return the log-odds of a cause if a rival were ruled out."""
    others = Network(
        failures=np.delete(network.failures, rival, axis=0),
        leak=network.leak,
        priors=np.delete(network.priors, rival),
    )
    found = posterior(others, findings[None].astype(np.int8), n_sweeps=n_sweeps, seed=seed)
    return float(found.log_odds[0, cause - (rival < cause)])
