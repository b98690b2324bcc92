"""Data sets, one per file; a file in this folder is listed, loaded and tested by its name."""

import inspect
import os
from pathlib import Path

from unbraid.core import rooms
from unbraid.core.errors import InputError, StoreError, unknown
from unbraid.core.values import Dataset

__all__ = ["load_dataset"]


def load_dataset(name: str | os.PathLike[str], **options: object) -> Dataset:
    """Load a data set by its name, or your own arrays by their path.

    Parameters
    ----------
    name
        A name that ``unbraid list datasets`` shows, or the path of an npz or npy file.
    options
        What the data set's own function takes, such as ``split="test"``.

    Returns
    -------
    Dataset
        The samples, their factors, and which data this truly is.

    Raises
    ------
    InputError
        If there is no such data set or option; the message names the nearest one there is.
    StoreError
        If a file is missing.

    Examples
    --------
    >>> load_dataset("dsprites").factor_names
    ('shape', 'scale', 'orientation', 'position_x', 'position_y')
    """
    text = os.fspath(name)
    if text not in rooms.names("data") and _is_path(name):
        if not Path(text).expanduser().exists():
            raise StoreError(f"cannot read {text}", got="no such file")
        options = {"path": text, **options}
        text = "arrays"
    if text not in rooms.names("data"):
        raise unknown("dataset", text, rooms.names("data"))
    make = rooms.load("data", text)
    known = inspect.signature(make).parameters
    for option in options:
        if option not in known:
            raise unknown(f"option of {text}", option, known)
    for option, parameter in known.items():
        if parameter.default is parameter.empty and option not in options:
            raise InputError(f"{text} needs the option {option!r}", allowed=", ".join(known))
    return make(**options)  # type: ignore[no-any-return]


def _is_path(name: str | os.PathLike[str]) -> bool:
    if not isinstance(name, str):
        return True
    return "/" in name or os.sep in name or name.endswith((".npz", ".npy"))
