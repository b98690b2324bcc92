"""dSprites drawn from their geometry: one white shape on black, 64x64, no anti-aliasing.

The outlines, their places and the fill rule reproduce real frames of the data set pixel for
pixel. A drawing is 64 rows of 64 bits, so images come packed and are unpacked for use.
"""

from functools import cache

import numpy as np

from unbraid.core.errors import InputError
from unbraid.core.values import Kind

NAMES = ("shape", "scale", "orientation", "position_x", "position_y")
KINDS: tuple[Kind, ...] = ("categorical", "ordinal", "periodic", "ordinal", "ordinal")
SIZES = (3, 6, 40, 32, 32)
SIDE = 64
BYTES = SIDE * SIDE // 8
COUNT = 737_280
# sha256 of all the images in the official order, each packed into 512 bytes.
SHA256 = "3a228f4037ef3d42a42588e0e01f1078aa2df13cfa17584e88c95ed9fb5672da"

_RADIUS = 0.3 * SIDE / 2
_SCALES = np.linspace(0.5, 1, 6)
# A full turn in 39 steps: the first and the last orientation are the same.
_ANGLES = np.linspace(0, 2 * np.pi, 40)[np.arange(40) % 39]
_CENTRES = 16 + 32 * np.linspace(0, 1, 32)


def _square() -> np.ndarray:
    return _RADIUS * np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])


def _ellipse() -> np.ndarray:
    t = 2 * np.pi * np.arange(100) / 100
    return np.stack([_RADIUS * 1.33 * np.cos(t), _RADIUS / 1.33 * np.sin(t)], axis=1)


def _heart() -> np.ndarray:
    t = 2 * np.pi * np.arange(150) / 150
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack(
        [_RADIUS * np.sin(t) ** 3, -2 * _RADIUS / 29 * y - 0.15 * _RADIUS],
        axis=1,
    )


@cache
def _geometry() -> tuple[np.ndarray, ...]:
    outlines = [_square(), _ellipse(), _heart()]
    starts = np.cumsum([0, *(len(outline) for outline in outlines)])
    turn = np.cos(_ANGLES), np.sin(_ANGLES)
    return np.concatenate(outlines), starts, _SCALES, *turn, _CENTRES


def grid() -> np.ndarray:
    """Return the factors of every image in the official order, position_y fastest.

    Returns
    -------
    numpy.ndarray
        int64, shape (737280, 5).
    """
    return np.stack([axis.ravel() for axis in np.indices(SIZES)], axis=1)


def checked(factors: np.ndarray) -> np.ndarray:
    """Return factors as the renderer takes them, or say what is wrong with them.

    Parameters
    ----------
    factors
        Whole numbers within `SIZES`, shape (m, 5).

    Returns
    -------
    numpy.ndarray
        int64, shape (m, 5), contiguous.

    Raises
    ------
    InputError
        If the shape differs, or a value is not one of its factor's.
    """
    given = np.asarray(factors)
    if given.ndim != 2 or given.shape[1] != len(SIZES):
        raise InputError(
            "sprites have five factors", got=f"shape {given.shape}", allowed="shape (m, 5)"
        )
    inside = np.zeros(given.shape, dtype=bool)
    if given.dtype.kind in "biuf":
        inside = (given == np.floor(given)) & (given >= 0) & (given < SIZES)
    if not inside.all():
        row, column = np.argwhere(~inside)[0]
        raise InputError(
            f"factor {NAMES[column]!r} has no such value",
            got=given[row, column],
            allowed=f"whole numbers from 0 to {SIZES[column] - 1}",
        )
    return np.ascontiguousarray(given, dtype=np.int64)


def draw(factors: np.ndarray) -> np.ndarray:
    """Draw sprites, eight pixels to a byte.

    Parameters
    ----------
    factors
        What `checked` returns, shape (m, 5).

    Returns
    -------
    numpy.ndarray
        uint8, shape (m, 512): rows from the top, the leftmost pixel in the highest bit.
    """
    # Imported here because compiling takes a second the first time.
    from unbraid.data._raster import fill

    rows = np.zeros((len(factors), SIDE), dtype=np.uint64)
    fill(*_geometry(), factors, rows)
    return rows.astype(">u8").view(np.uint8)


def unpacked(bits: np.ndarray) -> np.ndarray:
    """Return packed images as pixels.

    Parameters
    ----------
    bits
        uint8, shape (m, 512).

    Returns
    -------
    numpy.ndarray
        uint8 in {0, 1}, shape (m, 64, 64).
    """
    return np.unpackbits(bits, axis=1).reshape(-1, SIDE, SIDE)


def render(factors: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:  # noqa: ARG001 (sprites have no nuisance)
    """Render sprites that show given factor values.

    Parameters
    ----------
    factors
        Shape, scale, orientation, position_x and position_y, shape (m, 5).
    rng
        Not used: nothing is left to chance.

    Returns
    -------
    numpy.ndarray
        uint8 in {0, 1}, shape (m, 64, 64).

    Raises
    ------
    InputError
        If factors have another shape or a value out of range.
    """
    return unpacked(draw(checked(factors)))
