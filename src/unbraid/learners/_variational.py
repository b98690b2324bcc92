"""What every variational autoencoder shares; a method adds its regulariser."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from unbraid.core.errors import Caution, InputError
from unbraid.core.progress import Listener
from unbraid.core.rng import stream
from unbraid.core.values import Samples
from unbraid.learners._network import NetworkLearner
from unbraid.learners._samples import batches
from unbraid.learners._settings import choice, positive, whole
from unbraid.training.autoencoder import Autoencoder
from unbraid.training.deep import DeepAutoencoder
from unbraid.training.drawn_kl import DrawnKL
from unbraid.training.estimators import Estimator
from unbraid.training.gradients import NORMAL, Gradient, gradient
from unbraid.training.loop import Plan, train
from unbraid.training.networks import GaussianDecoder, build, observe
from unbraid.training.objective import Objective
from unbraid.training.regulariser import Regulariser, WeightedKL
from unbraid.training.samples import Batches, Stream, limits, look
from unbraid.training.schedules import SCHEDULES, schedule
from unbraid.training.separable import separate
from unbraid.training.streams import torch_stream
from unbraid.training.variational import Variational


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Training:
    """What a learner trains, on what, and for how long; nothing is trained yet."""

    model: Autoencoder | DeepAutoencoder
    objective: Objective
    batches: Stream
    plan: Plan
    seed: int


class VariationalLearner(NetworkLearner):
    """The base of learners that minimise reconstruction plus a regulariser of their own.

    A subclass names its settings, those below among them, and supplies ``_regulariser``, which
    may look at ``n_samples_``, or, where that is not all it is trained by, ``_problem``. A method
    of the study of Locatello et al. (2019) also has a ``study_grid``: the settings that were
    compared, as `sklearn.model_selection.ParameterGrid` takes them. A learner whose codes can be
    drawn in several ways has the settings ``gradient`` and ``n_draws``.
    """

    gradient: str = "reparametrised"
    n_draws: int | None = None

    # Whether codes are drawn from N(0, I) and found as independent normal ones, so that no
    # likelihood can tell them from codes that are turned.
    has_round_codes: ClassVar[bool] = True

    # Whether it says how likely samples are, given nothing but them.
    has_likelihood: ClassVar[bool] = True

    _schedules = tuple(SCHEDULES)

    n_codes: int
    decoder: str
    noise_variance: float | None
    batch_size: int

    n_samples_: int
    decoder_: str
    noise_variance_: float | None
    loss_curve_: np.ndarray

    _model: Autoencoder

    def _regulariser(self, seed: int) -> Regulariser:
        raise NotImplementedError

    def _estimator(
        self, seed: int, n_codes: int, known: Mapping[str, Gradient] = NORMAL
    ) -> Estimator:
        kind = gradient(self.gradient, known)
        return kind.estimator(n_codes, self._draws(kind), torch_stream(seed, "estimator"))

    def _draws(self, kind: Gradient) -> int:
        return kind.draws(None if self.n_draws is None else whole("n_draws", self.n_draws))

    def _weighted_kl(self, beta: float) -> Regulariser:
        kind = gradient(self.gradient, NORMAL)
        if kind.bound and beta != 1:
            raise InputError(
                f"the bound that gradient={self.gradient!r} descends has no weight of the KL",
                got=f"beta = {beta:g}",
                hint="beta=1, or gradient='sticking_the_landing'",
            )
        return DrawnKL(beta) if kind.draws_kl else WeightedKL(beta)

    def _fit(self, samples: Samples, folder: Path | None, progress: Listener) -> None:
        begun = self._begin(samples)
        lines = train(
            begun.objective,
            begun.batches,
            torch_stream(begun.seed, "noise"),
            begun.plan,
            folder=folder,
            identity=self._identity(samples, begun.plan) if folder else None,
            progress=progress,
        )
        self._finish(begun.model, np.array([line["loss"] for line in lines]))

    def _code_size(self) -> int:
        return whole("n_codes", self.n_codes)

    def _begin(self, samples: Samples) -> Training:
        n_codes = self._code_size()
        size = whole("batch_size", self.batch_size)
        # One seed gives all methods the same first weights, batches and noise.
        plan, seed = self._plan(), self._seed()
        self.n_samples_ = len(samples)
        seen = look(samples)
        self._decide(seen, limits(samples, seen))
        model = self._architecture(n_codes, seed)
        objective, drawn = self._problem(samples, model, plan, size, seed)
        return Training(model=model, objective=objective, batches=drawn, plan=plan, seed=seed)

    def _finish(self, model: Autoencoder | DeepAutoencoder, loss_curve: np.ndarray) -> None:
        self.loss_curve_ = loss_curve
        if isinstance(model.decoder, GaussianDecoder):
            self.noise_variance_ = model.decoder.variance
        self._settle(model)
        self.weights_sha256_ = model.digest()
        self._model = model  # type: ignore[assignment]
        self.n_codes_ = self._code_size()

    def _problem(
        self, samples: Samples, model: Autoencoder, plan: Plan, size: int, seed: int
    ) -> tuple[Objective, Stream]:
        """Return what is minimised, and the batches over which it is."""
        regulariser = self._regulariser(seed)
        features = int(np.prod(self.sample_shape_))
        objective = Variational(
            model.encoder,
            model.decoder,
            regulariser,
            self._estimator(seed, self._code_size()),
            extra_kl=lambda step: features * plan.schedule.extra(step, plan.n_steps),
        )
        n_batch = 2 * size if regulariser.second_batch else size
        return objective, Batches(samples, model.layout, n_batch, torch_stream(seed, "batches"))

    def _decide(self, seen: np.ndarray, ends: tuple[float, float]) -> None:
        """Settle what was left open, by some of the samples and between which ends all lie."""
        choice("decoder", self.decoder, ("auto", "bernoulli", "gaussian"))
        self._scale(seen, ends)
        self.decoder_ = self._chosen_decoder()
        self._layout().tensor(seen)  # refuses what cannot be learned from, before all else
        self.noise_variance_ = self._chosen_variance(seen)
        self.network_ = self._chosen_network()

    def _in_unit(self) -> bool:
        return self.decoder_ == "bernoulli"

    def _chosen_decoder(self) -> str:
        """Return the decoder that is asked for, or fits the samples."""
        likely = "bernoulli" if len(self.sample_shape_) > 1 or self.clipped_ else "gaussian"
        return likely if self.decoder == "auto" else self.decoder

    def _chosen_variance(self, seen: np.ndarray) -> float | None:
        """Return the noise variance, or where learning it starts; None for other decoders."""
        if self.decoder_ != "gaussian":
            return None
        if self.noise_variance is None:
            return float((seen / self.scale_).var(axis=0).mean()) or 1.0
        return positive("noise_variance", self.noise_variance)

    def _untrained(self, seed: int) -> Autoencoder:
        return self._architecture(self.n_codes_, seed)

    def _architecture(self, n_codes: int, seed: int) -> Autoencoder:
        layout = self._layout()
        weights = torch_stream(seed, "weights")
        encoder, body = build(self.network_, layout.network_shape, n_codes, weights)
        if self.network_ == "conv" and schedule(self.schedule).separable:
            separate(encoder, body)
        learned = self.noise_variance is None
        return Autoencoder(encoder, observe(body, self.noise_variance_, learned=learned), layout)

    def _identity(self, samples: Samples, plan: Plan) -> dict[str, object]:
        decided = {"decoder": self.decoder_, "network": self.network_, "scale": self.scale_}
        return super()._identity(samples, plan) | decided

    def _encode(self, batch: np.ndarray) -> np.ndarray:
        return self._model.posterior(batch)[0]

    def _decode(self, codes: np.ndarray) -> np.ndarray:
        return self._model.decode(codes)

    def posterior(self, X: Any) -> tuple[np.ndarray, np.ndarray]:  # noqa: ANN401 (as in fit)
        """Return the posterior of the codes of samples.

        Parameters
        ----------
        X
            The samples, shape (n, ...).

        Returns
        -------
        tuple of numpy.ndarray
            Means and standard deviations, shape (n, n_codes_) each, float64.

        Raises
        ------
        InputError
            If the samples cannot be used.
        """
        check_is_fitted(self, "n_codes_")
        samples = self._checked(X, reset=False)
        mean, std = np.empty((2, len(samples), self.n_codes_))
        for place, batch in batches(samples):
            mean[place], std[place] = self._model.posterior(batch)
        return mean, std

    def score(self, X: Any, y: object = None) -> float:  # noqa: ANN401, ARG002 (as in fit)
        """Return the mean evidence lower bound of samples.

        The KL is analytic and the reconstruction is that of one draw of the codes per sample,
        the same at each call.

        Parameters
        ----------
        X
            The samples, shape (n, ...).
        y
            Ignored.

        Returns
        -------
        float
            Nats per sample; with a Bernoulli decoder, soft labels count as in training.

        Raises
        ------
        InputError
            If the samples cannot be used.
        """
        check_is_fitted(self, "n_codes_")
        samples = self._checked(X, reset=False)
        noise = torch_stream(0, "score")
        total = sum(float(self._model.bound(b, noise).sum()) for _, b in batches(samples))
        return total / len(samples)

    @available_if(lambda self: self.has_likelihood)
    def log_likelihood(
        self,
        X: Any,  # noqa: ANN401 (as in fit)
        n_samples: int = 1000,
        random_state: int = 0,
    ) -> np.ndarray:
        """Estimate the log likelihood of each sample by weighted draws from the encoder.

        Parameters
        ----------
        X
            The samples, shape (n, ...); with ``dynamic_binarisation`` made binary by a draw.
        n_samples
            How many draws per sample; the estimate rises with them.
        random_state
            Fixes the draws.

        Returns
        -------
        numpy.ndarray
            Nats, shape (n,); in expectation at most log p(x).

        Raises
        ------
        InputError
            If the samples cannot be used, or n_samples is no positive whole number.

        Warns
        -----
        Caution
            If one draw outweighs all others for a tenth of the samples: then the estimates are
            far from what more draws would give.
        """
        check_is_fitted(self, "n_codes_")
        n_samples = whole("n_samples", n_samples)
        samples = self._checked(X, reset=False)
        noise = torch_stream(whole("random_state", random_state, at_least=0), "log_likelihood")
        found, worth = np.empty((2, len(samples)))
        for place, batch in batches(samples):
            found[place], worth[place] = self._model.log_likelihood(batch, n_samples, noise)
        if n_samples >= 100 and np.mean(worth < 1.5) > 0.1:
            share = np.mean(worth < 1.5)
            warnings.warn(
                f"one of {n_samples} draws outweighs all others for {share:.0%} of the samples; "
                "their log likelihoods are underestimated",
                Caution,
                stacklevel=2,
            )
        return found

    def sample(self, n: int = 1, random_state: int = 0) -> np.ndarray:
        """Draw codes from the prior and decode them.

        Parameters
        ----------
        n
            How many.
        random_state
            Fixes the draw.

        Returns
        -------
        numpy.ndarray
            The decoder's means, in the shape of the samples learned from, (n, ...).

        Raises
        ------
        InputError
            If n is no positive whole number.
        """
        check_is_fitted(self, "n_codes_")
        shape = (whole("n", n), self.n_codes_)
        rng = stream(whole("random_state", random_state, at_least=0), "sample")
        return self._decode(self._prior(rng, shape))

    def _prior(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        return rng.normal(size=shape)
