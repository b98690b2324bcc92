"""What a file holds, before codes and factors are chosen from it."""

import importlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unbraid.core.errors import InputError, MissingNeed, unknown

# So few rows may happen to have values that count them.
_FEW = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Content:
    """Named arrays and named columns, samples first.

    Columns are numbers (NaN where a value is missing), booleans, texts ("" where missing), or
    dates and times (NaT where missing).
    """

    format: str
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    # The names of the samples, where the format has a place of its own for them.
    ids: np.ndarray | None = None
    # What is there and cannot be used, and what it is.
    unread: Mapping[str, str] = field(default_factory=dict)
    # What to tell the user of the reading.
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All that can be chosen from."""
        return (*self.arrays, *self.columns)

    @property
    def not_read(self) -> str:
        """What is there and cannot be used, in words."""
        listed = ", ".join(f"{name} ({what})" for name, what in self.unread.items())
        return f"not read: {listed}" if listed else ""


def tells_rows_apart(column: np.ndarray) -> bool:
    """Tell a column of names or numbers of rows: texts or whole numbers that all differ."""
    n = len(column)
    if column.dtype.kind == "U":
        return n > 1 and len(set(column.tolist())) == n
    return column.dtype.kind in "iu" and n > _FEW and len(np.unique(column)) == n


def not_found(what: str, name: str, known: Iterable[str], unread: Mapping[str, str]) -> InputError:
    """Return the error for a name that cannot be chosen: nothing has it, or it cannot be used."""
    if name in unread:
        return InputError(
            f"{name} cannot be used as it is",
            got=unread[name],
            allowed="dense arrays, and columns of numbers, truth values, texts or dates",
        )
    return unknown(what, name, known)


def one_of_each(what: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the names, or refuse them where two are the same: what they name would be one."""
    names = tuple(names)
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise InputError(f"{what} of one name", got=repr(twice[0]))
    return names


def optional(module: str, doing: str, extra: str) -> Any:  # noqa: ANN401 (a module)
    """Import a package that is installed with an extra, or say how to."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        raise MissingNeed(
            f"{doing} needs {package}, which is not installed",
            hint=f"pip install {package}, or 'unbraid[{extra}]'",
        ) from error
