"""Your own arrays are taken as they are, or refused in a sentence."""

import numpy as np
import pytest

from unbraid.core.errors import InputError, StoreError
from unbraid.data import load_dataset

X = np.random.default_rng(0).normal(size=(6, 4))


@pytest.fixture
def loaded(tmp_path):
    """Save arrays under their keys and load them as a data set."""

    def load(factors=None, **keys):
        np.savez(tmp_path / "mine.npz", **keys)
        options = {} if factors is None else {"factors": factors}
        return load_dataset(tmp_path / "mine.npz", **options)

    return load


@pytest.mark.parametrize("shape", [(5, 3), (5, 4, 4), (5, 4, 4, 3)])
@pytest.mark.parametrize("key", ["images", "x", "arr_0"])
def test_vectors_and_images_are_taken_as_they_are(loaded, shape, key):
    samples = np.random.default_rng(1).integers(256, size=shape, dtype=np.uint8)
    data = loaded(**{key: samples})
    assert data.images.dtype == np.uint8
    np.testing.assert_array_equal(data.images, samples)
    assert data.factors is None
    assert data.factor_names == ()
    assert data.source.startswith("your own file")


def test_an_npy_file_is_taken(tmp_path):
    np.save(tmp_path / "x.npy", X)
    np.testing.assert_array_equal(load_dataset(str(tmp_path / "x.npy")).x, X)


def test_booleans_become_numbers(loaded):
    assert loaded(x=X > 0).images.dtype == np.uint8


def test_whole_numbers_are_ordinal_and_others_continuous(loaded):
    factors = np.array([[0, 0.5], [1, 1.0], [2, 2.5], [0, 3.0], [1, 0.5], [2, 0.0]])
    data = loaded(x=X, factors=factors)
    assert data.factor_names == ("factor_0", "factor_1")
    assert data.factor_kinds == ("ordinal", "continuous")
    assert data.factor_sizes == (3, 0)
    np.testing.assert_array_equal(data.factors, factors)


def test_the_file_may_name_its_factors(loaded):
    data = loaded(
        images=X,
        factors=np.arange(6) % 3,
        factor_names=["digit"],
        factor_kinds=["categorical"],
    )
    assert (data.factor_names, data.factor_kinds) == (("digit",), ("categorical",))
    assert data.factors.shape == (6, 1)


def test_values_are_numbered_in_their_order(loaded):
    data = loaded(x=X, factors=[30, -1, 7, 7, 30, -1])
    assert data.factors.dtype == np.int64
    assert data.factors[:, 0].tolist() == [2, 0, 1, 1, 2, 0]
    assert data.factor_sizes == (3,)


def test_a_period_may_be_measured_or_counted(loaded):
    kinds = ["periodic"]
    assert loaded(x=X, factors=X[:, 0], factor_kinds=kinds).factor_sizes == (0,)
    assert loaded(x=X, factors=np.arange(6) % 2, factor_kinds=kinds).factor_sizes == (2,)


@pytest.mark.parametrize("key", ["factors", "anything"])
def test_factors_may_come_from_another_file_or_an_array(loaded, tmp_path, key):
    np.savez(tmp_path / "factors.npz", **{key: np.arange(6) % 2})
    from_file = loaded(x=X, factors=str(tmp_path / "factors.npz"))
    from_array = loaded(x=X, factors=np.arange(6) % 2)
    np.testing.assert_array_equal(from_file.factors, from_array.factors)
    assert from_file.fingerprint == from_array.fingerprint


def test_the_fingerprint_follows_the_content(loaded):
    plain, again, other = loaded(x=X), loaded(x=X), loaded(x=X + 1)
    labelled = loaded(x=X, factors=np.arange(6))
    assert plain.fingerprint == again.fingerprint
    assert len({data.fingerprint for data in (plain, other, labelled)}) == 3


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"a": X, "b": X}, "which array holds the samples: got the keys a, b; allowed: images or"),
        ({"factors": X}, "which array holds the samples"),
        ({"x": np.arange(6.0)}, r"cannot be samples: got float64 of shape \(6,\)"),
        ({"x": np.zeros((0, 4))}, r"cannot be samples: got float64 of shape \(0, 4\)"),
        ({"x": np.full((6, 4), "a")}, "cannot be samples: got <U1"),
        ({"x": np.where(X.max() == X, np.nan, X)}, "hold NaN or infinity: got in 1 samples"),
        ({"x": X, "factors": np.arange(5)}, "got 6 samples and 5 rows of factors"),
        ({"x": X, "factors": ["a"] * 6}, "factors must be numbers"),
        ({"x": X, "factors": np.full(6, np.inf)}, "factors hold NaN or infinity"),
        ({"x": X, "factors": X, "factor_names": ["a"]}, "factor_names must be one string per"),
        (
            {"x": X[:, :2], "factors": X[:, :2], "factor_names": ["a", "a"]},
            "must differ: got a, a",
        ),
        ({"x": X, "factors": X[:, 0], "factor_kinds": ["ordnal"]}, "try 'ordinal'"),
        ({"x": X, "factors": X[:, 0], "factor_kinds": [1]}, "factor_kinds must be one string per"),
        ({"x": X, "factors": np.array([{}] * 6)}, "holds a pickle under the key 'factors'"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, keys, message):
    np.savez(tmp_path / "mine.npz", **keys)
    with pytest.raises(InputError, match=message):
        load_dataset(tmp_path / "mine.npz")


def test_a_file_of_several_arrays_does_not_say_which_are_factors(loaded, tmp_path):
    np.savez(tmp_path / "two.npz", a=X, b=X)
    with pytest.raises(InputError, match="which array holds the factors: got the keys a, b"):
        loaded(x=X, factors=tmp_path / "two.npz")


def test_a_damaged_file_is_refused(tmp_path):
    file = tmp_path / "mine.npz"
    np.savez(file, x=X)
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(InputError, match="truncated or damaged"):
        load_dataset(file)
    file.write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        load_dataset(file)
    with pytest.raises(StoreError, match=r"cannot read .*gone\.npz: got no such file"):
        load_dataset(tmp_path / "gone.npz")
