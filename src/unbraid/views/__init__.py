"""Views: each file holds one function that makes something to look at, as data.

A view is a function ``(representation, dataset, rng) -> View``. It raises
`unbraid.core.scoring.Undefined` with the reason where it cannot be made.
"""

from collections.abc import Callable

import numpy as np

from unbraid.core import rooms
from unbraid.core.values import Dataset, Representation, View

__all__ = ["ViewFunction", "get", "names"]

ViewFunction = Callable[[Representation, Dataset, np.random.Generator], View]


def names() -> tuple[str, ...]:
    """Return the names of the views, sorted.

    Returns
    -------
    tuple of str
        One name per file.

    Examples
    --------
    >>> "traversals" in names()
    True
    """
    return rooms.names("views")


def get(name: str) -> ViewFunction:
    """Return the function that makes a view.

    Parameters
    ----------
    name
        The view's name, such as ``"traversals"``.

    Returns
    -------
    callable
        ``(representation, dataset, rng) -> View``.

    Raises
    ------
    InputError
        If there is no such view; the nearest name is suggested.

    Examples
    --------
    >>> get("traversals").__name__
    'traversals'
    """
    function: ViewFunction = rooms.load("views", name)
    return function
