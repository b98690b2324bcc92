"""Several models of one architecture, trained as one: a step is one program over all of them.

Weights, batches, noise and the numbers in which the models' regularisers differ have the models on
an axis of their own, ahead of all others. No model sees another, so that each ends as if it had
been trained alone, to rounding.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from unbraid.core.errors import InputError
from unbraid.training.distributions import Gaussian
from unbraid.training.estimators import Cost, Estimator, reparametrised
from unbraid.training.kernels import side_by_side
from unbraid.training.objective import Objective, Player, Terms
from unbraid.training.regulariser import Encoded, Regulariser
from unbraid.training.stacked_batches import sent
from unbraid.training.variational import Variational


class Stacked(Objective):
    """Minimise the objectives of several models at once; they share no number.

    What can be stacked is decided by what the objectives are made of: the same networks, codes
    drawn once by the reparametrised gradient, and regularisers that differ in floating numbers
    alone. A regulariser that needs noise of its own takes it from its ``draw(step, shape)``.

    Parameters
    ----------
    objectives
        The objectives of the single models. Their weights are left as they are until `unstack`;
        numbers in which their regularisers differ become tensors.
    device
        Where to train.

    Raises
    ------
    InputError
        If they cannot be trained as one.
    """

    def __init__(self, objectives: Sequence[Objective], device: torch.device) -> None:
        super().__init__()
        found = [_stackable(objective) for objective in objectives]
        agree("the kind of regulariser", [type(one.regulariser).__name__ for one in found])
        _numbers_become_tensors(found)
        _check_alike(found)
        # In a tuple they are no parts of this module.
        self.alone = tuple(found)
        weights, constants = stack_module_state(list(found))
        self.names = tuple(weights)
        self.weights = nn.ParameterList(
            nn.Parameter(weight.detach().to(device)) for weight in weights.values()
        )
        self.constants = {name: constant.to(device) for name, constant in constants.items()}
        self.draws = tuple(_draw(one.regulariser) for one in found)
        self._last: tuple[Tensor, Tensor, Tensor] | None = None

    def players(self) -> tuple[Player, ...]:
        """Return the players of one model, with the weights of all.

        Returns
        -------
        tuple of Player
            One per loss.
        """
        first = self.alone[0]
        names = {id(weight): name for name, weight in first.named_parameters()}
        stacked = dict(zip(self.names, self.weights, strict=True))
        return tuple(
            Player(
                tuple(stacked[names[id(weight)]] for weight in player.parameters),
                player.betas,
                player.learning_rate,
            )
            for player in first.players()
        )

    def prepared(self, x: tuple[Tensor, Tensor], step: int) -> tuple[Tensor, ...]:
        """Return batches and noise with what the regularisers draw, where they do.

        Parameters
        ----------
        x
            The batches (models, batch, ...), and the noise of their codes (models, batch, codes).
        step
            How many steps were made before this one.

        Returns
        -------
        tuple of torch.Tensor
            Two or three.
        """
        samples, noise = x
        draws = [draw(step, noise.shape[1:]) for draw in self.draws if draw is not None]
        return (samples, noise, sent(torch.stack(draws), noise.device)) if draws else x

    def forward(  # type: ignore[override]  # more than one tensor
        self, x: tuple[Tensor, ...], step: int | Tensor, generator: torch.Generator
    ) -> Terms:
        """Return the losses of a batch for each model, summed over the models.

        Parameters
        ----------
        x
            What `prepared` returned.
        step
            How many steps were made before this one.
        generator
            Draws nothing: the noise is in the batches.

        Returns
        -------
        Terms
            Logged is what a single model logs, with the models on the first axis.
        """
        model = self.alone[0]

        def run(
            weights: dict[str, Tensor],
            constants: dict[str, Tensor],
            x: Tensor,
            noise: Tensor,
            *drawn: Tensor,
        ) -> Any:  # noqa: ANN401 (a tree of tensors)
            model.estimator = _with(noise)
            if drawn:
                model.regulariser.draw = lambda *_: drawn[0]  # type: ignore[assignment]
            terms: Terms = functional_call(model, (weights, constants), (x, step, generator))
            last = model.last
            assert last is not None
            seen = (last.codes, last.posterior.mean, last.posterior.logvar)
            return terms.losses, dict(terms.logged), seen

        weights = dict(zip(self.names, self.weights, strict=True))
        with side_by_side():
            losses, logged, self._last = vmap(run)(weights, self.constants, *x)
        model.last = None
        return Terms(tuple(loss.sum() for loss in losses), logged)

    def summary(self) -> Mapping[str, Tensor]:
        """Return what a single model would, with the models on the first axis.

        Returns
        -------
        mapping
            Tensors of shape (models,).
        """
        if self._last is None:
            return {}
        model = self.alone[0]

        def summarise(codes: Tensor, mean: Tensor, logvar: Tensor) -> dict[str, Tensor]:
            posterior = Gaussian(mean, logvar)
            model.last = Encoded(posterior, codes, posterior.kl_per_code().mean(0), 0)
            return dict(model.summary())

        found: dict[str, Tensor] = vmap(summarise)(*self._last)
        model.last = None
        return found

    def unstack(self) -> None:
        """Give each of the single models its weights."""
        with torch.no_grad():
            for name, weights in zip(self.names, self.weights, strict=True):
                for one, own in zip(self.alone, weights.cpu(), strict=True):
                    one.get_parameter(name).copy_(own)


def _with(noise: Tensor) -> Estimator:
    """Return the reparametrised gradient for noise that is already drawn."""

    def estimator(posterior: Gaussian, cost: Cost, _: torch.Generator) -> tuple[Tensor, Tensor]:
        codes = posterior.mean + posterior.std * noise
        return codes, cost(codes, posterior)

    return estimator


def _stackable(objective: Objective) -> Variational:
    if type(objective) is not Variational:
        raise InputError(
            "this kind of learner cannot be trained together with others",
            got=type(objective).__name__,
            allowed="one autoencoder with one layer of normal codes, and a regulariser",
        )
    estimator = objective.estimator
    plain = estimator is reparametrised or (
        isinstance(estimator, partial)
        and estimator.func is reparametrised
        and estimator.keywords.get("n_draws", 1) == 1
    )
    if not plain:
        raise InputError(
            "this gradient cannot be trained together with others",
            allowed="gradient='reparametrised' with one draw",
        )
    if objective.regulariser.second_batch:
        raise InputError(
            "a regulariser that asks for a second batch cannot be trained together with others",
            hint="another protocol",
        )
    return objective


def _numbers_become_tensors(objectives: Sequence[Variational]) -> None:
    """Turn the floating numbers in which regularisers differ into constants of the module."""
    regularisers = [one.regulariser for one in objectives]
    tables = [_settings(regulariser) for regulariser in regularisers]
    kind = next(objectives[0].parameters()).dtype
    for name in tables[0]:
        values = [table[name] for table in tables]
        if all(value == values[0] for value in values):
            continue
        if not all(isinstance(value, float) for value in values):
            agree(name, values)
        for regulariser, value in zip(regularisers, values, strict=True):
            delattr(regulariser, name)
            regulariser.register_buffer(name, torch.tensor(value, dtype=kind))


def _settings(regulariser: Regulariser) -> dict[str, object]:
    # What is of torch's own starts with an underscore, but for one.
    return {
        name: value
        for name, value in vars(regulariser).items()
        if not name.startswith("_") and name not in ("training", "draw", "learning_rate")
    }


def _check_alike(found: Sequence[Variational]) -> None:
    agree("their networks", [[type(part).__name__ for part in one.modules()] for one in found])
    agree("the sizes of their weights", [_sizes(one.named_parameters()) for one in found])
    agree("their constants", [_sizes(one.named_buffers()) for one in found])
    players = [[(p.betas, p.learning_rate) for p in one.players()] for one in found]
    agree("the optimisers of their regularisers", players)


def _sizes(tensors: Iterable[tuple[str, Tensor]]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors}


def agree(what: str, values: Sequence[object]) -> None:
    """Refuse models that differ in what they must agree in.

    Parameters
    ----------
    what
        The name of what they must agree in.
    values
        Its value for each model.

    Raises
    ------
    InputError
        If they are not all equal.

    Examples
    --------
    >>> agree("n_steps", [10, 10])
    """
    other = next((value for value in values if value != values[0]), None)
    if other is None:
        return
    said = f"{values[0]!r} and {other!r}"
    raise InputError(
        f"models that are trained together must agree in {what}",
        got=said if len(said) < 80 else None,
    )


def _draw(regulariser: Regulariser) -> Callable[[int, torch.Size], Tensor] | None:
    return getattr(regulariser, "draw", None)
