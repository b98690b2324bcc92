"""Your own arrays: images or vectors, with or without factors."""

import os
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from unbraid.core.checks import table
from unbraid.core.errors import InputError, unknown
from unbraid.core.files import read_npz
from unbraid.core.values import KINDS, Dataset, Kind
from unbraid.data._content import fingerprint

_BESIDE_SAMPLES = ("factors", "factor_names", "factor_kinds", "y")


def arrays(path: str | os.PathLike[str], factors: object = None) -> Dataset:
    """Return the samples of your own npz or npy file.

    An npz file holds ``images`` or ``x`` (or one array under any other name) and may hold
    ``factors``, ``factor_names`` and ``factor_kinds``, and ``y``: what is known beside each
    sample, for learners that ask for it, as `IVAE` does.

    Parameters
    ----------
    path
        The npz or npy file.
    factors
        The factors, shape (n, K) or (n,), or the npz or npy file that holds them; by default
        those beside the samples, if any.

    Returns
    -------
    Dataset
        ``images`` as they are in the file, booleans as uint8. A factor without a kind is
        ``ordinal`` where it holds whole numbers and ``continuous`` otherwise. The values of
        factors that are not continuous are numbered 0, 1, ... in their order, so whole numbers
        from 0 without a gap stay what they are.

    Raises
    ------
    InputError
        If the file is damaged or what it holds cannot be used.
    StoreError
        If a file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "mine.npz"
    >>> np.savez(file, x=np.eye(3), factors=[[10, 0.5], [20, 1.5], [10, 2.5]])
    >>> data = arrays(file)
    >>> data.factor_kinds, data.factor_sizes, data.factors[:, 0].tolist()
    (('ordinal', 'continuous'), (2, 0), [0.0, 1.0, 0.0])
    """
    file = Path(path).expanduser()
    _refuse_dsprites(file)
    content = read_npz(file)
    key, images = _samples(file, content)
    source = f"your own file {file}: {key}, {' x '.join(map(str, images.shape))}"
    y = content.get("y")
    if y is not None and (y.ndim not in (1, 2) or len(y) != len(images)):
        raise InputError(
            f"y in {file} must have one row per sample",
            got=f"shape {y.shape} for {len(images)} samples",
        )
    plain = partial(Dataset, name="arrays", images=images, source=source, y=y)
    known = [images] if y is None else [images, y]
    about = _about(content, factors)
    if "factors" not in about:
        return plain(fingerprint=fingerprint(*known))
    values = table("factors", about["factors"])
    if len(values) != len(images):
        raise InputError(
            "factors must have one row per sample",
            got=f"{len(images)} samples and {len(values)} rows of factors",
        )
    kinds = _kinds(about, values)
    values, sizes = _numbered(values, kinds)
    return plain(
        fingerprint=fingerprint(*known, values),
        factors=values,
        factor_names=_names(about, values.shape[1]),
        factor_kinds=kinds,
        factor_sizes=sizes,
    )


def _refuse_dsprites(file: Path) -> None:
    # It holds 3 GB and a pickle.
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            keys = set(archive.namelist())
        if "imgs.npy" in keys and keys & {"latents_classes.npy", "latents_values.npy"}:
            raise InputError(
                f"{file} is a dSprites file", hint=f"load_dataset('dsprites', path='{file}')"
            )


def _samples(file: Path, content: Mapping[str, np.ndarray]) -> tuple[str, np.ndarray]:
    rest = [key for key in content if key not in _BESIDE_SAMPLES]
    key = next((key for key in ("images", "x") if key in content), None)
    if key is None and len(rest) == 1:
        key = rest[0]
    if key is None:
        raise InputError(
            f"{file} does not say which array holds the samples",
            got=f"the keys {', '.join(content) or 'none'}",
            allowed="images or x",
        )
    images = content[key]
    if images.dtype.kind not in "biuf" or images.ndim not in (2, 3, 4) or 0 in images.shape:
        raise InputError(
            f"{key} in {file} cannot be samples",
            got=f"{images.dtype} of shape {images.shape}",
            allowed="numbers of shape (n, p), (n, height, width) or (n, height, width, channels)",
        )
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        bad = int((~np.isfinite(images)).reshape(len(images), -1).any(axis=1).sum())
        raise InputError(f"{key} in {file} hold NaN or infinity", got=f"in {bad} samples")
    return key, images.astype(np.uint8) if images.dtype.kind == "b" else images


def _about(content: dict[str, np.ndarray], factors: object) -> Mapping[str, Any]:
    if factors is None:
        return content
    if not isinstance(factors, str | os.PathLike):
        return content | {"factors": factors}
    file = Path(factors).expanduser()
    beside = read_npz(file)
    if "factors" not in beside and len(beside) != 1:
        raise InputError(
            f"{file} does not say which array holds the factors",
            got=f"the keys {', '.join(beside) or 'none'}",
            allowed="factors",
        )
    return beside if "factors" in beside else {"factors": next(iter(beside.values()))}


def _numbered(values: np.ndarray, kinds: tuple[Kind, ...]) -> tuple[np.ndarray, tuple[int, ...]]:
    values, sizes = values.copy(), []
    for column, kind in enumerate(kinds):
        if kind == "continuous" or (kind == "periodic" and not _whole(values[:, column])):
            sizes.append(0)
            continue
        distinct, numbers = np.unique(values[:, column], return_inverse=True)
        values[:, column] = numbers
        sizes.append(len(distinct))
    return values.astype(np.int64) if all(sizes) else values.astype(float), tuple(sizes)


def _whole(column: np.ndarray) -> bool:
    return bool((column == np.rint(column)).all())


def _kinds(about: Mapping[str, Any], values: np.ndarray) -> tuple[Kind, ...]:
    if "factor_kinds" not in about:
        return tuple("ordinal" if _whole(column) else "continuous" for column in values.T)
    said = _strings("factor_kinds", about["factor_kinds"], values.shape[1])
    known: dict[str, Kind] = {kind: kind for kind in KINDS}
    for kind in said:
        if kind not in known:
            raise unknown("kind of factor", kind, KINDS)
    return tuple(known[kind] for kind in said)


def _names(about: Mapping[str, Any], n: int) -> tuple[str, ...]:
    if "factor_names" not in about:
        return tuple(f"factor_{column}" for column in range(n))
    names = _strings("factor_names", about["factor_names"], n)
    if len(set(names)) < n:
        raise InputError("factor_names must differ", got=", ".join(names))
    return names


def _strings(key: str, array: np.ndarray, n: int) -> tuple[str, ...]:
    if array.dtype.kind != "U" or array.shape != (n,):
        raise InputError(
            f"{key} must be one string per factor",
            got=f"{array.dtype} of shape {array.shape}",
            allowed=f"strings of shape ({n},)",
        )
    return tuple(str(value) for value in array)
