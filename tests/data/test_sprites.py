"""The drawn sprites equal frames of the real data set, which are known by their checksums."""

import hashlib
from functools import cache

import numpy as np
import pytest

from unbraid.core.errors import InputError
from unbraid.data import _sprites

SQUARE, ELLIPSE, HEART = range(3)


def sha256(images):
    return hashlib.sha256(np.packbits(images.reshape(len(images), -1), axis=1)).hexdigest()


def traversals():
    """Label the frames of the animation that the authors of the data set show."""
    frames = []
    for shape in (HEART, ELLIPSE, SQUARE):
        sizes = [*range(6), *reversed(range(6)), *range(6)]
        frames += [(shape, scale, 0, 0, 0) for scale in sizes]
        frames += [(shape, 5, turn, 0, 0) for turn in range(40)]
        if shape == HEART:
            there, back = list(range(32)), list(reversed(range(32)))
            frames += [(shape, 5, 39, 0, y) for y in there]
            frames += [(shape, 5, 39, x, 31) for x in there]
            frames += [(shape, 5, 39, 31, y) for y in back]
            frames += [(shape, 5, 39, x, 0) for x in back]
        frames += [(shape, scale, 39, 0, 0) for scale in reversed(range(6))]
    return np.array(frames)


def test_the_320_frames_of_the_authors_animation_are_drawn_pixel_for_pixel():
    assert sha256(_sprites.render(traversals())) == (
        "3d38f770e7694ba6ba5430c6f6eb71df0a62d538c867bcc5b19aebdb15d2d9e3"
    )


def test_twelve_labelled_images_of_the_real_file_are_drawn_pixel_for_pixel():
    labels = [
        [1, 5, 20, 26, 28], [0, 3, 16, 10, 7], [2, 3, 34, 8, 28], [1, 2, 23, 12, 26],
        [1, 1, 16, 22, 11], [1, 1, 32, 2, 31], [2, 0, 39, 20, 17], [1, 2, 13, 17, 8],
        [1, 4, 16, 19, 2], [2, 0, 25, 12, 19], [2, 2, 0, 9, 17], [1, 1, 37, 11, 14],
    ]  # fmt: skip
    assert sha256(_sprites.render(np.array(labels))) == (
        "ffe0acc467c49932823f4c86049788a971f360d0068b6aeaebb33fa73ec1a09e"
    )


def test_the_whole_set_has_its_known_checksum():
    digest, factors = hashlib.sha256(), _sprites.grid()
    for start in range(0, len(factors), 12_288):
        digest.update(_sprites.draw(factors[start : start + 12_288]))
    assert digest.hexdigest() == _sprites.SHA256


@pytest.mark.parametrize(
    ("shape", "areas"),
    [
        (SQUARE, [100, 144, 196, 256, 324, 400]),
        (ELLIPSE, [76, 104, 144, 184, 228, 288]),
        (HEART, [58, 84, 108, 140, 182, 222]),
    ],
)
def test_areas_are_those_of_real_images(shape, areas):
    factors = np.array([(shape, scale, 0, 0, 0) for scale in range(6)])
    assert _sprites.render(factors).sum(axis=(1, 2)).tolist() == areas


def test_the_last_orientation_is_the_first_again():
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(size, size=100) for size in _sprites.SIZES], axis=1)
    first, last = factors.copy(), factors.copy()
    first[:, 2], last[:, 2] = 0, 39
    np.testing.assert_array_equal(_sprites.render(first), _sprites.render(last))


def test_the_grid_is_in_the_official_order():
    rows = np.random.default_rng(1).integers(_sprites.COUNT, size=1000)
    shape, scale, turn, x, y = _sprites.grid()[rows].T
    np.testing.assert_array_equal((((shape * 6 + scale) * 40 + turn) * 32 + x) * 32 + y, rows)


@cache
def outline(shape):
    if shape == SQUARE:
        return 9.6 * np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
    n = 100 if shape == ELLIPSE else 150
    t = 2 * np.pi * np.arange(n) / n
    if shape == ELLIPSE:
        return np.c_[9.6 * 1.33 * np.cos(t), 9.6 / 1.33 * np.sin(t)]
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.c_[9.6 * np.sin(t) ** 3, -19.2 / 29 * y - 1.44]


def drawn_slowly(shape, scale, turn, x, y):
    """Ask of each pixel centre how many edges lie to its left."""
    t, size = 2 * np.pi * (turn % 39) / 39, 0.5 + 0.1 * scale
    corners = outline(shape) * size
    xs = 16 + 32 * x / 31 + corners[:, 0] * np.cos(t) + corners[:, 1] * np.sin(t)
    ys = 16 + 32 * y / 31 - corners[:, 0] * np.sin(t) + corners[:, 1] * np.cos(t)
    xs, ys = np.rint(xs * 256) / 256, np.rint(ys * 256) / 256
    centre = np.arange(64) + 0.5
    inside = np.zeros((64, 64), dtype=bool)
    for x0, y0, x1, y1 in zip(xs, ys, np.roll(xs, -1), np.roll(ys, -1), strict=True):
        crossed = (min(y0, y1) < centre) & (centre <= max(y0, y1))
        if crossed.any():
            at = x0 + (centre - y0) * (x1 - x0) / (y1 - y0)
            inside ^= crossed[:, None] & (at[:, None] <= centre[None, :])
    return inside


def test_drawing_agrees_with_asking_each_pixel():
    rng = np.random.default_rng(2)
    factors = np.stack([rng.integers(size, size=150) for size in _sprites.SIZES], axis=1)
    slow = np.array([drawn_slowly(*row) for row in factors.tolist()])
    np.testing.assert_array_equal(_sprites.render(factors), slow)


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ([[0, 0, 0, 0]], "five factors"),
        (
            [[3, 0, 0, 0, 0]],
            "'shape' has no such value: got 3; allowed: whole numbers from 0 to 2",
        ),
        ([[0, 0, 0, 0, -1]], "'position_y' has no such value: got -1"),
        ([[0, 0.5, 0, 0, 0]], r"'scale' has no such value: got 0\.5"),
        ([[0, 0, np.nan, 0, 0]], "'orientation' has no such value: got nan"),
        ([["0", "0", "0", "0", "0"]], "'shape' has no such value"),
    ],
)
def test_factors_that_no_sprite_has_are_refused(factors, message):
    with pytest.raises(InputError, match=message):
        _sprites.render(np.array(factors))
