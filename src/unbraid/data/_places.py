"""Where data may lie on this machine."""

import os
from pathlib import Path


def given_or_set(path: str | os.PathLike[str] | None, variable: str) -> Path | None:
    """Return the place that the user named, or None.

    Parameters
    ----------
    path
        The place that was given to a function, or None.
    variable
        The environment variable that is asked next.

    Returns
    -------
    pathlib.Path or None
        The place, which may not exist.
    """
    named = path if path is not None else os.environ.get(variable) or None
    return None if named is None else Path(named).expanduser()


def is_file(path: Path) -> bool:
    """Return whether there is such a file, as far as one may know.

    Parameters
    ----------
    path
        The path.

    Returns
    -------
    bool
        False also where the folder may not be looked into.
    """
    try:
        return path.is_file()
    except OSError:
        return False
