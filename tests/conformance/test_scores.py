"""Laws that every score keeps; a file joins them by being in the room."""

from functools import cache

import numpy as np
import pytest

from unbraid import scores
from unbraid.core import rooms
from unbraid.core.rng import stream
from unbraid.testing import check_score

# A family is tried at one size that every case has rows for.
NAMES = [f"{name[:-1]}30" if name.endswith("_n") else name for name in rooms.names("scores")]
# Few draws, so that the laws take seconds.
QUICK = {
    "n_train": 300, "n_eval": 200, "n_variance": 500, "batch_size": 16, "few": 20, "many": 60,
    "n_epochs": 6,
}  # fmt: skip
# Scores of as many codes as factors.
SQUARE = {"amari_distance"}
# What chance gives to IRS depends on the outliers of codes, which noise has in another measure.
KNOWN = {"irs": {"noise scores what codes paired at random score"}}


@cache
def report(name):
    function = scores.load(name)
    quick = {key: value for key, value in QUICK.items() if key in function.needs}
    return check_score(function, options=quick, n_codes=3 if name in SQUARE else None)


@pytest.mark.parametrize("name", NAMES)
def test_a_score_keeps_every_law(name):
    report(name).require(KNOWN.get(name, ()))


@pytest.mark.parametrize("name", NAMES)
def test_a_score_says_what_it_is_and_shows_what_is_behind_it(name):
    function = scores.load(name)
    rng = stream(0, "parts")
    factors = rng.integers(3, size=(120, 2))
    quick = {key: value for key, value in QUICK.items() if key in function.needs}
    codes = factors + 0.3 * rng.normal(size=factors.shape)
    first, again = (function(codes, factors, **quick) for _ in range(2))
    assert first.unit
    assert first.better in {"higher", "lower"}
    assert first.parts
    for part, array in first.parts.items():
        assert np.array_equal(again.parts[part], array, equal_nan=True)
