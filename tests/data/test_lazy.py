"""Lazy samples are indexed as arrays are."""

import numpy as np
import pytest

from unbraid.core.errors import InputError
from unbraid.core.values import Samples
from unbraid.data._lazy import Lazy

TABLE = np.arange(7 * 2 * 3, dtype=np.int16).reshape(7, 2, 3)


def rows_of_table(rows, _rng):
    return TABLE[rows]


def lazy(make=rows_of_table, n=7):
    return Lazy(make, (n, 2, 3), np.int16, name="table")


@pytest.mark.parametrize(
    "index",
    [
        0, -1, np.int64(3), np.array(2), slice(None), slice(5, 1, -2), slice(-3, None),
        slice(9, 20), [1, -1, 1], [], np.array([6, 0], dtype=np.uint8), np.array([[0, 1], [2, 3]]),
        np.arange(7) % 2 == 0, np.zeros(7, dtype=bool), [True, False] * 3 + [True], range(2, 5),
    ],
    ids=repr,
)  # fmt: skip
def test_an_index_gives_what_an_array_gives(index):
    wanted = TABLE[index]
    got = lazy()[index]
    assert got.dtype == wanted.dtype
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("index", [7, -8, [0, 7], np.array([-8])], ids=repr)
def test_a_position_out_of_range_is_an_index_error(index):
    with pytest.raises(IndexError, match="there are 7 samples"):
        lazy()[index]


@pytest.mark.parametrize(
    "index",
    [None, ..., (0, 1), "a", 1.5, [0.5], True, np.ones(6, dtype=bool), {1: 2}, slice("a", None)],
    ids=repr,
)
def test_any_other_index_is_refused_in_a_sentence(index):
    with pytest.raises(InputError, match="samples"):
        lazy()[index]


def test_lazy_samples_are_samples():
    samples = lazy()
    assert isinstance(samples, Samples)
    assert len(samples) == 7
    assert "7 samples" in repr(samples)


def test_iterating_ends_after_the_last_sample():
    np.testing.assert_array_equal(list(lazy()), TABLE)


def test_numpy_makes_an_array_of_few_samples():
    np.testing.assert_array_equal(np.asarray(lazy()), TABLE)
    assert np.asarray(lazy(), dtype=float).dtype == float
    with pytest.raises(ValueError, match="copy=False"):
        np.array(lazy(), copy=False)


def test_numpy_refuses_to_make_an_array_of_too_many_samples():
    with pytest.raises(InputError, match=r"got 12\.0 GB; allowed: 1 GB"):
        np.asarray(lazy(n=10**9))


def test_an_access_repeats_and_so_does_a_given_stream():
    def noise(rows, rng):
        return rng.integers(1000, size=(len(rows), 2, 3)).astype(np.int16)

    one, other = lazy(noise), lazy(noise)
    first, second = one[:3], one[1:4]
    assert (first[1:] != second[:-1]).any()
    for same in (one, other):
        np.testing.assert_array_equal(first, same[:3])
        np.testing.assert_array_equal(first, same[[0, 1, 2]])
    again = [one.draw([0, 1], np.random.default_rng(5)) for _ in range(2)]
    np.testing.assert_array_equal(*again)
