"""Learn representations of data, and find out how far to trust them.

Three calls do most of the work:

- `load_dataset` gives samples and, where they are known, the factors that made them;
- a learner of `unbraid.learners`, such as ``BetaVAE``, turns samples into codes;
- `evaluate` says how good codes are, by the scores of `unbraid.scores`.

Importing unbraid loads neither torch nor scikit-learn: each part loads what it needs when it is
first used.
"""

import importlib
from typing import Any

__all__ = [
    "Dataset",
    "InputError",
    "MissingNeed",
    "Representation",
    "RunFailed",
    "Score",
    "StoreError",
    "UnbraidError",
    "View",
    "evaluate",
    "learners",
    "load_dataset",
    "load_learner",
    "scores",
]

# Where each public name lives; a room's own name gives the room.
_homes = {
    "Dataset": "core.values",
    "InputError": "core.errors",
    "MissingNeed": "core.errors",
    "Representation": "core.values",
    "RunFailed": "core.errors",
    "Score": "core.values",
    "StoreError": "core.errors",
    "UnbraidError": "core.errors",
    "View": "core.values",
    "evaluate": "evaluation",
    "load_dataset": "data",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 (any public name)
    if name in {"learners", "scores"}:
        return importlib.import_module(f"unbraid.{name}")
    if name == "load_learner":
        return importlib.import_module("unbraid.learners").load
    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("unbraid")
    if name in _homes:
        return getattr(importlib.import_module(f"unbraid.{_homes[name]}"), name)
    raise AttributeError(f"module 'unbraid' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
