"""A fitted learner in a folder: ``config.json`` for what is plain, ``arrays.npz`` for arrays."""

import hashlib
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from unbraid.core.errors import InputError, StoreError
from unbraid.core.files import read_json, read_npz, write_json, write_npz

T = TypeVar("T")

CONFIG = "config.json"
ARRAYS = "arrays.npz"
_PLAIN = (bool, int, float, str, type(None), np.bool_, np.integer, np.floating)


def fitted(learner: object) -> list[str]:
    """Return the names of the fitted attributes of a learner, sorted.

    Parameters
    ----------
    learner
        The learner.

    Returns
    -------
    list of str
        Those that end with one underscore and start with none.
    """
    return sorted(
        name
        for name in vars(learner)
        if name.endswith("_") and not name.endswith("__") and not name.startswith("_")
    )


def write(learner: Any, folder: Path) -> None:  # noqa: ANN401 (any learner)
    """Write a fitted learner.

    Parameters
    ----------
    learner
        A fitted learner whose state is numbers, strings, tuples of these, and arrays.
    folder
        The folder, made if missing.

    Raises
    ------
    InputError
        If a setting or fitted attribute is neither plain nor an array.
    StoreError
        If the folder cannot be written.
    """
    state = {name: getattr(learner, name) for name in fitted(learner)}
    arrays = {
        name: _array(value) for name, value in state.items() if isinstance(value, np.ndarray)
    }
    plain = {name: value for name, value in state.items() if name not in arrays}
    params = learner.get_params(deep=False)
    for name, value in (params | plain).items():
        _check_plain(name, value)
    config = {
        "learner": type(learner).__module__.rpartition(".")[2],
        "params": params,
        "state": plain,
        "arrays": _digest(arrays),
    }
    # The config is written last and names the content of the arrays: a save that was interrupted
    # in between is noticed when it is loaded.
    write_npz(folder / ARRAYS, arrays)
    write_json(folder / CONFIG, config)


def read(kind: type[T], folder: Path) -> T:
    """Read a fitted learner.

    Parameters
    ----------
    kind
        The learner's class.
    folder
        The folder.

    Returns
    -------
    object
        A fitted learner of that class.

    Raises
    ------
    StoreError
        If a file is missing, damaged, or of another learner.
    """
    config = read_config(folder)
    name = kind.__module__.rpartition(".")[2]
    if config["learner"] != name:
        raise StoreError(f"{folder} holds another learner", got=config["learner"], allowed=name)
    try:
        arrays = read_npz(folder / ARRAYS)
    except InputError as error:
        raise StoreError(f"the learner in {folder} cannot be read", got=str(error)) from error
    if config["arrays"] != _digest(arrays):
        raise StoreError(
            f"{folder / ARRAYS} does not belong to {CONFIG} beside it",
            hint="fitting and saving the learner again",
        )
    try:
        learner = kind(**{name: _plain(value) for name, value in config["params"].items()})
    except TypeError as error:
        raise StoreError(f"{folder / CONFIG} does not fit this version", got=str(error)) from error
    for attribute, value in config["state"].items():
        setattr(learner, attribute, _plain(value))
    for attribute, array in arrays.items():
        setattr(learner, attribute, array)
    return learner


def read_config(folder: Path) -> dict[str, Any]:
    """Read which learner a folder holds, with its settings.

    Parameters
    ----------
    folder
        The folder.

    Returns
    -------
    dict
        ``learner``, ``params``, ``state`` and ``arrays``.

    Raises
    ------
    StoreError
        If it is missing or no saved learner.
    """
    config = read_json(folder / CONFIG)
    wanted = {"learner", "params", "state", "arrays"}
    if not isinstance(config, dict) or not wanted <= config.keys():
        raise StoreError(
            f"{folder / CONFIG} is no saved learner", allowed=", ".join(sorted(wanted))
        )
    return config


def _array(value: np.ndarray) -> np.ndarray:
    return value.astype(str) if value.dtype == object else value


def _digest(arrays: dict[str, np.ndarray]) -> str:
    content = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        content.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        content.update(array.tobytes())
    return content.hexdigest()


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value  # JSON knows no tuples


def _check_plain(name: str, value: object) -> None:
    parts = value if isinstance(value, tuple | list) else (value,)
    if not all(isinstance(part, _PLAIN) for part in parts):
        raise InputError(
            f"{name} cannot be saved",
            got=type(value).__name__,
            allowed="numbers, text, None, or a tuple of these",
            hint="an integer" if name == "random_state" else None,
        )
