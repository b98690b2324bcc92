"""Independent component analysis."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import decomposition
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from unbraid.core.errors import Caution, InputError
from unbraid.core.progress import Listener
from unbraid.core.rng import integer_seed
from unbraid.core.values import Samples
from unbraid.learners._learner import Learner
from unbraid.learners._samples import batches, is_rounding, refuse_constant, rows, some_rows
from unbraid.learners._settings import choice, how_many_codes, positive, whole
from unbraid.numerics.ica import angle_errors, flatness, losses, maximise, settle

# A pair whose angle is known no better than this many radians (4.6 degrees) is not identified.
# The contrast of a Gaussian pair is noise; its estimated error is above this in 99% of cases.
_VAGUE = 0.08


class ICA(Learner):
    """Find sources that are independent, where samples are mixtures ``x = A z`` of them.

    Two sources that are both Gaussian cannot be told apart by anybody. Codes for which this is
    so are not passed off as an answer: fitting warns, ``not_identifiable_`` lists the pairs and
    ``angle_errors_`` says how uncertain each pair's angle is.

    Parameters
    ----------
    n_codes
        How many sources; None for 10, or as many as there are directions if they are fewer.
        Directions of least variance are left out first.
    method
        ``"likelihood"`` maximises the likelihood until it converges; ``"fast"`` is scikit-learn's
        FastICA, which keeps the codes exactly uncorrelated and is content with less.
    density
        What the likelihood takes the sources for: ``"super"``, a hyperbolic secant, with heavier
        tails than a Gaussian; ``"sub"``, a mixture of two Gaussians, with lighter ones; or
        ``"adaptive"``, whichever suits each source.
    max_samples
        How many samples to learn from, drawn at random if there are more; None for as many as
        make 256 MiB.
    max_iterations
        The most passes over the samples.
    tolerance
        When to stop: the greatest entry of the relative gradient (``"likelihood"``), or the
        change of a direction (``"fast"``). None for 1e-7 and 1e-4.
    random_state
        Fixes the draw of samples and FastICA's start; None for a new one in each fit.

    Notes
    -----
    Codes have zero mean and unit variance, are ordered by how much variance they explain, and
    each has the sign that gives its column of the mixing matrix a positive largest entry. A code
    is a projection, so other samples may have any values.

    References
    ----------
    Comon (1994), "Independent component analysis, a new concept?",
    doi:10.1016/0165-1684(94)90029-9. Hyvärinen (1999), "Fast and robust fixed-point algorithms
    for independent component analysis", doi:10.1109/72.761722. Ablin, Cardoso & Gramfort (2018),
    "Faster independent component analysis by preconditioning with Hessian approximations",
    arXiv:1706.08171.

    Examples
    --------
    >>> sources = np.random.default_rng(0).laplace(size=(2000, 2))
    >>> mixed = sources @ np.array([[2.0, 1.0], [1.0, 1.0]])
    >>> codes = ICA(n_codes=2).fit_transform(mixed)
    >>> np.abs(np.corrcoef(codes.T, sources.T)[:2, 2:]).max(axis=1).round(2)
    array([1., 1.])
    """

    _least_samples = 2

    mean_: np.ndarray
    unmixing_: np.ndarray
    mixing_: np.ndarray

    def __init__(
        self,
        n_codes: int | None = None,
        method: str = "likelihood",
        density: str = "adaptive",
        max_samples: int | None = None,
        max_iterations: int = 500,
        tolerance: float | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.method = method
        self.density = density
        self.max_samples = max_samples
        self.max_iterations = max_iterations
        self.tolerance = tolerance
        self.random_state = random_state

    def _fit(self, samples: Samples, folder: Path | None, progress: Listener) -> None:  # noqa: ARG002
        method = choice("method", self.method, ("likelihood", "fast"))
        kinds = choice("density", self.density, ("adaptive", "super", "sub"))
        most = whole("max_iterations", self.max_iterations)
        default = 1e-7 if method == "likelihood" else 1e-4
        tolerance = default if self.tolerance is None else positive("tolerance", self.tolerance)
        rng = self._stream()
        X = some_rows(samples, self.max_samples, rng)
        refuse_constant(X)
        whitening = self._whiten(X, integer_seed(rng))
        white = whitening @ (X - self.mean_).T
        if method == "likelihood":
            found = maximise(white, kinds=kinds, tolerance=tolerance, max_iterations=most)
            turn, sub, self.n_iterations_ = found.matrix, found.sub, found.n_iterations
            stalled = found.gradient > max(tolerance, 1e-4)
            if stalled or (self.n_iterations_ >= most and found.gradient > tolerance):
                _warn_unfinished(f"the greatest relative gradient is {found.gradient:.1e}")
        else:
            turn, self.n_iterations_ = _fast(white, tolerance, most, integer_seed(rng))
            turn, sub = settle(turn, white, kinds=kinds)
        self._keep(turn, sub, white, whitening)

    def _whiten(self, X: np.ndarray, seed: int) -> np.ndarray:
        """Keep the mean and what is left out; return the whitening matrix, shape (k, p)."""
        at_most = min(X.shape[0] - 1, X.shape[1])
        why = f"{X.shape[1]} feature(s) and {X.shape[0]} sample(s)"
        k = how_many_codes(self.n_codes, at_most, why)
        model = decomposition.PCA(n_components=k, random_state=seed).fit(X)
        variances = model.explained_variance_
        k = int((~is_rounding(variances, variances[0])).sum())
        k = how_many_codes(self.n_codes, k, f"samples that vary in {k} direction(s)")
        self.mean_ = model.mean_
        noise = float(model.noise_variance_)
        self.noise_variance_ = 0.0 if is_rounding(noise, variances[0]) else noise
        # scikit-learn divides by n - 1; the likelihood wants unit mean squares.
        scale = np.sqrt(variances[:k] * (len(X) - 1) / len(X))
        return np.asarray(model.components_[:k] / scale[:, None])

    def _keep(
        self, turn: np.ndarray, sub: np.ndarray, white: np.ndarray, whitening: np.ndarray
    ) -> None:
        """Order, scale and sign the sources; keep them and how far they are identified."""
        sources = turn @ white
        spread = sources.std(axis=1)
        mixing = np.linalg.pinv(whitening) @ np.linalg.inv(turn) * spread
        order = np.argsort(-(mixing**2).sum(axis=0), kind="stable")
        mixing, spread = mixing[:, order], spread[order]
        largest = np.abs(mixing).argmax(axis=0)
        sign = np.sign(mixing[largest, np.arange(len(order))])
        self.mixing_ = mixing * sign
        self.unmixing_ = (turn @ whitening)[order] * (sign / spread)[:, None]
        self.spreads_ = spread
        self.sub_gaussian_ = sub[order]
        self.n_codes_ = len(order)
        self.angle_errors_ = angle_errors(sources[order], self.sub_gaussian_)
        vague = np.argwhere(np.triu(self.angle_errors_, 1) > _VAGUE)
        self.not_identifiable_ = vague
        if len(vague):
            _warn_not_identifiable(vague, sources[order], self.sub_gaussian_)

    def _encode(self, batch: np.ndarray) -> np.ndarray:
        return np.asarray((rows(batch) - self.mean_) @ self.unmixing_.T)

    def _decode(self, codes: np.ndarray) -> np.ndarray:
        return np.asarray(codes @ self.mixing_.T + self.mean_)

    def score(self, X: Any, y: object = None) -> float:  # noqa: ANN401, ARG002 (as in fit)
        """Return the mean log-likelihood of samples.

        Directions that were left out count as Gaussian noise of equal variance.

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
            If the model has no density, because what it leaves out does not vary.
        """
        check_is_fitted(self, "n_codes_")
        samples = self._checked(X, reset=False)
        left_out = self.n_features_in_ - self.n_codes_
        if left_out and self.noise_variance_ == 0:
            raise InputError(
                "the model has no density: the samples that it learned from lie in a subspace",
                hint="fewer codes, or more samples",
            )
        # log |det| of the map to sources, which a pseudo-inverse keeps on the subspace.
        log_density = -0.5 * np.linalg.slogdet(self.mixing_.T @ self.mixing_)[1]
        log_density += np.log(self.spreads_).sum()
        total = 0.0
        for _, batch in batches(samples):
            centred = rows(batch) - self.mean_
            codes = centred @ self.unmixing_.T
            total -= losses(codes.T * self.spreads_[:, None], self.sub_gaussian_).sum()
            if left_out:
                noise = self.noise_variance_
                rest = ((centred - codes @ self.mixing_.T) ** 2).sum() / noise
                total -= 0.5 * (rest + len(batch) * left_out * np.log(2 * np.pi * noise))
        return float(log_density + total / len(samples))


def _fast(white: np.ndarray, tolerance: float, most: int, seed: int) -> tuple[np.ndarray, int]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _, turn, _, steps = decomposition.fastica(
            white.T,
            whiten=False,
            fun="logcosh",
            tol=tolerance,
            max_iter=most,
            random_state=seed,
            return_n_iter=True,
            compute_sources=False,
        )
    if any(issubclass(one.category, ConvergenceWarning) for one in caught):
        _warn_unfinished(f"directions still move by more than {tolerance:.1e}")
    return turn, int(steps)


def _warn_unfinished(why: str) -> None:
    warnings.warn(
        f"ICA has not converged: {why}; try a larger max_iterations", Caution, stacklevel=5
    )


def _warn_not_identifiable(vague: np.ndarray, sources: np.ndarray, sub: np.ndarray) -> None:
    first, second = (int(index) for index in vague[0])
    gain, error = flatness(sources[[first, second]], sub[[first, second]])
    more = f" (and {len(vague) - 1} more pairs)" if len(vague) > 1 else ""
    warnings.warn(
        f"codes {first} and {second} are not identifiable{more}: turning the two into one another "
        f"changes the mean log-likelihood by {gain:.1e} nats at most, with a standard error of "
        f"{error:.1e}; either both are Gaussian or there are too few samples",
        Caution,
        stacklevel=5,
    )
