"""What long work says of itself, to whoever listens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One word on how far a piece of work has come.

    Parameters
    ----------
    task
        What is being done, such as ``"training"``.
    done
        How many units are done.
    total
        How many there are.
    numbers
        Figures worth showing, such as the loss.

    Examples
    --------
    >>> Progress(task="training", done=10, total=100, numbers={"loss": 3.5}).done
    10
    """

    task: str
    done: int
    total: int
    numbers: Mapping[str, float] = field(default_factory=dict)


Listener = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Listen to nothing.

    Parameters
    ----------
    _
        The word that is not listened to.

    Examples
    --------
    >>> silent(Progress(task="training", done=1, total=2))
    """
