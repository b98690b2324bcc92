"""Laws that every data set keeps: a data set joins by being a file in the room."""

import numpy as np
import pytest
from datafiles import write_arrays, write_idx

from unbraid.core import rooms
from unbraid.core.errors import InputError, StoreError, UnbraidError
from unbraid.core.rng import stream
from unbraid.core.values import KINDS, Samples
from unbraid.data import load_dataset

NAMES = rooms.names("data")
# Whitened photographs have no black and no white.
SIGNED = {"photo_patches"}


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def options(name, tmp_path, monkeypatch):
    """What a data set needs where it cannot be had from nothing; no other source is in reach."""
    monkeypatch.setenv("UNBRAID_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("UNBRAID_DSPRITES", raising=False)
    given = {
        "arrays": lambda: {"path": write_arrays(tmp_path / "mine.npz")},
        "mnist": lambda: {"path": write_idx(tmp_path / "idx")},
        "fashion_mnist": lambda: {"path": write_idx(tmp_path / "idx")},
    }
    return given.get(name, dict)()


@pytest.fixture
def data(name, options):
    try:
        return load_dataset(name, **options)
    except StoreError as error:
        pytest.skip(f"not on this machine: {error}")


def some(data, n=40):
    return stream(0, "some").integers(len(data), size=n)


def test_it_says_what_it_is(name, data):
    assert data.name == name
    assert len(data.source) > 10
    assert "\n" not in data.source


def test_its_fingerprint_is_a_checksum_and_stays(name, options, data):
    assert len(bytes.fromhex(data.fingerprint)) == 32
    assert load_dataset(name, **options).fingerprint == data.fingerprint


def test_its_samples_are_numbers_that_a_learner_can_take(name, data):
    assert isinstance(data.images, Samples)
    assert len(data.images.shape) in (2, 3, 4)
    assert len(data) == len(data.images) == data.images.shape[0]
    drawn = data.images[some(data)]
    assert drawn.dtype == data.images.dtype
    assert drawn.shape == (40, *data.images.shape[1:])
    if drawn.dtype.kind == "f":
        assert np.isfinite(drawn).all()
        assert name in SIGNED or (drawn.min() >= 0 and drawn.max() <= 1)
    else:
        assert drawn.dtype == np.uint8


def test_its_samples_are_indexed_as_an_array_is(data):
    one = data.images.shape[1:]
    mask = np.zeros(len(data), dtype=bool)
    mask[[0, 3]] = True
    assert data.images[0].shape == data.images[-1].shape == one
    assert data.images[2:6:2].shape == data.images[mask].shape == data.images[[0, -1]].shape
    with pytest.raises(IndexError):
        data.images[len(data)]


def test_loading_it_again_gives_the_same_samples(name, options, data):
    again = load_dataset(name, **options)
    np.testing.assert_array_equal(data.images[some(data)], again.images[some(data)])


def test_its_factors_are_described(data):
    if data.factors is None:
        pytest.skip("it has no factors")
    n, width = data.factors.shape
    assert n == len(data)
    assert len(data.factor_names) == len(set(data.factor_names)) == width
    assert len(data.factor_sizes) == len(data.factor_kinds) == width
    assert set(data.factor_kinds) <= set(KINDS)


def test_its_factors_are_within_their_sizes(data):
    for column, size in enumerate(data.factor_sizes):
        values = data.factors[:, column]
        if size:
            np.testing.assert_array_equal(np.unique(values), np.arange(size))
        else:
            assert values.dtype.kind == "f"


def test_a_sample_holds_the_factor_that_is_fixed(data):
    for column, (name, size) in enumerate(zip(data.factor_names, data.factor_sizes, strict=True)):
        value = size - 1 if size else data.factors[3, column]
        drawn = data.sample(20, stream(0, name), fixed={name: value})
        assert len(drawn.images) == 20
        assert (drawn.factors[:, column] == value).all()
        assert len(np.unique(drawn.factors, axis=0)) > 1 or data.factors.shape[1] == 1 or not size


def test_the_same_stream_gives_the_same_sample(data):
    if data.factors is None:
        with pytest.raises(InputError, match="no factors"):
            data.sample(10, stream(7, "sample"))
        return
    one, other = (data.sample(10, stream(7, "sample")) for _ in range(2))
    np.testing.assert_array_equal(one.images, other.images)
    np.testing.assert_array_equal(one.factors, other.factors)


def test_rendering_shows_samples_of_the_same_form(data):
    if data.render is None:
        pytest.skip("it cannot be rendered")
    rows = some(data, 5)
    shown = data.render(data.factors[rows], stream(0, "render"))
    assert shown.shape == (5, *data.images.shape[1:])
    assert shown.dtype == data.images.dtype
    with pytest.raises(InputError, match="no such value"):
        data.render(np.array([data.factor_sizes]), stream(0, "render"))


def test_an_unknown_option_is_refused_by_name(name, options):
    with pytest.raises(InputError, match=f"unknown option of {name}: got 'colour'"):
        load_dataset(name, **options, colour=1)


@pytest.mark.parametrize("name", [n for n in NAMES if n.endswith("mnist") or n == "dsprites"])
def test_a_source_that_is_not_there_is_named(name, tmp_path):
    nowhere = tmp_path / "nowhere"
    with pytest.raises(UnbraidError, match=str(nowhere)) as raised:
        load_dataset(name, path=nowhere)
    assert raised.value.exit_code == 2
    assert "\n" not in str(raised.value)
