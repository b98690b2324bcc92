"""The dSprites file of its authors, read piece by piece and compared with the drawn images."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from unbraid.core.errors import InputError, StoreError
from unbraid.data import _sprites

FILE_NAME = "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz"

_PIXELS = _sprites.SIDE * _sprites.SIDE
_BLOCK = 4096
# A pixel or so in a few images may lie on the other side of an edge; more is another data set.
_MOST_DIFFERENT = 0.01
_MOST_PIXELS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Official:
    """What a dSprites file says.

    Parameters
    ----------
    factors
        The factors of its images, shape (n, 5).
    bits
        Its images, packed, shape (n, 512); None where all equal the drawn ones.
    sha256
        Of its images, packed.
    source
        What it is, and how it compares.
    """

    factors: np.ndarray
    bits: np.ndarray | None
    sha256: str
    source: str


def read_official(path: Path) -> Official:
    """Read ``imgs`` and the latents of a dSprites file; the pickle in it is left alone.

    Parameters
    ----------
    path
        An npz file with ``imgs`` and ``latents_classes`` or ``latents_values``.

    Returns
    -------
    Official
        Its images and factors, compared with the drawn images one by one.

    Raises
    ------
    InputError
        If it is damaged, lacks a key, or its images are not those its factors say.
    StoreError
        If it cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            factors = _factors(path, archive)
            return _compared(path, factors, _packed_images(path, archive, len(factors)))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path} is truncated, damaged or no npz file", got=str(error), hint="a fresh copy"
        ) from error
    except OSError as error:
        raise StoreError(
            f"cannot read {path}",
            got=error.strerror or str(error),
            hint="no path: then the sprites are drawn",
        ) from error


def _factors(path: Path, archive: zipfile.ZipFile) -> np.ndarray:
    names = archive.namelist()
    key = next((k for k in ("latents_classes", "latents_values") if f"{k}.npy" in names), None)
    if key is None or "imgs.npy" not in names:
        raise InputError(
            f"{path} is no dSprites file",
            got=f"the keys {', '.join(name.removesuffix('.npy') for name in names) or 'none'}",
            allowed="imgs with latents_classes or latents_values",
        )
    with archive.open(f"{key}.npy") as member:
        latents = npy.read_array(member, allow_pickle=False)
    if latents.ndim != 2 or latents.shape[1] not in (5, 6) or latents.dtype.kind not in "iuf":
        raise InputError(
            f"{key} in {path} must have a row of latents per image",
            got=f"{latents.dtype} of shape {latents.shape}",
            allowed="numbers of shape (n, 6), or (n, 5) without the colour",
        )
    latents = latents[:, -5:]
    if key == "latents_values":
        steps = np.array([1, 10, 39 / (2 * np.pi), 31, 31])
        exact = (latents - [1, 0.5, 0, 0, 0]) * steps
        latents = np.where(np.abs(exact - np.rint(exact)) < 1e-3, np.rint(exact), exact)
    return _sprites.checked(latents)


def _packed_images(path: Path, archive: zipfile.ZipFile, n: int) -> Iterator[np.ndarray]:
    with archive.open("imgs.npy") as member:
        shape, dtype = _header(member)
        if shape[:1] != (n,) or int(np.prod(shape[1:])) != _PIXELS or dtype.kind not in "bu":
            raise InputError(
                f"imgs in {path} must be binary images, as many as there are latents",
                got=f"{dtype} of shape {shape} for {n} latents",
                allowed=f"uint8 or bool of shape ({n}, 64, 64)",
            )
        for start in range(0, n, _BLOCK):
            count = min(_BLOCK, n - start)
            wanted = count * _PIXELS * dtype.itemsize
            read = member.read(wanted)
            if len(read) != wanted:
                raise EOFError(f"imgs ends after {start + len(read) // _PIXELS} of {n} images")
            yield _binary(path, np.frombuffer(read, dtype).reshape(count, _PIXELS))


def _header(member: IO[bytes] | io.BufferedIOBase) -> tuple[tuple[int, ...], np.dtype]:
    version = npy.read_magic(member)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran_order, dtype = read(member)
    if fortran_order and len(shape) > 1:
        raise ValueError("imgs is stored in Fortran order")
    return shape, dtype


def _binary(path: Path, images: np.ndarray) -> np.ndarray:
    if images.dtype.kind == "u" and images.max() > 1:
        raise InputError(f"imgs in {path} are not binary", got=images.max(), allowed="0 and 1")
    return np.packbits(images.astype(np.uint8, copy=False), axis=1)


def _compared(path: Path, factors: np.ndarray, blocks: Iterator[np.ndarray]) -> Official:
    digest = hashlib.sha256()
    kept, wrong = [], []
    for start, block in zip(range(0, len(factors), _BLOCK), blocks, strict=True):
        digest.update(block.data)
        drawn = _sprites.draw(factors[start : start + _BLOCK])
        wrong.append(np.bitwise_count(block ^ drawn).sum(axis=1, dtype=np.int64))
        kept.append(block)
    pixels = np.concatenate(wrong)
    different, n = int((pixels > 0).sum()), len(factors)
    if different > _MOST_DIFFERENT * n or pixels.max() > _MOST_PIXELS:
        raise InputError(
            f"{path} does not show dSprites",
            got=f"{different:,} of {n:,} images that differ from what their factors say, "
            f"the first at {int(np.argmax(pixels > 0))}",
            hint="the official file, or no path: then the sprites are drawn",
        )
    said = (
        f"{different:,} of its {n:,} images differ from the drawn ones, by {pixels.max()} pixels "
        "at most"
        if different
        else f"verified against the renderer on all {n:,} images"
    )
    sha256 = digest.hexdigest()
    kind = "official dSprites npz" if n == _sprites.COUNT else "part of dSprites"
    return Official(
        factors=factors,
        bits=np.concatenate(kept) if different else None,
        sha256=sha256,
        source=f"{kind} at {path}, {said}",
    )
