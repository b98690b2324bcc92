"""Files that nobody ever reads half-written: each is written aside and renamed."""

import errno
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile

from unbraid.core.errors import InputError, StoreError


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside a file, and rename it to the file when the block succeeds.

    Parameters
    ----------
    path
        The file to write; its folder is made if it is missing.

    Yields
    ------
    pathlib.Path
        Where to write. It is removed if the block raises.

    Raises
    ------
    StoreError
        If the folder cannot be written or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with writing(folder / "a.txt") as aside:
    ...     _ = aside.write_text("whole")
    >>> (folder / "a.txt").read_text()
    'whole'
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        with aside.open("rb") as written:
            os.fsync(written.fileno())
        aside.replace(path)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise _store_error(path, error) from error
    finally:
        with suppress(OSError):  # the folder may be none, or refuse
            aside.unlink()


def _store_error(path: Path, error: OSError) -> StoreError:
    hints = {
        errno.ENOSPC: "freeing some space, or another folder",
        errno.EACCES: "a folder that you may write to",
        errno.EROFS: "a folder that you may write to",
    }
    return StoreError(
        f"cannot write {path}",
        got=error.strerror or str(error),
        hint=hints.get(error.errno or 0, "another folder"),
    )


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder while a block lasts, so that no other process writes in it.

    Parameters
    ----------
    folder
        The folder, made if it is missing. The lock ends with the process, however it ends.

    Yields
    ------
    None
        Nothing.

    Raises
    ------
    StoreError
        If another process holds it, or it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with locked(Path(tempfile.mkdtemp())):
    ...     pass
    """
    lock = folder / ".lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = lock.open("a")
    except OSError as error:
        raise _store_error(folder, error) from error
    with file:
        try:
            _lock(file.fileno())
        except OSError as error:
            raise StoreError(
                f"{folder} is in use by another process",
                hint="waiting for it to end, or another folder",
            ) from error
        yield


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows has none: two runs in one folder are then not noticed
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all.

    Parameters
    ----------
    path
        The file.
    text
        Its content.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    with writing(path) as aside:
        aside.write_text(text, encoding="utf-8")


def write_json(path: Path, value: object) -> None:
    """Write a JSON file whole or not at all.

    Parameters
    ----------
    path
        The file.
    value
        Dictionaries, lists, strings, numbers, booleans and None; numpy scalars are converted.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    write_text(path, json.dumps(value, indent=1, default=_plain, allow_nan=False) + "\n")


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"cannot be written as JSON: {type(value).__name__}")


def read_json(path: Path) -> Any:  # noqa: ANN401 (JSON is whatever it is)
    """Read a JSON file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    object
        What the file holds.

    Raises
    ------
    StoreError
        If it is missing or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(f"cannot read {path}", got=error.strerror or str(error)) from error
    except ValueError as error:
        raise StoreError(f"{path} is not JSON", got=str(error)) from error


def write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays as a compressed npz file, whole or not at all.

    Parameters
    ----------
    path
        The file.
    arrays
        The arrays by key; none may hold Python objects.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    with writing(path) as aside, aside.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **{k: arrays[k] for k in sorted(arrays)})


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Read every array of an npz file, or the one of an npy file; never a pickle.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    dict
        The arrays by key; an npy file gives the key ``"array"``.

    Raises
    ------
    StoreError
        If the file is missing or unreadable.
    InputError
        If it is empty, truncated, no npz or npy file, or holds pickled objects.
    """
    if path.is_dir():
        raise StoreError(f"cannot read {path}", got="a folder", allowed="an npz or npy file")
    try:
        if path.stat().st_size == 0:
            raise InputError(f"{path} is empty", got="0 bytes", allowed="an npz or npy file")
        # Given a path, numpy leaves the file open where it is damaged.
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return {"array": loaded}
            with loaded:
                return {key: _member(path, loaded, key) for key in loaded.files}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise _bad_npz(path, error) from error
    except OSError as error:
        raise StoreError(f"cannot read {path}", got=error.strerror or str(error)) from error


def _member(path: Path, loaded: NpzFile, key: str) -> np.ndarray:
    try:
        array: np.ndarray = loaded[key]
    except ValueError as error:
        if "pickle" not in str(error).lower():
            raise
        raise InputError(
            f"{path} holds a pickle under the key {key!r}, and unbraid loads none",
            allowed="arrays of numbers or of strings",
            hint="saving it as numpy.asarray(..., dtype=float), or names as dtype=str",
        ) from error
    return array


def _bad_npz(path: Path, error: Exception) -> InputError:
    with path.open("rb") as file:
        start = file.read(6)
    if start[:2] == b"PK":
        return InputError(
            f"{path} is truncated or damaged", got=str(error), hint="saving or copying it again"
        )
    if "pickle" in str(error).lower() and start[:6] != b"\x93NUMPY":
        return InputError(
            f"{path} is neither npz nor npy", got=f"a file that starts with {start!r}"
        )
    return InputError(f"{path} cannot be used", got=str(error), hint="saving it again")
