"""Fit several learners as one program."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from unbraid.core.errors import InputError, RunFailed
from unbraid.core.progress import Listener
from unbraid.learners._variational import Training, VariationalLearner
from unbraid.training.loop import train
from unbraid.training.samples import Batches
from unbraid.training.stacked import Stacked, agree
from unbraid.training.stacked_batches import StackedBatches
from unbraid.training.streams import torch_stream


def fit_together(
    learners: Sequence[Any],
    X: Any,  # noqa: ANN401 (as in fit)
    device: str,
    bfloat16: bool | None,
    folder: Path | None,
    progress: Listener,
) -> None:
    """Fit learners of one class to the same samples, as `unbraid.learners.fit_together` says.

    Parameters
    ----------
    learners
        The learners.
    X
        The samples, shape (n, ...).
    device
        Where to train.
    bfloat16
        Whether products may be computed in bfloat16; None for where the device does so in
        hardware.
    folder
        Where the log and checkpoints go; None for neither.
    progress
        Who listens.

    Raises
    ------
    InputError
        If they cannot be trained together, or there is no such device.
    RunFailed
        If one of them diverges, or the device has too little memory.
    """
    where = _device(device)
    _check(learners)
    every = [learner._reset(X) for learner in learners]  # noqa: SLF001 (what fit does)
    samples = every[0]
    begun = [learner._begin(samples) for learner in learners]  # noqa: SLF001
    begun = [replace(one, plan=replace(one.plan, bfloat16=bfloat16)) for one in begun]
    _check_agreement(learners, begun)
    identity = {
        str(i): learner._identity(samples, one.plan)  # noqa: SLF001
        for i, (learner, one) in enumerate(zip(learners, begun, strict=True))
    }
    with _enough_memory(device, len(learners)):
        objective = Stacked([one.objective for one in begun], where)
        drawn = StackedBatches(
            [_batches(one) for one in begun],
            [torch_stream(one.seed, "noise") for one in begun],
            learners[0].n_codes,
            where,
        )
        lines = train(
            objective,
            drawn,
            torch_stream(0, "unused"),
            begun[0].plan,
            folder=folder,
            identity=identity if folder else None,
            progress=progress,
        )
    objective.unstack()
    curves = np.array([line["loss"] for line in lines]).T
    for learner, one, curve in zip(learners, begun, curves, strict=True):
        learner._finish(one.model, curve)  # noqa: SLF001


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).tolist()
    except (RuntimeError, AssertionError) as error:
        # Without CUDA torch says so in an AssertionError, and for an unknown name at length.
        reason = str(error).partition("\n")[0]
        raise InputError("this device cannot be used", got=f"{name!r}: {reason}") from error
    return device


@contextmanager
def _enough_memory(device: str, n: int) -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise RunFailed(
            f"{n} learners are too many for the memory of {device!r}",
            got=str(error).partition(". ")[0],
            hint="fewer at a time; checkpoints are kept",
        ) from error


def _check(learners: Sequence[Any]) -> None:
    if not isinstance(learners, Sequence) or not learners:
        raise InputError("there is no learner to fit in a list", got="none", allowed="one or more")
    kinds = sorted({type(learner).__name__ for learner in learners})
    if len(kinds) > 1 or not _is_plain(learners[0]):
        raise InputError(
            "these learners cannot be trained together",
            got=", ".join(kinds),
            allowed="several of one class, with one layer of normal codes, such as BetaVAE",
        )
    if len({id(learner) for learner in learners}) < len(learners):
        raise InputError("the same learner is given twice", hint="sklearn.base.clone(learner)")


def _is_plain(learner: object) -> bool:
    """Tell a learner that is trained by a regulariser alone."""
    base = VariationalLearner
    if not isinstance(learner, base):
        return False
    own = ("_fit", "_begin", "_problem")
    return all(getattr(type(learner), name) is getattr(base, name) for name in own)


def _check_agreement(learners: Sequence[VariationalLearner], begun: Sequence[Training]) -> None:
    if begun[0].plan.n_steps == 0:
        raise InputError("there is nothing to train", got=type(learners[0]).__name__, hint="fit")
    for name, value in learners[0].get_params(deep=False).items():
        if isinstance(value, str) or name == "n_codes":
            agree(name, [getattr(learner, name) for learner in learners])
    agree("n_steps", [one.plan.n_steps for one in begun])
    agree("learning_rate", [one.plan.schedule.learning_rate for one in begun])
    agree("batch_size", [_batches(one).size for one in begun])


def _batches(one: Training) -> Batches:
    assert isinstance(one.batches, Batches)
    return one.batches
