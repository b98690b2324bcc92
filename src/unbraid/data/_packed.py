"""All sprites in one file of 512 bytes an image, read without being loaded.

Drawing is about as fast as reading, so the file is made only when it is asked for.
"""

import hashlib
import time
from pathlib import Path
from threading import Lock

import numpy as np

from unbraid.core.cache import cache_folder
from unbraid.core.errors import StoreError
from unbraid.core.files import writing
from unbraid.data import _sprites

_BLOCK = 3 * 4096
_making = Lock()


def packed() -> np.memmap:
    """Return all sprites in the official order, packed; the file is made where it is not whole.

    Returns
    -------
    numpy.memmap
        uint8, shape (737280, 512), read-only.

    Raises
    ------
    StoreError
        If the file is not there and cannot be written.
    """
    path = cache_folder() / f"dsprites-{_sprites.SHA256[:16]}.bits"
    with _making:
        if not _is_whole(path):
            _remove_leftovers(path)
            _write(path)
    try:
        return np.memmap(path, dtype=np.uint8, mode="r", shape=(_sprites.COUNT, _sprites.BYTES))
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {path}", got=str(error)) from error


def _is_whole(path: Path) -> bool:
    # The content is known beforehand, so its checksum need not be stored; 0.3 s at most.
    try:
        if path.stat().st_size != _sprites.COUNT * _sprites.BYTES:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == _sprites.SHA256
    except OSError:
        return False


def _write(path: Path) -> None:
    factors = _sprites.grid()
    digest = hashlib.sha256()
    with writing(path) as aside:
        with aside.open("wb") as file:
            for start in range(0, len(factors), _BLOCK):
                block = _sprites.draw(factors[start : start + _BLOCK]).tobytes()
                digest.update(block)
                file.write(block)
        if digest.hexdigest() != _sprites.SHA256:
            raise StoreError(
                "the sprites drawn on this machine are not those of other machines",
                got=f"sha256 {digest.hexdigest()}",
                allowed=_sprites.SHA256,
            )


def _remove_leftovers(path: Path) -> None:
    # A process that was killed while it wrote could not remove what it wrote.
    for leftover in path.parent.glob(f".{path.name}.*.tmp"):
        try:
            if time.time() - leftover.stat().st_mtime > 3600:
                leftover.unlink()
        except OSError:
            continue
