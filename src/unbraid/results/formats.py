"""The values that travel, as what is stored of them."""

import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np

from unbraid.core import files
from unbraid.core.errors import InputError, StoreError
from unbraid.core.values import Representation, Score, View

VIEW_KINDS: tuple[str, ...] = get_args(get_type_hints(View)["kind"])
_VIEW_WORDS = ("name", "title", "caption", "kind")
_NUMBERS = ("value", "low", "high", "floor", "ceiling", "calibrated", "p_value", "seconds")


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    dict
        The object.

    Raises
    ------
    StoreError
        If it is missing, not JSON, or not an object.
    """
    value = files.read_json(path)
    if not isinstance(value, dict):
        raise StoreError(f"{path} must hold a JSON object", got=type(value).__name__)
    return value


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays of a file that a run has written.

    Parameters
    ----------
    path
        The npz file.

    Returns
    -------
    dict
        The arrays by key.

    Raises
    ------
    StoreError
        If it is missing, empty, truncated, or holds pickles.
    """
    try:
        return files.read_npz(path)
    except InputError as error:
        raise StoreError(str(error)) from error


def from_representation(representation: Representation) -> dict[str, np.ndarray]:
    """Return the arrays and names of a representation; callables and ``spec`` are left out.

    Parameters
    ----------
    representation
        The representation.

    Returns
    -------
    dict
        Its arrays by field; names are text.

    Examples
    --------
    >>> sorted(from_representation(Representation(codes=np.zeros((3, 2)), factor_names=("x",))))
    ['codes', 'factor_names']
    """
    held = {field.name: getattr(representation, field.name) for field in fields(representation)}
    arrays = {key: value for key, value in held.items() if isinstance(value, np.ndarray)}
    names = {key: value for key, value in held.items() if isinstance(value, tuple) and value}
    return arrays | {key: np.asarray(value, dtype=str) for key, value in names.items()}


def to_representation(path: Path) -> Representation:
    """Read a representation.

    Parameters
    ----------
    path
        The npz file.

    Returns
    -------
    Representation
        What was written, without callables.

    Raises
    ------
    StoreError
        If the file cannot be read or holds no codes.
    """
    arrays = read_arrays(path)
    _need(path, arrays, "codes")
    known = {field.name for field in fields(Representation)}
    given: dict[str, Any] = {
        key: tuple(str(word) for word in value) if value.dtype.kind == "U" else value
        for key, value in arrays.items()
        if key in known
    }
    return Representation(**given, spec={"path": str(path)})


def to_scores(path: Path) -> dict[str, Score]:
    """Read scores, without the arrays behind them.

    Parameters
    ----------
    path
        The JSON file.

    Returns
    -------
    dict
        The scores by name, in the order of the file.

    Raises
    ------
    StoreError
        If the file cannot be read or holds something else.
    """
    scores = read_object(path).get("scores")
    if not isinstance(scores, dict):
        raise StoreError(f"{path} holds no scores", hint="scoring the run again")
    return {name: _score(path, name, said) for name, said in scores.items()}


def _score(path: Path, name: str, said: object) -> Score:
    known = {field.name for field in fields(Score)} - {"name", "parts"}
    given: dict[str, Any] = said if isinstance(said, dict) else {}
    if not {"value", "unit", "better"} <= set(given) <= known:
        got = ", ".join(given) or "nothing that is known"
        raise StoreError(f"{path} holds no score under {name!r}", got=got)
    for key in _NUMBERS:
        value = given.get(key)
        if value is not None and not (isinstance(value, int | float) and math.isfinite(value)):
            raise StoreError(f"{path}: the {key} of {name!r} is no number", got=repr(value))
    if given["better"] not in ("higher", "lower"):
        raise StoreError(f"{path}: {name!r} has no direction", got=repr(given["better"]))
    return Score(name=name, **given)


def from_view(view: View) -> dict[str, np.ndarray]:
    """Return a view as arrays of numbers and of text.

    Parameters
    ----------
    view
        The view.

    Returns
    -------
    dict
        Its words by name, its arrays with ``array_`` before theirs.

    Examples
    --------
    >>> view = View(name="eye", title="Eye", caption="", kind="heatmap",
    ...             arrays={"matrix": np.eye(2)})
    >>> sorted(from_view(view))
    ['array_matrix', 'caption', 'kind', 'name', 'title']
    """
    words = {key: np.asarray(getattr(view, key), dtype=str) for key in _VIEW_WORDS}
    return words | {f"array_{key}": _text(array) for key, array in view.arrays.items()}


def to_view(path: Path) -> View:
    """Read a view.

    Parameters
    ----------
    path
        The npz file.

    Returns
    -------
    View
        What was written.

    Raises
    ------
    StoreError
        If the file cannot be read or is no view of a known kind.
    """
    held = read_arrays(path)
    for key in _VIEW_WORDS:
        _need(path, held, key)
    words: dict[str, Any] = {key: str(held[key]) for key in _VIEW_WORDS}
    if words["kind"] not in VIEW_KINDS:
        raise StoreError(
            f"{path} is a view of an unknown kind",
            got=words["kind"],
            allowed=", ".join(VIEW_KINDS),
        )
    prefix = "array_"
    arrays = {key[len(prefix) :]: held[key] for key in held if key.startswith(prefix)}
    return View(**words, arrays=arrays)


def _need(path: Path, arrays: Mapping[str, np.ndarray], key: str) -> None:
    if key not in arrays:
        raise StoreError(f"{path} has no key {key!r}", got=", ".join(sorted(arrays)) or "no keys")


def _text(array: np.ndarray) -> np.ndarray:
    """Turn names that numpy holds as objects into text that needs no pickle."""
    array = np.asarray(array)
    return array.astype(str) if array.dtype == object else array
