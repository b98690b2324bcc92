"""What training minimises: the losses of one or more players."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

# The variance of a code's means over samples, below which it says nothing of them.
_ACTIVE = 0.01


def n_active(means: Float[Tensor, "batch codes"]) -> Int[Tensor, ""]:
    """Return how many codes have means that vary over a batch by more than 0.01.

    Parameters
    ----------
    means
        The posterior means, shape (batch, codes).

    Returns
    -------
    torch.Tensor
        A whole number.

    References
    ----------
    Burda et al. (2016), Importance weighted autoencoders, arXiv:1509.00519, section 5.2.

    Examples
    --------
    >>> n_active(torch.tensor([[0.0, 1.0], [0.1, -1.0]])).item()
    1
    """
    return (means.var(0, correction=0) > _ACTIVE).sum()


@dataclass(frozen=True, slots=True, eq=False)
class Player:
    """Parameters that one optimiser moves, to lower a loss of their own.

    Parameters
    ----------
    parameters
        The parameters.
    betas
        Adam's two decay rates.
    learning_rate
        The learning rate in every step; None for the schedule's.
    """

    parameters: tuple[nn.Parameter, ...]
    betas: tuple[float, float] = (0.9, 0.999)
    learning_rate: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What an objective says of a batch.

    Parameters
    ----------
    losses
        One scalar per player, in the order of the objective's players.
    logged
        What goes to the log, detached: scalars, and vectors with one number per code.
    """

    losses: tuple[Tensor, ...]
    logged: Mapping[str, Tensor]


class Objective(nn.Module):
    """Everything that training changes; ``forward(x, step, generator)`` returns `Terms`."""

    def players(self) -> tuple[Player, ...]:
        """Return who is trained, the model first.

        Returns
        -------
        tuple of Player
            One per loss.
        """
        raise NotImplementedError

    def prepared(self, x: Any, step: int) -> Any:  # noqa: ANN401, ARG002 (what the objective takes)
        """Return a batch with all that is drawn for its step alone.

        Parameters
        ----------
        x
            What the stream of batches gave.
        step
            How many steps were made before this one.

        Returns
        -------
        object
            What `forward` takes; for most, x itself.
        """
        return x

    def forward(self, x: Tensor, step: Any, generator: torch.Generator) -> Terms:  # noqa: ANN401
        """Return the losses of a batch.

        Parameters
        ----------
        x
            What `prepared` returned of a batch.
        step
            How many steps were made before this one, as an int; as a tensor where it is recorded.
        generator
            The stream of all noise.

        Returns
        -------
        Terms
            The losses and what is logged.
        """
        raise NotImplementedError

    def summary(self) -> Mapping[str, Tensor]:
        """Return what is too slow to log at every step: it is asked for once per line.

        Returns
        -------
        mapping
            Scalars of the last batch, detached.
        """
        return {}


def as_often(x: Float[Tensor, "batch ..."], codes: Float[Tensor, "rows codes"]) -> Tensor:
    """Return a batch, repeated for codes that are draws after draws of it.

    Parameters
    ----------
    x
        The batch, shape (batch, ...).
    codes
        The codes, shape (draws x batch, codes).

    Returns
    -------
    torch.Tensor
        One sample for each row of the codes.
    """
    n = len(codes) // len(x)
    return x if n == 1 else x.repeat(n, *[1] * (x.dim() - 1))
