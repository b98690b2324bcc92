"""Noisy-OR networks: yes-or-no findings that any of several hidden causes may bring about."""

import warnings
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from unbraid.core.errors import Caution, InputError
from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.rng import integer_seed, stream
from unbraid.core.values import Samples
from unbraid.learners import _noisy_or
from unbraid.learners._learner import Learner
from unbraid.learners._samples import batches, refuse_constant, some_rows
from unbraid.learners._settings import whole
from unbraid.numerics.noisy_or import Network
from unbraid.numerics.noisy_or_explaining import Explanation, explain
from unbraid.numerics.noisy_or_posterior import WAYS, Posterior, bounds, posterior, ways_for

N = TypeVar("N", bound="NoisyOr")


class NoisyOr(Learner):
    """Explain findings by hidden causes: ``P(x_j = 0 | z) = leak_j prod_i failures_ij^z_i``.

    Parameters
    ----------
    n_codes
        The most causes to learn; those that explain too little are dropped. Not used where
        `fit` is given the links.
    threshold
        What counts as present: values above it. None takes 0 and 1 as they are; values of any
        other kind are then present above the mean of their feature, with a `Caution`.
    n_steps
        How many batches to learn from before all samples are taken at once.
    batch_size
        How many samples a batch has.
    max_iterations
        The most passes over all samples.
    n_states
        How many combinations of causes are thought possible at a time for each sample, while
        learning; 2^n_codes makes learning exact.
    prune
        Whether to drop causes and links that gain less likelihood than they cost by the Bayesian
        information criterion.
    n_sweeps
        The sweeps of Gibbs sampling for samples whose posterior cannot be exact.
    max_samples
        How many samples to learn from, drawn at random if there are more; None for as many as
        make 256 MiB.
    random_state
        Fixes where learning begins, the order of the samples, and sampling; None for new ones in
        each fit.

    Notes
    -----
    Codes are posterior means, the chance of each cause given the findings. They are exact where
    that costs less than about 20 milliseconds per sample, by adding up all combinations of causes
    or (Quickscore) all sets of present findings, whichever is less; elsewhere Gibbs sampling is
    used. `ways` says which was used. Decoding gives the chance of each finding.

    Learning is expectation maximisation over the likeliest combinations of each sample, from more
    causes than are needed, followed by pruning.

    References
    ----------
    Shwe et al. (1991), "Probabilistic diagnosis using a reformulation of the INTERNIST-1/QMR
    knowledge base", doi:10.1055/s-0038-1634846. Buhai, Halpern, Kim, Risteski & Sontag (2020),
    "Empirical study of the benefits of overparameterization in learning latent variable models",
    arXiv:1907.00030, for learning with more causes than are needed.

    Examples
    --------
    >>> truth = NoisyOr.of(failures=[[0.1, 0.1, 0.1, 1, 1, 1], [1, 1, 1, 0.1, 0.1, 0.1]],
    ...                    leak=[0.99] * 6, priors=[0.3, 0.2])
    >>> model = NoisyOr(n_codes=4, random_state=0).fit(truth.sample(2000))
    >>> model.n_codes_, sorted(model.priors_.round(1).tolist())
    (2, [0.2, 0.3])
    """

    _least_samples = 2

    failures_: np.ndarray
    leak_: np.ndarray
    priors_: np.ndarray
    thresholds_: np.ndarray
    code_names_: np.ndarray
    finding_names_: np.ndarray
    seed_: int

    def __init__(
        self,
        n_codes: int = 16,
        threshold: float | None = None,
        n_steps: int = 200,
        batch_size: int = 1000,
        max_iterations: int = 50,
        n_states: int = 16,
        prune: bool = True,
        n_sweeps: int = 4000,
        max_samples: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.threshold = threshold
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.max_iterations = max_iterations
        self.n_states = n_states
        self.prune = prune
        self.n_sweeps = n_sweeps
        self.max_samples = max_samples
        self.random_state = random_state

    @classmethod
    def of(
        cls: type[N],
        *,
        failures: Any,  # noqa: ANN401 (arrays, frames and lists)
        leak: Any,  # noqa: ANN401
        priors: Any,  # noqa: ANN401
        code_names: Any = None,  # noqa: ANN401
        finding_names: Any = None,  # noqa: ANN401
        **settings: Any,  # noqa: ANN401
    ) -> N:
        """Return the learner of a network that is known, ready to encode.

        Parameters
        ----------
        failures
            The chance that each present cause fails to bring about each finding, shape (k, d);
            1 where they are not linked. The names of a data frame are taken.
        leak
            The chance that each finding is absent without any cause, shape (d,).
        priors
            The chance of each cause, shape (k,).
        code_names
            The names of the causes, such as diseases.
        finding_names
            The names of the findings.
        **settings
            Constructor arguments.

        Returns
        -------
        NoisyOr
            As if it had been fitted.

        Raises
        ------
        InputError
            If shapes do not fit or numbers are no chances.

        Examples
        --------
        >>> flu = NoisyOr.of(failures=[[0.2]], leak=[0.9], priors=[0.1], code_names=["flu"])
        >>> flu.transform([[1]]).round(3)
        array([[0.477]])
        """
        table, rows, columns = _noisy_or.named(failures)
        network = _noisy_or.network(table, leak, priors)
        learner = cls(**settings)
        k, d = network.failures.shape
        learner.n_features_in_, learner.sample_shape_ = d, (d,)
        learner.thresholds_ = np.full(d, np.nan)
        learner.code_names_ = _noisy_or.names("code_names", code_names, rows, k, "cause")
        learner.finding_names_ = _noisy_or.names(
            "finding_names", finding_names, columns, d, "finding"
        )
        learner.seed_ = integer_seed(learner._stream())
        learner._keep(network)
        return learner

    def fit(
        self: N,
        X: Any,  # noqa: ANN401 (arrays, frames, lists and lazy samples)
        y: object = None,
        *,
        links: Any = None,  # noqa: ANN401
        folder: Path | None = None,
        progress: Listener = silent,
    ) -> N:
        """Learn from samples; what was learned before is forgotten.

        Parameters
        ----------
        X
            The samples, shape (n, ...). The column names of a data frame name the findings.
        y
            Ignored.
        links
            Which findings each cause may bring about, shape (k, features), where that is known;
            a data frame names the causes, and its columns are matched to those of X by name. The
            parameters alone are then learned. None to learn the links too.
        folder
            Not used.
        progress
            Who listens to how far it has come.

        Returns
        -------
        NoisyOr
            Itself.

        Raises
        ------
        InputError
            If the samples, the settings or the links cannot be used.
        """
        columns = getattr(X, "columns", None)
        self._given = None if links is None else _noisy_or.known_links(links, columns)
        try:
            return super().fit(X, y, folder=folder, progress=progress)
        finally:
            del self._given

    def _fit(self, samples: Samples, folder: Path | None, progress: Listener) -> None:  # noqa: ARG002
        plan = _noisy_or.Plan(
            n_codes=whole("n_codes", self.n_codes),
            n_steps=whole("n_steps", self.n_steps, at_least=0),
            batch_size=whole("batch_size", self.batch_size),
            max_iterations=whole("max_iterations", self.max_iterations),
            n_states=whole("n_states", self.n_states),
            prune=bool(self.prune),
        )
        whole("n_sweeps", self.n_sweeps)
        rng = self._stream()
        X = some_rows(samples, self.max_samples, rng)
        refuse_constant(X)
        d = X.shape[1]
        self.thresholds_ = _noisy_or.thresholds(X, self.threshold)
        findings = _noisy_or.findings(X, self.thresholds_)
        links, rows, columns = self._given or (None, None, None)
        if links is not None and links.shape[1] != d:
            raise InputError(
                "links must have a column per feature", got=links.shape[1], allowed=f"{d}"
            )
        network = _noisy_or.learn(
            findings,
            plan,
            links,
            rng,
            lambda done, total, numbers: progress(
                Progress(task="learning causes", done=done, total=total, numbers=numbers)
            ),
        )
        given = getattr(self, "feature_names_in_", columns)
        self.code_names_ = _noisy_or.names("links", None, rows, len(network.priors), "cause")
        self.finding_names_ = _noisy_or.names("links", None, given, d, "finding")
        self.seed_ = integer_seed(rng)
        self._keep(network)

    def _keep(self, network: Network) -> None:
        self.failures_, self.leak_ = network.failures, network.leak
        self.priors_ = network.priors
        self.n_codes_ = len(network.priors)

    @property
    def _network(self) -> Network:
        return Network(failures=self.failures_, leak=self.leak_, priors=self.priors_)

    def _posterior(self, X: Any) -> tuple[np.ndarray, Posterior]:  # noqa: ANN401
        check_is_fitted(self, "n_codes_")
        samples = self._checked(X, reset=False)
        parts = [_noisy_or.findings(batch, self.thresholds_) for _, batch in batches(samples)]
        findings = np.concatenate(parts)
        return findings, self._infer(findings)

    def _infer(self, findings: np.ndarray) -> Posterior:
        return posterior(self._network, findings, n_sweeps=self.n_sweeps, seed=self.seed_)

    def _encode(self, batch: np.ndarray) -> np.ndarray:
        return self._infer(_noisy_or.findings(batch, self.thresholds_)).means

    def _decode(self, codes: np.ndarray) -> np.ndarray:
        return np.asarray(self._network.chances(np.clip(codes, 0.0, 1.0)))

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:  # noqa: ARG002
        """Return the names of the causes, as columns of codes.

        Parameters
        ----------
        input_features
            Ignored.

        Returns
        -------
        numpy.ndarray
            Shape (n_codes_,): ``noisyor0``, ... where causes were given no names.
        """
        check_is_fitted(self, "n_codes_")
        if self.code_names_[0] != "cause 0":
            return self.code_names_.astype(object)
        return np.asarray(super().get_feature_names_out())

    def posterior(self, X: Any) -> tuple[np.ndarray, np.ndarray]:  # noqa: ANN401 (as in fit)
        """Return the posterior of the causes of samples.

        Parameters
        ----------
        X
            The samples, shape (n, ...).

        Returns
        -------
        tuple of numpy.ndarray
            Means and standard deviations, shape (n, n_codes_) each.

        Raises
        ------
        InputError
            If the samples cannot be used.
        """
        means = self._posterior(X)[1].means
        return means, np.sqrt(means * (1.0 - means))

    def ways(self, X: Any) -> np.ndarray:  # noqa: ANN401 (as in fit)
        """Return how the posterior of each sample is computed.

        Parameters
        ----------
        X
            The samples, shape (n, ...).

        Returns
        -------
        numpy.ndarray
            ``enumeration`` or ``quickscore``, which are exact, or ``sampling``; shape (n,).

        Raises
        ------
        InputError
            If the samples cannot be used.
        """
        check_is_fitted(self, "n_codes_")
        samples = self._checked(X, reset=False)
        parts = [
            ways_for(self._network, _noisy_or.findings(batch, self.thresholds_))
            for _, batch in batches(samples)
        ]
        return np.asarray(np.array(WAYS)[np.concatenate(parts)])

    def bounds(self, X: Any) -> tuple[np.ndarray, np.ndarray]:  # noqa: ANN401 (as in fit)
        """Return a lower and an upper bound of the log-likelihood of each sample.

        Parameters
        ----------
        X
            The samples, shape (n, ...).

        Returns
        -------
        tuple of numpy.ndarray
            Nats, shape (n,) each; equal where the posterior is exact. Elsewhere the lower one
            adds up the combinations that sampling came by, and the upper one is variational.

        Raises
        ------
        InputError
            If the samples cannot be used.
        """
        findings, found = self._posterior(X)
        low, high = bounds(self._network, findings, found)
        return low, high

    def score(self, X: Any, y: object = None) -> float:  # noqa: ANN401, ARG002 (as in fit)
        """Return the mean log-likelihood of samples, or a lower bound of it.

        Parameters
        ----------
        X
            The samples, shape (n, ...).
        y
            Ignored.

        Returns
        -------
        float
            Nats per sample; exact unless a `Caution` says for how many samples it is a bound.

        Raises
        ------
        InputError
            If the samples cannot be used.
        """
        found = self._posterior(X)[1]
        inexact = int((found.ways == WAYS.index("sampling")).sum())
        if inexact:
            warnings.warn(
                f"the score is a lower bound: {inexact} of {len(found.ways)} samples have too "
                "many present findings to be exact about; `bounds` gives both sides",
                Caution,
                stacklevel=2,
            )
        return float(found.log_likelihood.mean())

    def sample(self, n: int = 1, random_state: int = 0) -> np.ndarray:
        """Draw causes from their priors, and findings given the causes.

        Parameters
        ----------
        n
            How many.
        random_state
            Fixes the draw.

        Returns
        -------
        numpy.ndarray
            Findings of 0 and 1, in the shape of the samples learned from, (n, ...).

        Raises
        ------
        InputError
            If n is no positive whole number.
        """
        check_is_fitted(self, "n_codes_")
        rng = stream(whole("random_state", random_state, at_least=0), "sample")
        findings = self._network.sample(whole("n", n), rng)[1]
        return np.asarray(findings.reshape(-1, *self.sample_shape_))

    def explain(self, x: Any, code: int | str) -> Explanation:  # noqa: ANN401 (as in fit)
        """Return which findings speak for and against a cause in one sample, and what rivals it.

        Parameters
        ----------
        x
            One sample, in the shape of those learned from.
        code
            The cause, by its number or its name.

        Returns
        -------
        Explanation
            The log-odds of the cause, what each finding adds to them, and by how much other
            causes lower them by explaining the same findings. Printed, it is a table.

        Raises
        ------
        InputError
            If the sample cannot be used or there is no such cause.

        Examples
        --------
        >>> model = NoisyOr.of(failures=[[0.2, 0.5], [0.1, 1.0]], leak=[0.99, 0.95],
        ...     priors=[0.05, 0.1], code_names=["flu", "cold"], finding_names=["cough", "fever"])
        >>> print(model.explain([1, 1], "flu"))
        flu: log-odds 1.52, before any finding -2.94 (enumeration)
          +2.35  fever
          +2.11  cough
         what would raise it if it were ruled out:
          +2.27  cold
        """
        check_is_fitted(self, "n_codes_")
        samples = self._checked(np.asarray(x)[None], reset=False)
        findings = _noisy_or.findings(np.asarray(samples[:1]), self.thresholds_)[0]
        number = _noisy_or.number_of(code, self.code_names_)
        named = {"cause": self.code_names_, "finding": self.finding_names_}
        return explain(
            self._network,
            findings,
            number,
            n_sweeps=self.n_sweeps,
            seed=self.seed_,
            names=lambda kind, at: str(named[kind][at]),
        )
