"""A file's presence in a room is its registration.

A room is a package whose files each hold one thing: one learner, score, dataset or view. Files
whose name starts with an underscore are shared by the others and are not things.
"""

import importlib
import pkgutil
from typing import Any

from unbraid.core.errors import unknown


def names(room: str) -> tuple[str, ...]:
    """Return the names of the things in a room, sorted.

    Parameters
    ----------
    room
        The room's name, such as ``"learners"``.

    Returns
    -------
    tuple of str
        One name per file.

    Examples
    --------
    >>> "errors" in names("core")
    True
    """
    package = importlib.import_module(f"unbraid.{room}")
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def load(room: str, name: str) -> Any:  # noqa: ANN401 (what it is depends on the room)
    """Return the one thing that a file of a room holds.

    Parameters
    ----------
    room
        The room's name, such as ``"learners"``.
    name
        The file's name without ``.py``, such as ``"beta_vae"``.

    Returns
    -------
    object
        The function named as the file is, or the class whose name is the file's name without
        underscores, in any case: ``beta_vae.py`` holds ``BetaVAE``.

    Raises
    ------
    InputError
        If the room has no such file; the message names the nearest one that it has.

    Examples
    --------
    >>> load("core", "rooms")
    Traceback (most recent call last):
    ...
    LookupError: src/unbraid/core/rooms.py has no public object named after the file
    """
    if name not in names(room):
        raise unknown(room.removesuffix("s"), name, names(room))
    module = importlib.import_module(f"unbraid.{room}.{name}")
    for attribute in (name, f"{name}_"):  # list_ stands for what Python keeps for itself
        if hasattr(module, attribute):
            return getattr(module, attribute)
    wanted = name.replace("_", "")
    for thing in vars(module).values():
        own = isinstance(thing, type) and thing.__module__ == module.__name__
        if own and thing.__name__.lower() == wanted:
            return thing
    raise LookupError(f"src/unbraid/{room}/{name}.py has no public object named after the file")
