"""What a noisy-OR network answers, once its parameters are known."""

import warnings
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from unbraid.core.errors import Caution
from unbraid.core.rng import stream
from unbraid.learners import _noisy_or
from unbraid.learners._learner import Learner
from unbraid.learners._samples import batches
from unbraid.learners._settings import whole
from unbraid.numerics.noisy_or import Network
from unbraid.numerics.noisy_or_explaining import Explanation, explain
from unbraid.numerics.noisy_or_posterior import WAYS, Posterior, bounds, posterior, ways_for


class NoisyOrNetwork(Learner):
    """The base of `NoisyOr`: encoding, decoding, likelihoods and explanations.

    A subclass has the setting ``n_sweeps`` and sets the fitted attributes below and ``n_codes_``.
    """

    failures_: np.ndarray
    leak_: np.ndarray
    priors_: np.ndarray
    thresholds_: np.ndarray
    code_names_: np.ndarray
    finding_names_: np.ndarray
    seed_: int
    n_sweeps: int

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
        >>> from unbraid.learners import NoisyOr
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
