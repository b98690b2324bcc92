"""How training starts, what changes from step to step, and the optimiser that follows it."""

import math
from dataclasses import dataclass, replace
from typing import Literal

from torch import Tensor
from torch.optim import Adam

from unbraid.core.errors import unknown
from unbraid.training.objective import Player


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What changes from step to step; all spans are fractions of the steps.

    Parameters
    ----------
    learning_rate
        The highest learning rate.
    warmup
        The span in which it rises linearly.
    decay
        How it falls to zero: ``"none"``, ``"linear"`` or ``"cosine"``.
    decay_from
        Where it starts to fall.
    extra_kl
        What is added at first to the weight of the KL, per feature of a sample, whatever the
        method makes of it: where information is dear, the codes that are worth its price are
        those that follow the largest factors one by one.
    extra_until
        Where that is nothing; it falls linearly from half of that span on.
    separable
        Whether the convolutional network starts as `unbraid.training.separable` says.

    Examples
    --------
    >>> fading = Schedule(learning_rate=0.5, decay="linear", extra_kl=0.5, extra_until=0.4)
    >>> fading.rate(step=50, n_steps=100), fading.extra(step=30, n_steps=100)
    (0.25, 0.25)
    """

    learning_rate: float
    warmup: float = 0.0
    decay: Literal["none", "linear", "cosine"] = "none"
    decay_from: float = 0.0
    extra_kl: float = 0.0
    extra_until: float = 0.5
    separable: bool = False

    def rate(self, step: int, n_steps: int) -> float:
        """Return the learning rate of a step.

        Parameters
        ----------
        step
            How many steps were made before it.
        n_steps
            How many are made in all.

        Returns
        -------
        float
            In (0, learning_rate].
        """
        rising = self.warmup * n_steps
        if step < rising:
            return self.learning_rate * (step + 1) / (rising + 1)
        start = max(rising, self.decay_from * n_steps)
        if self.decay == "none" or step <= start:
            return self.learning_rate
        fallen = (step - start) / (n_steps - start)
        left = 1 - fallen if self.decay == "linear" else 0.5 * (1 + math.cos(math.pi * fallen))
        return self.learning_rate * left

    def extra(self, step: int | Tensor, n_steps: int) -> float | Tensor:
        """Return what is added to the weight of the KL in a step, per feature of a sample.

        Parameters
        ----------
        step
            How many steps were made before it, as a number or as a tensor.
        n_steps
            How many are made in all.

        Returns
        -------
        float or torch.Tensor
            In [0, extra_kl].
        """
        until = self.extra_until * n_steps
        return self.extra_kl * (1 - unit(2 * step / until - 1)) if until else 0.0


def unit(x: float | Tensor) -> float | Tensor:
    """Return what is nearest to a number in [0, 1].

    Parameters
    ----------
    x
        The number, or a tensor of one.

    Returns
    -------
    float or torch.Tensor
        As it was given.

    Examples
    --------
    >>> unit(1.5), unit(-0.5)
    (1.0, 0.0)
    """
    return x.clamp(0, 1) if isinstance(x, Tensor) else min(1.0, max(0.0, x))


SCHEDULES = {
    "study": Schedule(learning_rate=1e-4),
    "constant": Schedule(learning_rate=1e-3),
    "fast": Schedule(
        learning_rate=1e-3,
        warmup=0.02,
        decay="linear",
        decay_from=0.6,
        extra_kl=0.009,
        extra_until=0.25,
    ),
}
SCHEDULES["separable"] = replace(SCHEDULES["fast"], extra_kl=0.0015, separable=True)


def schedule(name: str, learning_rate: float | None = None) -> Schedule:
    """Return a schedule by name.

    Parameters
    ----------
    name
        ``"study"``: constant 1e-4, as Locatello et al. (2019) train. ``"constant"``: 1e-3.
        ``"fast"``, for short runs: rising to 1e-3 in 2% of the steps, and falling to zero from 60%
        of them on; in the first quarter the KL weighs more, by 0.009 per feature at first.
        ``"separable"``, for shorter ones: the same, but by 0.0015, and the convolutional network
        starts with two codes that follow one axis of the image each.
    learning_rate
        The highest learning rate; None for the schedule's own.

    Returns
    -------
    Schedule
        The schedule.

    Raises
    ------
    InputError
        If there is no such schedule.

    Examples
    --------
    >>> schedule("study").rate(step=299_999, n_steps=300_000)
    0.0001
    """
    if name not in SCHEDULES:
        raise unknown("schedule", name, SCHEDULES)
    found = SCHEDULES[name]
    if learning_rate is None:
        return found
    return replace(found, learning_rate=learning_rate)


def adam(player: Player) -> Adam:
    """Return the optimiser of a player's parameters.

    Parameters
    ----------
    player
        Whose parameters they are.

    Returns
    -------
    torch.optim.Adam
        Fused, with epsilon 1e-8; the loop sets its learning rate at each step. On a CUDA device
        its steps can be recorded.
    """
    on_cuda = player.parameters[0].device.type == "cuda"
    return Adam(player.parameters, betas=player.betas, eps=1e-8, fused=True, capturable=on_cuda)
