"""Noisy-OR networks: yes-or-no findings that any of several hidden causes may bring about."""

from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from unbraid.core.errors import InputError
from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.rng import integer_seed
from unbraid.core.values import Samples
from unbraid.learners import _noisy_or
from unbraid.learners._noisy_or_network import NoisyOrNetwork
from unbraid.learners._samples import refuse_constant, some_rows
from unbraid.learners._settings import flag, whole

N = TypeVar("N", bound="NoisyOr")


class NoisyOr(NoisyOrNetwork):
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
        folder: Path | str | None = None,
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
            prune=flag("prune", self.prune),
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
