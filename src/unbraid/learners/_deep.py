"""What autoencoders of several layers of codes share; each says how its layers are inferred."""

import copy
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from unbraid.core.errors import InputError
from unbraid.core.values import Samples
from unbraid.learners._network import PLAIN_SCHEDULES
from unbraid.learners._samples import batches
from unbraid.learners._settings import choice, flag, positive, whole
from unbraid.learners._variational import Training, VariationalLearner
from unbraid.training.assembly import DECODERS, Architecture, start_at
from unbraid.training.deep import DeepAutoencoder, Sandwich
from unbraid.training.gradients import NORMAL, gradient
from unbraid.training.hierarchy import Hierarchy
from unbraid.training.layered import Averaged, Bound, Estimated, Layered, Weighted
from unbraid.training.layers import ACTIVATIONS, Hidden
from unbraid.training.loop import Plan
from unbraid.training.samples import Batches, limits, look
from unbraid.training.streams import torch_stream

# A categorical decoder tells so many values apart; images have 256.
_MOST_VALUES = 4096

T = TypeVar("T")
D = TypeVar("D", bound="DeepLearner")


class DeepLearner(VariationalLearner):
    """The base of learners of several layers of codes.

    A subclass names its settings, those below among them, and supplies ``_build``, which puts its
    networks together.
    """

    has_round_codes = False
    _schedules = PLAIN_SCHEDULES

    n_codes: Any
    layer: int
    network: Any
    n_hidden: Any
    depth: int
    batch_norm: bool
    dynamic_binarisation: bool
    importance_warmup: float
    beta: float
    kl_warmup: float
    free_nats: float

    n_layers_: int
    layer_: int
    codes_per_layer_: tuple[int, ...]
    n_values_: int

    # A ladder has no other, and no such setting.
    covariance: Any = "diagonal"
    # Between arrays it does what an Autoencoder does.
    _model: DeepAutoencoder  # type: ignore[assignment]

    def _build(self, plan: Architecture, seed: int) -> Hierarchy:
        raise NotImplementedError

    def _code_size(self) -> int:
        return self.codes_per_layer_[self.layer_ - 1]

    def _begin(self, samples: Samples) -> Training:
        several = isinstance(self.n_codes, Sequence) and not isinstance(self.n_codes, str)
        sizes = self.n_codes if several else (self.n_codes,)
        self.codes_per_layer_ = tuple(whole("n_codes", size) for size in sizes)
        self.n_layers_ = whole("the number of layers in n_codes", len(sizes))
        self.layer_ = whole("layer", self.layer, at_most=self.n_layers_)
        n_codes = self._code_size()
        # Bounds and triangular solves of many layers want more digits than bfloat16 has.
        plan, size = self._plan(bfloat16=False), whole("batch_size", self.batch_size)
        if flag("batch_norm", self.batch_norm) and size == 1:
            raise InputError("batch_norm needs more than one sample per batch", got="batch_size=1")
        seed = self._seed()
        self.n_samples_ = len(samples)
        seen = look(samples)
        self._decide(seen, limits(samples, seen))
        deep = self._architecture(n_codes, seed)
        start_at(deep.model, deep.layout.tensor(seen))
        return Training(
            model=deep,
            objective=self._objective(deep.model, plan, seed),
            batches=Batches(samples, deep.layout, size, torch_stream(seed, "batches")),
            plan=plan,
            seed=seed,
        )

    def _objective(self, model: Hierarchy, plan: Plan, seed: int) -> Layered:
        beta = positive("beta", self.beta, zero=True)
        plain = positive("importance_warmup", self.importance_warmup, zero=True, at_most=1)
        rising = positive("kl_warmup", self.kl_warmup, zero=True, at_most=1) * plan.n_steps
        return Layered(
            model,
            self._bound(seed),
            lambda step: beta * min(1.0, (step + 1) / (rising + 1)),
            plain * plan.n_steps,
            first=Averaged(free_nats=self.free_nats),
            binarise=self.dynamic_binarisation,
        )

    def _bound(self, seed: int) -> Bound:
        kind = gradient(self.gradient, NORMAL)
        n_draws = self._draws(kind)
        free = positive("free_nats", self.free_nats, zero=True)
        if self.gradient == "reparametrised":
            return Averaged(n_draws, free)
        if free:
            raise InputError(
                "free_nats are for the KL of a layer as a whole",
                got=f"gradient={self.gradient!r}",
                hint="gradient='reparametrised', or kl_warmup against collapse",
            )
        if self.gradient == "importance_weighted":
            return Weighted(n_draws)
        if kind.bound and (self.beta != 1 or self.kl_warmup):
            raise InputError(
                f"the bound that gradient={self.gradient!r} descends has no weight of the KL",
                got=f"beta = {self.beta:g}, kl_warmup = {self.kl_warmup:g}",
                hint="beta=1 and kl_warmup=0, or gradient='importance_weighted'",
            )
        estimator = self._estimator(seed, sum(self.codes_per_layer_))
        return Estimated(estimator, draws_kl=kind.draws_kl)

    def _decide(self, seen: np.ndarray, ends: tuple[float, float]) -> None:
        choice("decoder", self.decoder, ("auto", *DECODERS))
        named = self.decoder == "categorical"
        self._scale(seen, ends, named=named)
        self.decoder_ = self._chosen_decoder()
        self.n_values_ = int(ends[1]) + 1 if named else 0
        if self.n_values_ > _MOST_VALUES:
            raise InputError(
                "a categorical decoder has an output for every value",
                got=f"values up to {ends[1]:g}",
                allowed=f"whole numbers below {_MOST_VALUES}",
                hint="decoder='gaussian', or numbering the values that occur",
            )
        if (
            flag("dynamic_binarisation", self.dynamic_binarisation)
            and self.decoder_ != "bernoulli"
        ):
            raise InputError(
                "only samples with a Bernoulli decoder are made binary",
                got=f"dynamic_binarisation with decoder='{self.decoder_}'",
            )
        self._layout().tensor(seen)  # refuses what cannot be learned from, before all else
        self.network_ = str(self.network)
        self.noise_variance_ = self._chosen_variance(seen)

    def _in_unit(self) -> bool:
        return self.decoder_ in ("bernoulli", "logistic")

    def _untrained(self, seed: int) -> DeepAutoencoder:  # type: ignore[override]
        return self._architecture(self.n_codes_, seed)

    def _architecture(self, n_codes: int, seed: int) -> DeepAutoencoder:  # type: ignore[override]
        del n_codes  # those of all layers are needed
        layout = self._layout()
        widths = [whole("n_hidden", width) for width in self._per_layer("n_hidden", self.n_hidden)]
        depth = whole("depth", self.depth)
        plan = Architecture(
            shape=layout.network_shape,
            n_codes=self.codes_per_layer_,
            hidden=tuple(
                Hidden(activation=name, width=width, depth=depth, batch_norm=self.batch_norm)
                for name, width in zip(self._networks(), widths, strict=True)
            ),
            covariance=self._per_layer("covariance", self.covariance),
            decoder=self.decoder_,
            noise_variance=self.noise_variance_ or 1.0,
            noise_learned=self.noise_variance is None,
            n_values=self.n_values_,
        )
        model = self._build(plan, seed)
        return DeepAutoencoder(model, layout, self.codes_per_layer_, self.dynamic_binarisation)

    def _networks(self) -> list[str]:
        given = self._per_layer("network", self.network)
        return [choice("network", name, tuple(ACTIVATIONS)) for name in given]

    def _per_layer(self, name: str, value: T | Sequence[T]) -> tuple[T, ...]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            return (value,) * self.n_layers_
        if len(value) != self.n_layers_:
            raise InputError(
                f"{name} must be one value, or one for each layer",
                got=f"{len(value)} values",
                allowed=f"{self.n_layers_}",
            )
        return tuple(value)

    def _settle(self, model: DeepAutoencoder) -> None:
        model.compute_in_float64()

    def _layer(self, layer: int | None) -> int:
        given = self.layer_ if layer is None else layer
        return whole("layer", given, at_most=self.n_layers_)

    def _encode(self, batch: np.ndarray) -> np.ndarray:
        return self._model.posterior(batch, self.layer_)[0]

    def _decode(self, codes: np.ndarray) -> np.ndarray:
        return self._model.decode(codes, self.layer_)

    def at(self: D, layer: int) -> D:
        """Return the same fitted learner with the codes of another layer.

        Parameters
        ----------
        layer
            Which layer `transform` of what is returned gives, 1 being next to the samples.

        Returns
        -------
        DeepLearner
            It shares the networks of this one.

        Raises
        ------
        InputError
            If there is no such layer.
        """
        check_is_fitted(self, "n_codes_")
        other = copy.copy(self)
        other.layer = other.layer_ = self._layer(layer)
        other.n_codes_ = other._code_size()  # noqa: SLF001 (its own class)
        return other

    def posterior(
        self,
        X: Any,  # noqa: ANN401 (as in fit)
        layer: int | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the posterior of a layer's codes, by the means of layers inferred before it.

        Parameters
        ----------
        X
            The samples, shape (n, ...).
        layer
            Which layer, 1 being next to the samples; None for the one that `transform` gives.

        Returns
        -------
        tuple of numpy.ndarray
            Means and standard deviations, shape (n, codes of the layer) each, float64.

        Raises
        ------
        InputError
            If the samples cannot be used, or there is no such layer.
        """
        check_is_fitted(self, "n_codes_")
        asked = self._layer(layer)
        samples = self._checked(X, reset=False)
        mean, std = np.empty((2, len(samples), self.codes_per_layer_[asked - 1]))
        for place, batch in batches(samples):
            mean[place], std[place] = self._model.posterior(batch, asked)
        return mean, std

    def activity(self, X: Any, layer: int | None = None) -> np.ndarray:  # noqa: ANN401 (as in fit)
        """Return the variance of the posterior means of a layer's codes over samples.

        Parameters
        ----------
        X
            The samples, shape (n, ...).
        layer
            Which layer; None for the one that `transform` gives.

        Returns
        -------
        numpy.ndarray
            One value of 0 or more per code; a code is called active above 0.01.

        Raises
        ------
        InputError
            If the samples cannot be used, or there is no such layer.
        """
        activity: np.ndarray = self.posterior(X, layer)[0].var(axis=0)
        return activity

    def sandwich(
        self, n: int = 10, n_steps: int = 500, n_chains: int = 8, random_state: int = 0
    ) -> Sandwich:
        """Bound the log likelihood of samples that the model itself makes, from both sides.

        Annealed importance sampling goes from the prior to the posterior and, as the codes of a
        simulated sample are a draw from its posterior, back; what `log_likelihood` says of the
        same samples tells how far it can be trusted.

        Parameters
        ----------
        n
            How many samples to simulate.
        n_steps
            How many temperatures lie between prior and posterior; more bring the bounds together.
        n_chains
            How many chains per sample and direction.
        random_state
            Fixes the draws.

        Returns
        -------
        Sandwich
            ``lower`` and ``upper`` bounds in nats, shape (n,) each, and the ``samples``, shape
            (n, ...). Bounds hold in expectation, and each fails by more than ``t`` nats with
            probability at most ``exp(-t)``.

        Raises
        ------
        InputError
            If a number is not a positive whole one.
        """
        check_is_fitted(self, "n_codes_")
        return self._model.sandwich(
            whole("n", n),
            whole("n_steps", n_steps),
            whole("n_chains", n_chains),
            torch_stream(whole("random_state", random_state, at_least=0), "sandwich"),
        )

    def sample(self, n: int = 1, random_state: int = 0) -> np.ndarray:
        """Draw codes from the top layer down, and decode them.

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
        noise = torch_stream(whole("random_state", random_state, at_least=0), "sample")
        return self._model.sample(whole("n", n), noise)
