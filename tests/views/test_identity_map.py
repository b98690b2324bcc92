"""The view that tells who learned the samples from who learned to copy."""

import re

import numpy as np
import pytest

from unbraid.core.errors import InputError
from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation
from unbraid.views.identity_map import identity_map


def digits_like(n=60, side=6, dtype=float):
    """Images of one factor: a bright bar in one of the columns."""
    images = np.zeros((n, side, side), dtype=dtype)
    images[np.arange(n), :, np.random.default_rng(0).integers(1, side, size=n)] = 1
    return Dataset(name="bars", images=images, source="drawn for a test", fingerprint="0")


def view(data, encode, decode):
    held = Representation(codes=np.zeros((len(data), 1)), encode=encode, decode=decode)
    return identity_map(held, data, np.random.default_rng(0))


def copied(data):
    return view(
        data,
        lambda x: np.asarray(x, float).reshape(len(x), -1),
        lambda codes: codes.reshape(-1, *data.images.shape[1:]),
    )


def by_column(data):
    """The representation that knows what all samples are: which column is bright."""
    side = data.images.shape[1]
    return view(
        data,
        lambda x: x.mean(axis=1).argmax(axis=1)[:, None].astype(float),
        lambda codes: (np.arange(side) == codes)[:, None, :].repeat(side, axis=1).astype(float),
    )


def lost(made):
    return [int(share) for share in re.findall(r"(\d+)%", made.caption)]


def test_who_copies_loses_nothing_of_anything():
    made = copied(digits_like())
    assert lost(made) == [0, 0, 0]
    rows = made.arrays["rows"]
    np.testing.assert_allclose(rows[::2], rows[1::2], atol=1e-6)


def test_who_knows_the_samples_gives_back_samples_alone():
    of_samples, of_mixed, of_noise = lost(by_column(digits_like()))
    assert of_samples == 0
    assert of_mixed > 50
    assert of_noise > 50


def test_noise_keeps_to_what_each_pixel_was_seen_to_be():
    data = digits_like(dtype=np.uint8)
    given = copied(data).arrays["rows"][4]
    assert not given[:, :, 0].any()  # the first column is never bright
    assert set(np.unique(given)) == {0.0, 1.0}


def test_mixed_samples_have_the_values_of_samples_pixel_by_pixel():
    x = np.random.default_rng(1).normal(size=(6, 5))
    data = Dataset(name="vectors", images=x, source="drawn", fingerprint="0")
    made = view(data, lambda x: x, lambda codes: codes)
    assert made.kind == "scatter"
    points, groups = made.arrays["points"], made.arrays["groups"]
    given = [points[groups == kind, 0].reshape(6, 5) for kind in range(3)]
    np.testing.assert_array_equal(np.sort(given[1], axis=0), np.sort(given[0], axis=0))
    assert not np.array_equal(given[1], given[0])
    assert (given[2] >= x.min(axis=0)).all()
    assert (given[2] <= x.max(axis=0)).all()


def test_a_learner_that_refuses_noise_has_no_such_view():
    data = digits_like()

    def encode(x):
        if set(np.unique(x)) - {0, 1}:
            raise InputError("samples must be binary")
        return x.reshape(len(x), -1)

    with pytest.raises(Undefined, match="samples alone: samples must be binary"):
        view(data, encode, lambda codes: codes.reshape(-1, 6, 6))


def test_one_sample_is_no_view():
    data = Dataset(name="one", images=np.ones((1, 4, 4)), source="drawn", fingerprint="0")
    with pytest.raises(Undefined, match="one sample"):
        copied(data)
