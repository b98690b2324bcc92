"""Where unbraid keeps what can be made or fetched again."""

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Return the folder for what can be made or fetched again.

    Returns
    -------
    pathlib.Path
        ``UNBRAID_CACHE`` where it is set, otherwise the user's cache folder; it may not exist.
    """
    given = os.environ.get("UNBRAID_CACHE")
    return Path(given).expanduser() if given else platformdirs.user_cache_path("unbraid")
