"""The identifiable variational autoencoder: nonlinear ICA by what is known beside samples."""

import warnings
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from unbraid.core.errors import Caution, InputError
from unbraid.core.progress import Listener, silent
from unbraid.core.rng import stream
from unbraid.core.values import Samples
from unbraid.learners._network import PLAIN_SCHEDULES
from unbraid.learners._samples import batches
from unbraid.learners._settings import whole
from unbraid.learners._variational import VariationalLearner
from unbraid.training.autoencoder import Autoencoder
from unbraid.training.identifiable import (
    Identifiable,
    KnownBatches,
    NumberPrior,
    SegmentPrior,
    WithPrior,
    bound,
    prior_of,
)
from unbraid.training.linear_start import networks_beside_lines, start_linear
from unbraid.training.loop import Plan
from unbraid.training.networks import GaussianDecoder, build, observe
from unbraid.training.objective import Objective
from unbraid.training.samples import Batches, Stream, fingerprint
from unbraid.training.streams import torch_stream

# The linear start takes the eigenvectors of a covariance of so many features at most.
_MOST_FEATURES = 1024
# From how many samples, and numbers in them, it is computed at most.
_MOST_SAMPLES, _MOST_NUMBERS, _NUMBERS_PER_BATCH = 100_000, 2**24, 2**20

I = TypeVar("I", bound="IVAE")  # noqa: E741


class IVAE(VariationalLearner):
    """Learn codes that are independent given something that is known beside each sample.

    A `VAE` whose prior is not N(0, I) but N(mean(y), variance(y)), both learned, where y is the
    segment, the class or the time of a sample. If the variances change enough with y, the codes
    are those that made the samples, up to order and a curve on each: what no likelihood can tell
    without y. The posterior q(codes | x) is normal with full covariance and does not look at y, so
    samples are encoded without it, by the posterior's mean.

    With a Gaussian decoder of at most 1024 features, codes start at what is linear in samples: the
    projections that are least correlated in all segments at once. Both networks bend them later.

    Parameters
    ----------
    n_codes
        How many codes.
    decoder
        The distribution of samples: ``"bernoulli"`` for values in [0, 1] (those between count as
        soft labels), ``"gaussian"`` for any; ``"auto"`` is Bernoulli for images, and for vectors
        if they lie in [0, 1]. Samples of type uint8 with values above 1 are divided by 255.
    noise_variance
        The variance of a Gaussian decoder; None to learn it, from 0.01 of the features' on.
    network
        ``"conv"``, the network of Locatello et al. (2019) for images of 64 x 64; ``"mlp"``,
        hidden layers of 128 beside a linear path, three to the codes and two back; ``"linear"``,
        none; ``"auto"`` takes the first that fits.
    n_steps
        How many batches to learn from.
    batch_size
        How many samples per batch, drawn with replacement.
    schedule
        ``"fast"``: a learning rate that rises in 2% of the steps, and falls to zero from 60% of
        them on; ``"constant"`` and ``"study"``: one that stays.
    learning_rate
        The highest learning rate; None for the schedule's.
    n_draws
        How many times the codes of a sample are drawn in each step, in pairs mirrored at the
        posterior's mean: the noise is small where the decoder is nearly linear.
    random_state
        Fixes weights, batches and noise, bit for bit on one thread; None for new ones in each fit.

    References
    ----------
    Khemakhem, Kingma, Monti and Hyvärinen (2020), "Variational autoencoders and nonlinear ICA: a
    unifying framework", arXiv:1907.04809, equation 9 and theorem 1.

    Examples
    --------
    >>> import numpy as np
    >>> segment = np.repeat([0, 1], 20)
    >>> x = np.random.default_rng(0).normal(size=(40, 3)) * (1 + segment[:, None])
    >>> IVAE(n_codes=2, n_steps=10).fit(x, segment).transform(x).shape
    (40, 2)
    """

    has_round_codes = False
    _schedules = PLAIN_SCHEDULES
    has_likelihood = False

    segments_: np.ndarray
    centre_: np.ndarray
    spread_: np.ndarray
    shares_: np.ndarray

    n_draws: int

    def __init__(
        self,
        n_codes: int = 10,
        decoder: str = "auto",
        noise_variance: float | None = None,
        network: str = "auto",
        n_steps: int = 10_000,
        batch_size: int = 256,
        schedule: str = "fast",
        learning_rate: float | None = 5e-3,
        n_draws: int = 6,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.decoder = decoder
        self.noise_variance = noise_variance
        self.network = network
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.n_draws = n_draws
        self.random_state = random_state

    def fit(
        self: I,
        X: Any,  # noqa: ANN401 (arrays, frames, lists and lazy samples)
        y: object = None,
        *,
        folder: Path | str | None = None,
        progress: Listener = silent,
    ) -> I:
        """Learn from samples and what is known beside them.

        Parameters
        ----------
        X
            The samples, shape (n, ...).
        y
            What is known: whole numbers, booleans or text, shape (n,), name each sample's
            segment; floating numbers, shape (n,) or (n, m), are mapped to the prior by a network.
            None puts all samples in one segment, with a `Caution`: codes are no more identifiable
            than those of a `VAE` then.
        folder
            Where the training keeps its log and checkpoints; None to keep none.
        progress
            Who listens to how far it has come.

        Returns
        -------
        IVAE
            Itself.

        Raises
        ------
        InputError
            If the samples, y or the settings cannot be used.
        """
        self._beside = y
        try:
            return super().fit(X, folder=folder, progress=progress)
        finally:
            del self._beside

    def _fit(self, samples: Samples, folder: Path | None, progress: Listener) -> None:
        beside = self._beside
        if beside is None:
            said = "nothing is known beside the samples (y is None): no likelihood can tell codes"
            said += " from codes that are turned"
            warnings.warn(Caution(said), stacklevel=4)
            beside = np.zeros(len(samples), dtype=np.int64)
        table = _checked(beside, len(samples))
        if table.dtype.kind == "f":
            self.centre_, spread = table.mean(axis=0), table.std(axis=0)
            self.spread_ = np.where(spread > 0, spread, 1.0)
        else:
            self.segments_, counts = np.unique(table, return_counts=True)
            self.shares_ = counts / len(table)
        self._known = self._as_known(table)
        try:
            super()._fit(samples, folder, progress)
        finally:
            del self._known

    def _as_known(self, table: np.ndarray) -> torch.Tensor:
        """Return what is known as the prior takes it: numbers of segments, or scaled numbers."""
        if hasattr(self, "centre_"):
            if table.dtype.kind != "f" or table.shape[1] != len(self.centre_):
                raise _another(table, f"{len(self.centre_)} floating numbers per sample")
            return torch.from_numpy((table - self.centre_) / self.spread_).float()
        known = np.searchsorted(self.segments_, table).clip(max=len(self.segments_) - 1)
        if table.dtype.kind == "f" or (self.segments_[known] != table).any():
            raise _another(table, "segments that were learned from")
        return torch.from_numpy(known)

    def _architecture(self, n_codes: int, seed: int) -> Autoencoder:
        layout, weights = self._layout(), torch_stream(seed, "weights")
        shape = layout.network_shape
        if self.network_ == "mlp":
            encoder, body = networks_beside_lines(shape, n_codes, weights)
        else:
            encoder, body = build(self.network_, shape, n_codes, weights)
        prior: SegmentPrior | NumberPrior = (
            NumberPrior(len(self.centre_), n_codes, weights)
            if hasattr(self, "centre_")
            else SegmentPrior(len(self.segments_), n_codes)
        )
        decoder = observe(body, self.noise_variance_, learned=self.noise_variance is None)
        return Autoencoder(WithPrior(encoder, prior), decoder, layout)

    def _problem(
        self,
        samples: Samples,
        model: Autoencoder,
        plan: Plan,  # noqa: ARG002 (nothing changes from step to step)
        size: int,
        seed: int,
    ) -> tuple[Objective, Stream]:
        assert isinstance(model.encoder, WithPrior)
        few = np.prod(self.sample_shape_) <= _MOST_FEATURES
        if few and self.network_ != "conv" and isinstance(model.decoder, GaussianDecoder):
            start_linear(model.encoder, model.decoder, *self._some(samples, model, seed))
        plain = Batches(samples, model.layout, size, torch_stream(seed, "batches"))
        objective = Identifiable(model.encoder, model.decoder, whole("n_draws", self.n_draws))
        return objective, KnownBatches(plain, self._known)

    def _some(
        self, samples: Samples, model: Autoencoder, seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return samples for the linear start, and their segments; numbers name only one."""
        n, features = len(samples), int(np.prod(self.sample_shape_))
        most = max(1, min(_MOST_SAMPLES, _MOST_NUMBERS // features))
        rows = np.arange(n)
        if n > most:
            rows = np.sort(stream(seed, "start").choice(n, size=most, replace=False))
        size = max(1, min(len(rows), _NUMBERS_PER_BATCH // features))
        parts = (np.asarray(samples[rows[i : i + size]]) for i in range(0, len(rows), size))
        x = np.concatenate([model.layout.tensor(p).flatten(1).double().numpy() for p in parts])
        if hasattr(self, "centre_"):
            return x, np.zeros(len(rows), np.int64)
        return x, self._known.numpy()[rows]

    def _identity(self, samples: Samples, plan: Plan) -> dict[str, object]:
        return super()._identity(samples, plan) | {"y": fingerprint(self._known.numpy())}

    def _prior(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        if hasattr(self, "centre_"):
            known = torch.from_numpy(rng.normal(size=(shape[0], len(self.centre_)))).float()
        else:
            known = torch.from_numpy(
                rng.choice(len(self.segments_), size=shape[0], p=self.shares_)
            )
        mean, std = prior_of(self._model, known)
        return mean + std * rng.normal(size=shape)

    def sample(self, n: int = 1, random_state: int = 0) -> np.ndarray:
        """Draw what is known, then codes from its prior, and decode them.

        Parameters
        ----------
        n
            How many.
        random_state
            Fixes the draw.

        Returns
        -------
        numpy.ndarray
            The decoder's means, in the shape of the samples learned from, (n, ...). Segments are
            as frequent as they were; floating y is drawn from a normal distribution of its
            moments.

        Raises
        ------
        InputError
            If n is no positive whole number.
        """
        return super().sample(n, random_state)

    def score(self, X: Any, y: object = None) -> float:  # noqa: ANN401 (as in fit)
        """Return the mean evidence lower bound of samples, given what is known beside them.

        Parameters
        ----------
        X
            The samples, shape (n, ...).
        y
            What is known, as in `fit`; None where nothing was known there either.

        Returns
        -------
        float
            Nats per sample, log p(x | y) or less.

        Raises
        ------
        InputError
            If the samples or y cannot be used.
        """
        check_is_fitted(self, "n_codes_")
        samples = self._checked(X, reset=False)
        if y is None and (hasattr(self, "centre_") or len(self.segments_) > 1):
            raise InputError(
                "how likely samples are depends on what is known beside them",
                got="no y",
                hint="score(X, y), with y as in fit",
            )
        beside = np.zeros(len(samples), dtype=np.int64) if y is None else y
        known = self._as_known(_checked(beside, len(samples)))
        noise = torch_stream(0, "score")
        total = sum(
            float(bound(self._model, batch, known[place], noise).sum())
            for place, batch in batches(samples)
        )
        return total / len(samples)


def _checked(beside: object, n: int) -> np.ndarray:
    """Return what is known beside n samples: labels (n,), or floating numbers (n, m)."""
    table = np.asarray(beside)
    table = table.astype(str) if table.dtype == object else table
    usable = table.dtype.kind in "biufU" and table.ndim in (1, 2) and len(table) == n
    if not usable or (table.dtype.kind == "f" and not np.isfinite(table).all()):
        raise InputError(
            "y must hold what is known beside each sample",
            got=f"{table.dtype} of shape {table.shape} for {n} samples",
            allowed="finite numbers or text, one row per sample",
        )
    if table.dtype.kind == "f":
        return table.reshape(n, -1).astype(np.float64)
    if table.ndim == 2 and table.shape[1] != 1:
        raise InputError(
            "segments are named by one column", got=f"{table.shape[1]}", hint="y.astype(float)"
        )
    return table.ravel()


def _another(table: np.ndarray, allowed: str) -> InputError:
    return InputError(
        "y differs from what was known in fit",
        got=f"{table.dtype} of shape {table.shape}",
        allowed=allowed,
    )
