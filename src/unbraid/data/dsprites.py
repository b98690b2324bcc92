"""dSprites: every combination of shape, scale, orientation and place of one white shape."""

import os
from functools import partial

import numpy as np

from unbraid.core.cache import cache_folder
from unbraid.core.errors import InputError, StoreError
from unbraid.core.values import Dataset
from unbraid.data import _sprites
from unbraid.data._lazy import Lazy, Make
from unbraid.data._official import FILE_NAME, Official, read_official
from unbraid.data._packed import packed
from unbraid.data._places import given_or_set, is_file

_RENDERED = "rendered by unbraid from the geometry of dSprites"


def dsprites(path: str | os.PathLike[str] | None = None, cache: bool = False) -> Dataset:
    """Return dSprites: 737,280 binary images of one shape under five factors.

    The images are drawn when they are indexed; no file is needed. An official file is used
    where there is one: ``path``, the environment variable ``UNBRAID_DSPRITES``, or
    ``dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz`` in unbraid's cache folder. Every image of
    it is compared with the drawn one.

    Parameters
    ----------
    path
        The official npz file, or a part of it under the same keys.
    cache
        Read drawn images from a packed copy of 377 MB in the cache folder (the environment
        variable ``UNBRAID_CACHE`` moves it), which is made and checked first. Worth it only
        where processors are much slower than the disk.

    Returns
    -------
    Dataset
        ``images`` (737280, 64, 64), uint8 in {0, 1}, in the official order: position_y changes
        fastest, then position_x, orientation, scale, shape (square, ellipse, heart).

    Raises
    ------
    InputError
        If the file is damaged or does not show dSprites.
    StoreError
        If the file is missing.

    References
    ----------
    Matthey, Higgins, Hassabis and Lerchner (2017), dSprites: Disentanglement testing Sprites
    dataset, https://github.com/google-deepmind/dsprites-dataset

    Examples
    --------
    >>> data = dsprites()
    >>> data.images.shape, data.factor_sizes
    ((737280, 64, 64), (3, 6, 40, 32, 32))
    >>> int(data.images[0].sum()), data.factors[-1].tolist()
    (100, [2, 5, 39, 31, 31])
    """
    if not isinstance(cache, bool):
        raise InputError("cache is on or off", got=repr(cache), allowed="True or False")
    found = given_or_set(path, "UNBRAID_DSPRITES")
    if found is None and is_file(cache_folder() / FILE_NAME):
        found = cache_folder() / FILE_NAME
    if found is not None:
        official = read_official(found)
        return _dataset(_of_file(official), official.factors, official.source, official.sha256)
    factors = _sprites.grid()
    source = _RENDERED
    make: Make = partial(_drawn, factors)
    if cache:
        try:
            make = partial(_read, packed())
        except StoreError as error:
            source = f"{_RENDERED}; no packed copy was made: {error}"
    return _dataset(make, factors, source, _sprites.SHA256)


def _dataset(make: Make, factors: np.ndarray, source: str, fingerprint: str) -> Dataset:
    shape = (len(factors), _sprites.SIDE, _sprites.SIDE)
    return Dataset(
        name="dsprites",
        images=Lazy(make, shape, np.uint8, name="dsprites"),
        source=source,
        fingerprint=fingerprint,
        factors=factors,
        factor_names=_sprites.NAMES,
        factor_kinds=_sprites.KINDS,
        factor_sizes=_sprites.SIZES,
        render=_sprites.render,
    )


def _of_file(official: Official) -> Make:
    # Images that equal the drawn ones need not be held.
    if official.bits is None:
        return partial(_drawn, official.factors)
    return partial(_read, official.bits)


def _drawn(factors: np.ndarray, rows: np.ndarray, _: np.random.Generator) -> np.ndarray:
    return _sprites.unpacked(_sprites.draw(factors[rows]))


def _read(bits: np.ndarray, rows: np.ndarray, _: np.random.Generator) -> np.ndarray:
    return _sprites.unpacked(bits[rows])
