"""Principal component analysis."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn import decomposition
from sklearn.utils.validation import check_is_fitted

from unbraid.core.errors import InputError
from unbraid.core.progress import Listener
from unbraid.core.rng import integer_seed
from unbraid.core.values import Samples
from unbraid.learners._learner import Learner
from unbraid.learners._samples import batches, is_rounding, refuse_constant, rows, some_rows
from unbraid.learners._settings import how_many_codes


class PCA(Learner):
    """Project samples on the directions in which they vary most.

    Parameters
    ----------
    n_codes
        How many directions; None for 10, or as many as there are if they are fewer.
    max_samples
        How many samples to learn from, drawn at random if there are more; None for as many as
        make 256 MiB.
    random_state
        Fixes the draw and the randomised solver of large problems; None for a new one in each
        fit.

    Notes
    -----
    The directions are scikit-learn's. With the variance that they leave out as noise they are
    the maximum-likelihood solution of a Gaussian latent variable model, whose log-likelihood
    `score` gives.

    References
    ----------
    Tipping & Bishop (1999), "Probabilistic principal component analysis",
    doi:10.1111/1467-9868.00196, equation 4 and section 3.2.

    Examples
    --------
    >>> line = np.outer([-1.0, 0.0, 1.0], [3.0, 4.0])
    >>> PCA(n_codes=1).fit_transform(line).ravel().round(6)
    array([-5.,  0.,  5.])
    """

    _least_samples = 2

    mean_: np.ndarray
    components_: np.ndarray
    explained_variance_: np.ndarray
    noise_variance_: float

    def __init__(
        self,
        n_codes: int | None = None,
        max_samples: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.max_samples = max_samples
        self.random_state = random_state

    def _fit(self, samples: Samples, folder: Path | None, progress: Listener) -> None:  # noqa: ARG002
        rng = self._stream()
        X = some_rows(samples, self.max_samples, rng)
        refuse_constant(X)
        why = f"{X.shape[1]} feature(s) and {X.shape[0]} sample(s)"
        n_codes = how_many_codes(self.n_codes, min(X.shape), why)
        model = decomposition.PCA(n_components=n_codes, random_state=integer_seed(rng)).fit(X)
        self.mean_ = model.mean_
        self.components_ = model.components_
        self.explained_variance_ = model.explained_variance_
        noise, largest = float(model.noise_variance_), float(model.explained_variance_[0])
        self.noise_variance_ = 0.0 if is_rounding(noise, largest) else noise
        self.n_codes_ = n_codes

    def _encode(self, batch: np.ndarray) -> np.ndarray:
        return np.asarray((rows(batch) - self.mean_) @ self.components_.T)

    def _decode(self, codes: np.ndarray) -> np.ndarray:
        return np.asarray(codes @ self.components_ + self.mean_)

    def score(self, X: Any, y: object = None) -> float:  # noqa: ANN401, ARG002 (as in fit)
        """Return the mean log-likelihood of samples under probabilistic PCA.

        Parameters
        ----------
        X
            The samples, shape (n, ...).
        y
            Ignored.

        Returns
        -------
        float
            Nats per sample.

        Raises
        ------
        InputError
            If the model has no density, because it leaves out no variance at all.
        """
        check_is_fitted(self, "n_codes_")
        samples = self._checked(X, reset=False)
        left_out = self.n_features_in_ - self.n_codes_
        nothing = left_out and self.noise_variance_ == 0
        if nothing or is_rounding(self.explained_variance_, self.explained_variance_.max()).any():
            raise InputError(
                "the model has no density: the samples that it learned from lie in a subspace",
                hint="fewer codes, or more samples",
            )
        log_volume = np.log(self.explained_variance_).sum()
        noise = self.noise_variance_ or 1.0
        log_volume += left_out * np.log(noise)
        distance = 0.0
        for _, batch in batches(samples):
            centred = rows(batch) - self.mean_
            codes = centred @ self.components_.T
            distance += (codes**2 / self.explained_variance_).sum()
            if left_out:
                distance += ((centred**2).sum() - (codes**2).sum()) / noise
        constant = self.n_features_in_ * np.log(2 * np.pi)
        return float(-0.5 * (constant + log_volume + distance / len(samples)))
