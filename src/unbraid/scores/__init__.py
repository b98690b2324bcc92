"""Scores: each file holds one function that says how good codes are, given the factors.

``unbraid.scores.mig(codes, factors)`` finds the score when it is asked for, so that importing this
package loads nothing but numpy. A file whose name ends in ``_n`` holds a family: ``probe_lr_n.py``
gives ``probe_lr_100`` and any other size.
"""

import re
import sys
from types import ModuleType
from typing import Any

from unbraid.core import rooms
from unbraid.core.errors import unknown
from unbraid.core.scoring import ScoreFunction

__all__ = ["is_score", "load", "names"]

# The sizes at which a family is listed.
_SIZES = (10, 100, 1000, 10_000)


def names() -> tuple[str, ...]:
    """Return the names of the scores, sorted; a family is listed at four sizes.

    Returns
    -------
    tuple of str
        The names that `load` takes.

    Examples
    --------
    >>> [name for name in names() if name.startswith("probe_lr")]
    ['probe_lr_10', 'probe_lr_100', 'probe_lr_1000', 'probe_lr_10000']
    """
    found: list[str] = []
    for name in rooms.names("scores"):
        family = name.endswith("_n")
        found += [f"{name[:-1]}{size}" for size in _SIZES] if family else [name]
    return tuple(sorted(found))


def load(name: str) -> ScoreFunction:
    """Return a score function by its name.

    Parameters
    ----------
    name
        Such as ``"mig"``; a family has a member at every size, such as ``"probe_lr_250"``.

    Returns
    -------
    ScoreFunction
        The score.

    Raises
    ------
    InputError
        If there is no such score; the nearest name is suggested.

    Examples
    --------
    >>> load("probe_lr_250").name
    'probe_lr_250'
    """
    if member := _member(name):
        family: ScoreFunction = rooms.load("scores", member[0])
        return family.at(member[1])
    if name not in rooms.names("scores"):
        raise unknown("score", name, names())
    found: ScoreFunction = rooms.load("scores", name)
    return found


def is_score(name: str) -> bool:
    """Return whether there is a score of a name, without loading it.

    Parameters
    ----------
    name
        Such as ``"mig"`` or ``"probe_lr_250"``.

    Returns
    -------
    bool
        Whether `load` takes it.

    Examples
    --------
    >>> is_score("probe_lr_250"), is_score("probe_lr_0")
    (True, False)
    """
    return _member(name) is not None or name in rooms.names("scores")


def _member(name: str) -> tuple[str, int] | None:
    """Return the family that a score belongs to, and which member it is."""
    size = re.fullmatch(r"(\w+_)([1-9][0-9]*)", name)
    there = size is not None and f"{size[1]}n" in rooms.names("scores")
    return (f"{size[1]}n", int(size[2])) if size and there else None


def __getattr__(name: str) -> Any:  # noqa: ANN401 (a score or a family)
    if name.startswith("_"):
        raise AttributeError(name)
    try:
        return load(name)
    except ValueError as error:
        raise AttributeError(str(error)) from error


def __dir__() -> list[str]:
    return sorted([*__all__, *names()])


class _Scores(ModuleType):
    """A package that binds a file's score where importing the file would bind its module."""

    def __setattr__(self, name: str, value: object) -> None:
        module = isinstance(value, ModuleType)
        super().__setattr__(name, getattr(value, name, value) if module else value)


sys.modules[__name__].__class__ = _Scores
