"""What every learner shares whose codes come from a network that was trained step by step."""

from dataclasses import asdict
from numbers import Integral
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from unbraid.core.errors import InputError, StoreError
from unbraid.core.rng import integer_seed
from unbraid.core.values import Samples
from unbraid.learners._learner import Learner
from unbraid.learners._settings import choice, positive, whole
from unbraid.training.loop import Plan
from unbraid.training.networks import NETWORKS
from unbraid.training.samples import Layout, fingerprint
from unbraid.training.schedules import schedule

_WEIGHTS = "model.safetensors"

# Those that suit any network; the others choose where the study's starts.
PLAIN_SCHEDULES = ("constant", "fast", "study")


class NetworkLearner(Learner):
    """The base of learners that hold a network in ``_model``, and save it beside their settings.

    A subclass names its settings, those below among them, and supplies ``_untrained``: the
    network as it stands before training, which loading fills. What is known of the samples is
    settled by then; ``_in_unit`` says whether they must lie in [0, 1].
    """

    # Those that it may be trained by.
    _schedules: ClassVar[tuple[str, ...]] = PLAIN_SCHEDULES

    network: str
    n_steps: int
    schedule: str
    learning_rate: float | None
    random_state: int | None

    network_: str
    scale_: float
    clipped_: bool
    weights_sha256_: str

    _model: Any

    def _untrained(self, seed: int) -> Any:  # noqa: ANN401 (of the kind that `_model` is)
        raise NotImplementedError

    def _in_unit(self) -> bool:
        raise NotImplementedError

    def _settle(self, model: Any) -> None:  # noqa: ANN401
        """Set the precision that a trained network computes with."""
        # Convolutions stay in float32, where twice the time would be felt.
        if self.network_ != "conv":
            model.compute_in_float64()

    def _n_batches(self) -> int:
        return whole("n_steps", self.n_steps)

    def _plan(self, *, bfloat16: bool | None = None) -> Plan:
        rate = self.learning_rate
        rate = None if rate is None else positive("learning_rate", rate)
        steps = self._n_batches()
        name = choice("schedule", self.schedule, self._schedules)
        return Plan(n_steps=steps, schedule=schedule(name, rate), bfloat16=bfloat16)

    def _seed(self) -> int:
        given = self.random_state
        fixed = isinstance(given, Integral)
        return whole("random_state", given, at_least=0) if fixed else integer_seed(self._stream())

    def _scale(self, seen: np.ndarray, ends: tuple[float, float], *, named: bool = False) -> None:
        """Settle by what samples are divided, and whether all lie in [0, 1] then.

        They lie between ``ends``; values that are ``named``, and no shades of grey, stay as
        they are.
        """
        grey = seen.dtype == np.uint8 and ends[1] > 1 and not named
        self.scale_ = 255.0 if grey else 1.0
        self.clipped_ = ends[0] >= 0 and ends[1] <= self.scale_ and not named

    def _layout(self) -> Layout:
        return Layout(
            shape=self.sample_shape_,
            scale=self.scale_,
            checked=self._in_unit(),
            clipped=self.clipped_,
        )

    def _identity(self, samples: Samples, plan: Plan) -> dict[str, object]:
        """Return what a training must agree on with one that it takes up."""
        return {
            "learner": type(self).__name__,
            **self.get_params(deep=False),
            "plan": asdict(plan),  # what the names of settings stand for may change
            "samples": fingerprint(samples),
        }

    def _chosen_network(self) -> str:
        """Return the kind of network that is asked for, or fits the samples."""
        choice("network", self.network, ("auto", *NETWORKS))
        square = len(self.sample_shape_) > 1 and self.sample_shape_[:2] == (64, 64)
        network = ("conv" if square else "mlp") if self.network == "auto" else self.network
        if network == "conv" and not square:
            raise InputError(
                "the convolutional network takes images of 64 x 64",
                got=f"samples of shape {self.sample_shape_}",
                hint="network='mlp', or resizing the images",
            )
        return network

    def _save_rest(self, folder: Path) -> None:
        self._model.save(folder / _WEIGHTS)

    def _load_rest(self, folder: Path) -> None:
        model, path = self._untrained(seed=0), folder / _WEIGHTS
        self._settle(model)
        model.load(path)
        if model.digest() != self.weights_sha256_:
            raise StoreError(
                f"{path} does not belong to the config.json beside it",
                hint="fitting and saving the learner again",
            )
        self._model = model
