"""What a file holds, before codes and factors are chosen from it."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unbraid.core.errors import MissingNeed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Content:
    """Named arrays and named columns, samples first.

    Columns are numbers (NaN where a value is missing), booleans, or texts ("" where missing).
    """

    format: str
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    # The names of the samples, where the format has a place of its own for them.
    ids: np.ndarray | None = None
    # What to tell the user of the reading.
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All that can be chosen from."""
        return (*self.arrays, *self.columns)


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
