"""The loop that trains every network."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim import Adam

from unbraid.core.errors import RunFailed
from unbraid.core.progress import Listener, Progress, silent
from unbraid.training.checkpoints import Checkpoints
from unbraid.training.log import Line, Log
from unbraid.training.memory import keep_freed_memory
from unbraid.training.objective import Objective, Player
from unbraid.training.precision import autocast, has_bfloat16
from unbraid.training.recorded import Move, Recorded
from unbraid.training.samples import Stream
from unbraid.training.schedules import Schedule, adam


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how fast to train.

    Parameters
    ----------
    n_steps
        How many steps.
    schedule
        The learning rate as a function of the step.
    log_every
        How many steps a line of the log averages over; None for a hundredth of all, 1000 at most.
    checkpoint_seconds
        How much time must pass between two checkpoints; they are made where a line is logged,
        and after the last step.
    bfloat16
        Whether products may be computed in bfloat16; None for where the CPU does so in hardware.
    """

    n_steps: int
    schedule: Schedule
    log_every: int | None = None
    checkpoint_seconds: float = 30.0
    bfloat16: bool | None = None

    @property
    def interval(self) -> int:
        """The steps from one line of the log to the next."""
        return self.log_every or min(1000, max(1, self.n_steps // 100))


@dataclass(slots=True, kw_only=True)
class _State:
    """All that changes while training."""

    objective: Objective
    players: tuple[Player, ...]
    optimisers: tuple[Adam, ...]
    generators: Mapping[str, torch.Generator]
    step: int = 0
    seconds: float = 0.0
    saved: float = field(default_factory=time.monotonic)

    def tensors(self) -> dict[str, Tensor]:
        found = {f"model.{name}": t for name, t in self.objective.state_dict().items()}
        found |= {f"generator.{name}": g.get_state() for name, g in self.generators.items()}
        for name, state in self._moments():
            found |= {f"{name}.{key}": tensor for key, tensor in state.items()}
        return found

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        self.objective.load_state_dict(_under("model.", tensors))
        for name, generator in self.generators.items():
            generator.set_state(tensors[f"generator.{name}"])
        for name, state in self._moments():
            state.update(_under(f"{name}.", tensors))
        for player, optimiser in zip(self.players, self.optimisers, strict=True):
            for parameter in player.parameters:
                _lay_out_like(parameter, optimiser.state[parameter])

    def _moments(self) -> list[tuple[str, dict[str, Tensor]]]:
        return [
            (f"optimiser.{i}.{j}", optimiser.state[parameter])
            for i, (player, optimiser) in enumerate(
                zip(self.players, self.optimisers, strict=True)
            )
            for j, parameter in enumerate(player.parameters)
        ]


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


def _lay_out_like(parameter: Tensor, state: dict[str, Tensor]) -> None:
    # Fused Adam walks parameter and moments side by side in memory, and all on one device.
    for name, moment in state.items():
        alike = moment.shape == parameter.shape
        state[name] = (
            torch.empty_like(parameter).copy_(moment) if alike else moment.to(parameter.device)
        )


def train(
    objective: Objective,
    batches: Stream,
    noise: torch.Generator,
    plan: Plan,
    *,
    folder: Path | None = None,
    identity: Mapping[str, object] | None = None,
    progress: Listener = silent,
) -> list[Line]:
    """Minimise an objective over a stream of batches.

    Parameters
    ----------
    objective
        What is trained; its parameters are changed in place.
    batches
        The stream of batches.
    noise
        The stream of the objective's own noise.
    plan
        How long and how fast.
    folder
        Where ``train.jsonl`` and checkpoints go; None for neither. If it holds checkpoints of the
        same training, it goes on from the newest, and ends as if it had not been interrupted.
    identity
        What is trained on what, to tell such checkpoints from others.
    progress
        Who listens; it is told once per line of the log.

    Returns
    -------
    list of dict
        The lines of the log. Each holds ``step``, what the objective logs (means since the line
        before), what it summarises (of the last batch), ``learning_rate`` and ``seconds``.

    Raises
    ------
    RunFailed
        If a loss or a parameter is no longer finite; checkpoints made before it are kept.
    StoreError
        If the folder holds another training, or cannot be read or written.
    """
    keep_freed_memory()
    players = objective.players()
    state = _State(
        objective=objective,
        players=players,
        optimisers=tuple(adam(player) for player in players),
        generators={"batches": batches.generator, "noise": noise},
    )
    log = Log(folder / "train.jsonl" if folder else None)
    store = Checkpoints(folder / "checkpoints", identity or {}) if folder else None
    if store:
        _resume(state, store, log)
    objective.train()
    move = _move(state, noise, plan)
    while state.step < plan.n_steps:
        line = _interval(state, batches, move, plan)
        log.append(line)
        if store and _is_due(state, plan):
            _save(state, store)
        progress(_word(line, plan))
    objective.eval()
    _check_parameters(state)
    return log.lines


def _resume(state: _State, store: Checkpoints, log: Log) -> None:
    found = store.newest()
    if found is not None:
        state.step, tensors, numbers = found
        state.seconds = numbers["seconds"]
        state.restore(tensors)
    log.rewind(state.step)


def _move(state: _State, noise: torch.Generator, plan: Plan) -> Move:
    """Return what makes a step."""
    device = state.players[0].parameters[0].device
    bfloat16 = has_bfloat16(device) if plan.bfloat16 is None else plan.bfloat16

    def move(x: Any, step: Any, rate: float | Tensor) -> Mapping[str, Tensor]:  # noqa: ANN401
        with autocast(bfloat16=bfloat16, device=device):
            terms = state.objective(x, step, noise)
        _update(state, terms.losses, rate)
        logged: Mapping[str, Tensor] = terms.logged
        return logged

    if device.type == "cuda":
        return Recorded(move, device)
    return move


def _interval(state: _State, batches: Stream, move: Move, plan: Plan) -> Line:
    """Train up to the next line of the log, and return that line."""
    started, first = time.perf_counter(), state.step
    last = min(plan.n_steps, (first // plan.interval + 1) * plan.interval)
    logged: list[Mapping[str, Tensor]] = []
    rate = 0.0
    for step in range(first, last):
        rate = plan.schedule.rate(step, plan.n_steps)
        logged.append(move(state.objective.prepared(batches.next(), step), step, rate))
    state.step = last
    state.seconds += time.perf_counter() - started
    # Nothing is read back from torch before here, so that no step waits for a number.
    numbers = _means(logged, first) | _finite(state.objective.summary())
    return {"step": last, **numbers, "learning_rate": rate, "seconds": round(state.seconds, 3)}


def _update(state: _State, losses: Sequence[Tensor], rate: float | Tensor) -> None:
    """Move all players at once, each down its own loss."""
    for optimiser in state.optimisers:
        optimiser.zero_grad(set_to_none=True)
    for loss, player in zip(losses, state.players, strict=True):
        torch.autograd.backward(loss, inputs=player.parameters)
    for optimiser, player in zip(state.optimisers, state.players, strict=True):
        own = player.learning_rate
        optimiser.param_groups[0]["lr"] = rate if own is None else own
        optimiser.step()


def _means(logged: Sequence[Mapping[str, Tensor]], first: int) -> Line:
    means: Line = {}
    for name in logged[0]:
        values = torch.stack([terms[name] for terms in logged])
        finite = values.isfinite().reshape(len(values), -1).all(1)
        if not finite.all():
            step = first + int((~finite).nonzero()[0])
            raise _diverged(f"the {name} of step {step + 1} is not finite")
        means[name] = values.double().mean(0).tolist()
    return means


def _finite(summary: Mapping[str, Tensor]) -> Line:
    # What does not steer the training may be infinite.
    found = {name: value.double() for name, value in summary.items() if value.isfinite().all()}
    return {name: value.tolist() for name, value in found.items()}


def _diverged(what: str) -> RunFailed:
    return RunFailed(
        f"training diverged: {what}",
        hint="a lower learning_rate, or scaling the samples",
    )


def _is_due(state: _State, plan: Plan) -> bool:
    return state.step == plan.n_steps or time.monotonic() - state.saved >= plan.checkpoint_seconds


def _save(state: _State, store: Checkpoints) -> None:
    _check_parameters(state)
    store.save(state.step, state.tensors(), {"seconds": state.seconds})
    state.saved = time.monotonic()


def _check_parameters(state: _State) -> None:
    # The last update of an interval is seen by no loss.
    if not all(bool(p.isfinite().all()) for p in state.objective.parameters()):
        raise _diverged(f"a parameter is not finite after step {state.step}")


def _word(line: Line, plan: Plan) -> Progress:
    numbers = {name: value for name, value in line.items() if isinstance(value, float)}
    step = int(line["step"])  # type: ignore[arg-type]
    return Progress(task="training", done=step, total=plan.n_steps, numbers=numbers)
