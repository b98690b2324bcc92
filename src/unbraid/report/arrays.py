"""What the figures ask of a view's arrays, and what they say when they do not get it."""

import numpy as np

from unbraid.core.errors import StoreError
from unbraid.core.values import View


def need(view: View, key: str, *axes: int) -> np.ndarray:
    """Return an array of a view, or say that it is missing or has another number of axes.

    Parameters
    ----------
    view
        The view.
    key
        The array's name.
    axes
        The numbers of axes that it may have.

    Returns
    -------
    numpy.ndarray
        The array, which holds numbers.

    Raises
    ------
    StoreError
        If it is missing, no numbers, or has another number of axes.

    Examples
    --------
    >>> view = View(name="eye", title="", caption="", kind="heatmap", arrays={"m": np.eye(2)})
    >>> need(view, "m", 2).shape
    (2, 2)
    """
    if key not in view.arrays:
        raise StoreError(
            f"the view {view.name} cannot be drawn as {view.kind}",
            got=f"the arrays {', '.join(sorted(view.arrays)) or 'none'}",
            allowed=f"an array {key!r} among them",
        )
    array = np.asarray(view.arrays[key])
    if array.ndim not in axes or array.dtype.kind not in "biuf":
        raise StoreError(
            f"the view {view.name} cannot be drawn as {view.kind}",
            got=f"{key} of type {array.dtype} and shape {array.shape}",
            allowed=f"numbers with {' or '.join(str(n) for n in axes)} axes",
        )
    return array


def named(view: View, key: str, count: int, word: str) -> list[str]:
    """Return the names that a view gives, or numbers where it gives none.

    Parameters
    ----------
    view
        The view.
    key
        The array of names.
    count
        How many are needed.
    word
        What stands before a number.

    Returns
    -------
    list of str
        One name each.

    Raises
    ------
    StoreError
        If there are names, and more or fewer than needed.

    Examples
    --------
    >>> view = View(name="eye", title="", caption="", kind="heatmap", arrays={})
    >>> named(view, "row_names", 2, "row")
    ['row 0', 'row 1']
    """
    if key not in view.arrays:
        return [f"{word} {number}".strip() for number in range(count)]
    names = [str(name) for name in np.asarray(view.arrays[key]).ravel()]
    if len(names) != count:
        raise StoreError(
            f"the view {view.name} cannot be drawn as {view.kind}",
            got=f"{len(names)} {key}",
            allowed=count,
        )
    return names
