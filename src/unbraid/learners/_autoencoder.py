"""What every autoencoder with plain codes shares; a method adds its constraint."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import nn

from unbraid.core.progress import Listener
from unbraid.core.values import Samples
from unbraid.learners._network import NetworkLearner
from unbraid.learners._samples import batches
from unbraid.learners._settings import choice, whole
from unbraid.training.constraints import CodeEncoder, Constraint
from unbraid.training.loop import train
from unbraid.training.networks import build, observe
from unbraid.training.reconstruction import (
    AllSamples,
    Coder,
    Mirror,
    Reconstruction,
    finish,
    start_at,
)
from unbraid.training.samples import Batches, limits, look
from unbraid.training.streams import torch_stream


class AutoencoderLearner(NetworkLearner):
    """The base of learners that minimise the error of decoded codes under a constraint.

    A subclass names its settings, those below among them, and supplies ``_constraint``, which
    may look at ``limits_``. Where ``_tied`` holds, the decoder is the encoder turned round.
    """

    _tied: ClassVar[bool] = False

    n_codes: int | None
    decoder: str
    batch_size: int | None

    limits_: tuple[float, float]
    loss_curve_: np.ndarray

    _model: Coder

    def _constraint(self, n_codes: int) -> Constraint:
        raise NotImplementedError

    def _how_many_codes(self) -> int:
        return whole("n_codes", self.n_codes)

    def _fit(self, samples: Samples, folder: Path | None, progress: Listener) -> None:
        n_codes = self._how_many_codes()
        size = None if self.batch_size is None else whole("batch_size", self.batch_size)
        plan, seed = self._plan(bfloat16=False), self._seed()
        seen = look(samples)
        self._decide(seen, limits(samples, seen))
        constraint = self._constraint(n_codes)
        model = self._architecture(n_codes, constraint, seed)
        start_at(model.layout.tensor(seen).mean(0), model.encoder, model.decoder)
        if size is None:
            model.compute_in_float64()
        objective = Reconstruction(model.encoder, model.decoder, constraint)
        chosen, noise = torch_stream(seed, "batches"), torch_stream(seed, "noise")
        stream = (
            Batches(samples, model.layout, size, chosen)
            if size
            else AllSamples(samples, model.layout, chosen)
        )
        lines = train(
            objective,
            stream,
            noise,
            plan,
            folder=folder,
            identity=self._identity(samples, plan) if folder else None,
            progress=progress,
        )
        if size is None:
            finish(objective, stream, noise, plan)
        self.loss_curve_ = np.array([line.get("objective", line["error"]) for line in lines])
        self._settle(model)
        self.weights_sha256_ = model.digest()
        self._model = model
        self.n_codes_ = n_codes

    def _decide(self, seen: np.ndarray, ends: tuple[float, float]) -> None:
        """Settle what was left open, by some of the samples and between which ends all lie."""
        choice("decoder", self.decoder, ("gaussian", "bernoulli"))
        self._scale(seen, ends)
        self.limits_ = (ends[0] / self.scale_, ends[1] / self.scale_)
        self._layout().tensor(seen)  # refuses what cannot be learned from, before all else
        self.network_ = self._chosen_network()

    def _in_unit(self) -> bool:
        return self.decoder == "bernoulli"

    def _untrained(self, seed: int) -> Coder:
        return self._architecture(self.n_codes_, self._constraint(self.n_codes_), seed)

    def _architecture(self, n_codes: int, constraint: Constraint, seed: int) -> Coder:
        layout = self._layout()
        shape, weights = layout.network_shape, torch_stream(seed, "weights")
        drawn, body = build(self.network_, shape, n_codes, weights)
        assert isinstance(drawn.body, nn.Sequential)
        encoder = CodeEncoder(drawn.body, drawn.mean, constraint.activation).eval()
        body = Mirror(encoder, shape) if self._tied else body
        variance = None if self.decoder == "bernoulli" else 1.0
        return Coder(encoder, observe(body, variance), layout)

    def _settle(self, model: Coder) -> None:
        if self.batch_size is None:
            model.compute_in_float64()
        else:
            super()._settle(model)

    def _encode(self, batch: np.ndarray) -> np.ndarray:
        return self._model.encode(batch)

    def _decode(self, codes: np.ndarray) -> np.ndarray:
        return self._model.decode(codes)

    @property
    def encoder_weights_(self) -> np.ndarray:
        """The weights from features to codes, shape (n_codes_, features), of ``"linear"``."""
        return self._weights(self._model.encoder.head.weight)

    @property
    def decoder_weights_(self) -> np.ndarray:
        """The weights from codes to features, shape (features, n_codes_), of ``"linear"``."""
        if self._tied:
            return self.encoder_weights_.T
        layers = (layer for layer in self._model.decoder.modules() if isinstance(layer, nn.Linear))
        return self._weights(next(layers).weight)

    def _weights(self, weight: torch.Tensor) -> np.ndarray:
        if self.network_ != "linear":
            raise AttributeError(f"a network of kind {self.network_!r} has no single matrix")
        return weight.detach().double().numpy().copy()

    def score(self, X: Any, y: object = None) -> float:  # noqa: ANN401, ARG002 (as in fit)
        """Return minus the mean error of samples decoded from their codes.

        Parameters
        ----------
        X
            The samples, shape (n, ...).
        y
            Ignored.

        Returns
        -------
        float
            At most 0. The error of a sample is the squared distance, summed over features, of the
            samples as the network sees them; with a Bernoulli decoder the cross-entropy, in nats.

        Raises
        ------
        InputError
            If the samples cannot be used.
        """
        check_is_fitted(self, "n_codes_")
        samples = self._checked(X, reset=False)
        total = sum(float(self._model.errors(batch).sum()) for _, batch in batches(samples))
        return -total / len(samples)
