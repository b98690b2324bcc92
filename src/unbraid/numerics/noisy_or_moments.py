"""Parameters of noisy-OR networks from the chances that few findings are absent together."""

from collections.abc import Callable, Iterable
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float, Integer

from unbraid.numerics.noisy_or import Network

# The chance that the findings with these numbers are all absent: of one, two or three.
Moment = Callable[[tuple[int, ...]], float]

# Of the findings of a cause, so many that are tied to it most closely are tried in threes.
_MOST_TRIED = 8


def population_moment(network: Network) -> Moment:
    """Return the moments that infinitely many samples would have.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    callable
        ``(numbers of findings) -> chance that all are absent``.

    Examples
    --------
    >>> two = Network(failures=np.full((2, 1), 0.5), leak=np.ones(1), priors=np.full(2, 0.2))
    >>> round(population_moment(two)((0,)), 6)
    0.81
    """

    def moment(findings: tuple[int, ...]) -> float:
        at = list(findings)
        fail = network.failures[:, at].prod(axis=1)
        each = 1.0 - network.priors * (1.0 - fail)
        return float(network.leak[at].prod() * each.prod())

    return moment


def sample_moment(findings: Integer[np.ndarray, "samples findings"]) -> Moment:
    """Return the moments of samples.

    Parameters
    ----------
    findings
        1 for present, 0 for absent; shape (n, d).

    Returns
    -------
    callable
        ``(numbers of findings) -> share of samples in which all are absent``.

    Examples
    --------
    >>> sample_moment(np.array([[0, 0], [0, 1]]))((0, 1))
    0.5
    """
    absent = np.ascontiguousarray((findings == 0).T)

    def moment(numbers: tuple[int, ...]) -> float:
        return float(np.logical_and.reduce(absent[list(numbers)]).mean())

    return moment


def from_moments(
    moment: Moment, links: Bool[np.ndarray, "causes findings"]
) -> tuple[
    Float[np.ndarray, "causes findings"],
    Float[np.ndarray, " findings"],
    Float[np.ndarray, " causes"],
]:
    """Return the parameters of a network of known structure from its moments.

    Parameters
    ----------
    moment
        The chance that findings are absent together.
    links
        Which findings each cause is linked to, shape (k, d).

    Returns
    -------
    tuple of numpy.ndarray
        The failures (k, d), the leak (d,) and the priors (k,); NaN where the moments of at most
        three findings do not identify them, see Notes.

    Notes
    -----
    Absences multiply over causes, so a ratio of moments of findings that share one cause alone
    depends on that cause alone. Three such findings give its prior and their failures in closed
    form (they are a rank-2 tensor); a finding that shares only this cause with one of the three
    follows. What is known of a cause is divided out of all ratios, after which other causes may
    be the only ones that findings share: this is repeated until nothing new is found.

    References
    ----------
    Halpern & Sontag (2013), "Unsupervised learning of noisy-or Bayesian networks",
    arXiv:1309.6834, sections 3 and 4 (singly coupled triples, subtracting off).

    Examples
    --------
    >>> one = Network(failures=np.array([[0.2, 0.3, 0.4]]), leak=np.full(3, 0.9),
    ...               priors=np.array([0.1]))
    >>> back = from_moments(population_moment(one), np.ones((1, 3), dtype=bool))
    >>> [values.round(6).tolist() for values in back]
    [[[0.2, 0.3, 0.4]], [0.9, 0.9, 0.9], [0.1]]
    """
    peeling = _Peeling(moment, links)
    while peeling.step():
        pass
    return peeling.found()


class _Peeling:
    """What is known of the parameters so far."""

    def __init__(self, moment: Moment, links: np.ndarray) -> None:
        self.moment, self.links = moment, links
        k, d = links.shape
        self.priors = np.full(k, np.nan)
        self.failures = np.where(links, np.nan, 1.0)
        self.alone = np.array([moment((j,)) for j in range(d)])

    def step(self) -> bool:
        """Find out something new, or return that nothing is left to be found."""
        progress = False
        for i in range(len(self.links)):
            if np.isnan(self.priors[i]):
                progress |= self._solve_triple(i)
            if not np.isnan(self.priors[i]):
                progress |= self._extend(i)
        return progress

    def _excess(self, findings: tuple[int, ...], i: int) -> float | None:
        """Return the ratio of moments less what other causes do to it; None if that is unknown."""
        at = list(findings)
        others = np.flatnonzero(self.links[:, at].sum(axis=1) > 1)
        others = others[others != i]
        known = ~np.isnan(self.failures[np.ix_(others, at)]).any(axis=1)
        if not known.all() or np.isnan(self.priors[others]).any():
            return None
        p, f = self.priors[others, None], self.failures[np.ix_(others, at)]
        together = 1.0 - p[:, 0] * (1.0 - f.prod(axis=1))
        apart = (1.0 - p * (1.0 - f)).prod(axis=1)
        ratio = self.moment(findings) / self.alone[at].prod()
        return float(ratio / (together / apart).prod())

    def _solve_triple(self, i: int) -> bool:
        best, found = 0.0, None
        for triple in self._triples(i):
            solved = self._of_triple(triple, i)
            if solved is not None and solved[0] > best:
                best, found = solved[0], (triple, *solved[1:])
        if found is None:
            return False
        triple, self.priors[i], failures = found
        self.failures[i, list(triple)] = failures
        return True

    def _triples(self, i: int) -> Iterable[tuple[int, ...]]:
        """Return threes of the findings that share least with other causes."""
        of_cause = np.flatnonzero(self.links[i])
        crowd = self.links.sum(axis=0)[of_cause]
        return combinations(of_cause[np.argsort(crowd, kind="stable")][:_MOST_TRIED].tolist(), 3)

    def _of_triple(
        self, triple: tuple[int, ...], i: int
    ) -> tuple[float, float, np.ndarray] | None:
        """Return how firmly a triple is tied, and the prior and failures that follow from it."""
        excesses = [self._excess(pair, i) for pair in combinations(triple, 2)]
        three = self._excess(triple, i)
        if three is None or any(excess is None for excess in excesses):
            return None
        ab, ac, bc = (float(excess or 0.0) - 1.0 for excess in excesses)
        if min(ab, ac, bc) <= 0.0:
            return None
        # Each finding's chance of absence over its mean is 1 + t (p - z): the second moments
        # give s = t sqrt(p (1 - p)), the third one the skewness of z.
        s = np.sqrt([ab * ac / bc, ab * bc / ac, ac * bc / ab])
        skew = (three - 1.0 - ab - ac - bc) / s.prod()
        p = 0.5 * (1.0 + skew / np.sqrt(4.0 + skew**2))
        failures = _failures(s / np.sqrt(p * (1.0 - p)), p)
        return min(ab, ac, bc), float(p), failures

    def _extend(self, i: int) -> bool:
        """Find the failures of findings from one that is known already."""
        p, progress = self.priors[i], False
        for j in np.flatnonzero(np.isnan(self.failures[i])):
            known = np.flatnonzero(self.links[i] & (self.failures[i] < 1.0))
            for a in known[np.argsort(self.failures[i, known], kind="stable")]:
                excess = self._excess((int(j), int(a)), i)
                if excess is None:
                    continue
                t_a = (1.0 - self.failures[i, a]) / (1.0 - p * (1.0 - self.failures[i, a]))
                t_j = (excess - 1.0) / (t_a * p * (1.0 - p))
                self.failures[i, j] = _failures(np.array([t_j]), p)[0]
                progress = True
                break
        return progress

    def found(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the parameters, NaN where they are unknown."""
        each = 1.0 - self.priors[:, None] * (1.0 - self.failures)
        each = np.where(self.links, each, 1.0)  # no prior matters where there is no link
        return self.failures, self.alone / each.prod(axis=0), self.priors


def _failures(t: np.ndarray, p: float) -> np.ndarray:
    return np.asarray(np.clip((1.0 - t * (1.0 - p)) / (1.0 + t * p), 0.0, 1.0))
