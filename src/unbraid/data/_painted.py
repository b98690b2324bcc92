"""Sprites with a nuisance: colour, noise or a background that no factor describes."""

import hashlib
from collections.abc import Callable
from functools import partial

import numpy as np

from unbraid.core.errors import InputError
from unbraid.core.values import Dataset
from unbraid.data import _sprites
from unbraid.data._lazy import Lazy

# Draws a nuisance for each sprite: uint8 (m, 64, 64) -> float32 in [0, 1], (m, 64, 64, 3).
Paint = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def painted(name: str, paint: Paint, recipe: str, seed: int, extra: bytes = b"") -> Dataset:
    """Return dSprites with a nuisance that each access draws anew.

    Parameters
    ----------
    name
        The data set's name.
    paint
        Draws the nuisance.
    recipe
        What the nuisance is, in words; it is part of the fingerprint.
    seed
        The seed of the stream that accesses by index draw from.
    extra
        What else the images are made of.

    Returns
    -------
    Dataset
        Images (737280, 64, 64, 3), float32 in [0, 1].
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError("a seed is a whole number", got=repr(seed), allowed="0 or more")
    factors = _sprites.grid()
    specification = f"{name}\n{recipe}\n{seed}\n{_sprites.SHA256}\n".encode() + extra
    return Dataset(
        name=name,
        images=Lazy(
            partial(_at, paint, factors),
            (len(factors), _sprites.SIDE, _sprites.SIDE, 3),
            np.float32,
            name=name,
            seed=seed,
        ),
        source=f"rendered by unbraid from the geometry of dSprites, {recipe}",
        fingerprint=hashlib.sha256(specification).hexdigest(),
        factors=factors,
        factor_names=_sprites.NAMES,
        factor_kinds=_sprites.KINDS,
        factor_sizes=_sprites.SIZES,
        render=partial(_of, paint),
    )


def _at(
    paint: Paint, factors: np.ndarray, rows: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    return paint(_sprites.unpacked(_sprites.draw(factors[rows])), rng)


def _of(paint: Paint, factors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return paint(_sprites.render(factors), rng)
