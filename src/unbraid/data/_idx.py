"""Labelled images in the four idx files of MNIST, raw, gzipped, or in an npm package."""

import gzip
import hashlib
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from unbraid.core.cache import cache_folder
from unbraid.core.errors import InputError, StoreError
from unbraid.core.values import Dataset
from unbraid.data._content import fingerprint
from unbraid.data._places import given_or_set

_SPLITS = {"train": ("train",), "test": ("t10k",), "all": ("train", "t10k")}
# The last one that is there is read.
_FORMS = ("{}.idx{}-ubyte.gz", "{}-idx{}-ubyte.gz", "{}.idx{}-ubyte", "{}-idx{}-ubyte")


@dataclass(frozen=True, kw_only=True)
class Idx:
    """A data set of labelled images that is published as idx files.

    Parameters
    ----------
    name, title
        What unbraid and what people call it.
    factor
        The name of its one factor.
    variable
        The environment variable that says where it lies.
    places
        Patterns of other places where it may lie.
    fetch
        How to get it.
    md5
        The checksums of the published files, uncompressed, by name without ending.
    """

    name: str
    title: str
    factor: str
    variable: str
    places: tuple[str, ...]
    fetch: str
    md5: Mapping[str, str]


def load(idx: Idx, path: str | os.PathLike[str] | None, split: str) -> Dataset:
    """Load one data set from its idx files.

    Parameters
    ----------
    idx
        Which data set.
    path
        The folder or tgz file that holds it, or None to look for it.
    split
        ``train``, ``test`` or ``all``.

    Returns
    -------
    Dataset
        Images (n, 28, 28), float32 in [0, 1], and their class as the one factor.

    Raises
    ------
    InputError
        If a file is damaged, or the split is unknown.
    StoreError
        If the files are missing.
    """
    if split not in _SPLITS:
        raise InputError("unknown split", got=repr(split), allowed=", ".join(_SPLITS))
    wanted = [f"{part}-{what}" for part in _SPLITS[split] for what in ("images", "labels")]
    place, files = _found(idx, path, wanted)
    images = np.concatenate([_array(place, f, files[f], 3) for f in wanted[::2]])
    labels = np.concatenate([_array(place, f, files[f], 1) for f in wanted[1::2]])
    if len(images) != len(labels) or len(labels) == 0 or labels.max() > 9:
        raise InputError(
            f"the {idx.title} files in {place} do not belong together",
            got=f"{len(images)} images and {len(labels)} classes up to {labels.max(initial=0)}",
            allowed="an image per class, classes from 0 to 9",
        )
    published = all(_md5(files[name]) == idx.md5[name] for name in wanted)
    said = "equal to" if published else "NOT the same as"
    return Dataset(
        name=idx.name,
        images=images.astype(np.float32) / 255,
        source=f"idx files in {place} (split {split}), {said} the published {idx.title} by md5",
        fingerprint=fingerprint(images, labels),
        factors=labels.astype(np.int64)[:, None],
        factor_names=(idx.factor,),
        factor_kinds=("categorical",),
        factor_sizes=(10,),
    )


def _found(
    idx: Idx, path: str | os.PathLike[str] | None, wanted: list[str]
) -> tuple[Path, dict[str, bytes]]:
    named = given_or_set(path, idx.variable)
    places = [named] if named is not None else list(_expanded(idx))
    for place in places:
        try:
            files = _files(place, wanted)
        except StoreError:
            if named is not None:
                raise
            continue  # somebody else's folder
        if files is not None:
            return place, files
    looked = ", ".join(map(str, places)) if named is not None else ", ".join(idx.places)
    raise StoreError(
        f"{idx.title} was not found",
        got=f"no idx files of {' and '.join(wanted)} in {looked}",
        hint=f"{idx.fetch}, or saying path=... or {idx.variable}=... if it lies elsewhere",
    )


def _expanded(idx: Idx) -> Iterator[Path]:
    yield cache_folder() / idx.name
    for pattern in idx.places:
        start = Path(pattern).expanduser()
        if "*" in pattern:
            yield from sorted(start.parent.glob(start.name))
        else:
            yield start


def _files(place: Path, wanted: list[str]) -> dict[str, bytes] | None:
    try:
        with _opened(place) as there:
            chosen = {name: form for name in wanted for form in _forms(name) if form in there}
            if len(chosen) < len(wanted):
                return None
            return {name: _plain(there[form]()) for name, form in chosen.items()}
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(
            f"{place} is damaged or no tgz file", got=str(error), hint="a fresh copy"
        ) from error
    except OSError as error:
        raise StoreError(f"cannot read {place}", got=error.strerror or str(error)) from error


@contextmanager
def _opened(place: Path) -> Iterator[Mapping[str, Callable[[], bytes]]]:
    if place.is_dir():
        yield {entry.name: entry.read_bytes for entry in place.iterdir()}
    elif place.is_file():
        with tarfile.open(place) as archive:
            members = [member for member in archive if member.isfile()]
            yield {Path(member.name).name: partial(_read, archive, member) for member in members}
    else:
        yield {}


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return b"" if file is None else file.read()


def _forms(name: str) -> list[str]:
    axes = 3 if name.endswith("images") else 1
    return [form.format(name, axes) for form in _FORMS]


def _plain(content: bytes) -> bytes:
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def _array(place: Path, name: str, content: bytes, axes: int) -> np.ndarray:
    start = 4 + 4 * axes
    shape = np.frombuffer(content[4:start].ljust(4 * axes, b"\0"), ">u4").astype(np.int64)
    size = int(np.prod(shape))
    is_idx = content[:4] == bytes([0, 0, 8, axes]) and len(content) == start + size
    if not is_idx or tuple(shape[1:]) not in ((), (28, 28)):
        raise InputError(
            f"{name} in {place} is truncated or no idx file",
            got=f"{len(content)} bytes that start with {content[:4].hex() or 'nothing'}",
            allowed=f"0000080{axes}, images of 28x28, and as many bytes as the header says",
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
