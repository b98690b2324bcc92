import numpy as np
import pytest

from unbraid.core.scoring import Undefined
from unbraid.numerics.discrete import discrete, labels_like, left_out


@pytest.mark.parametrize("spread", [1, 10**7])
@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_labels_are_those_of_unique_whether_values_are_dense_or_not(spread, dtype):
    column = np.random.default_rng(0).integers(-5, 5, size=200) * spread
    values, labels = np.unique(column, return_inverse=True)
    found = discrete(column.astype(dtype)[:, None])
    assert found.sizes.tolist() == [len(values)]
    assert (found.labels[:, 0] == labels).all()


def test_a_constant_factor_is_named_and_left_out():
    found = discrete(np.array([[0, 3, 1], [1, 3, 1]]))
    assert found.varied.tolist() == [True, False, False]
    assert found.caution == "factors 1, 2 are constant and left out"


def test_nothing_is_left_out_of_nothing():
    assert left_out(np.array([False]), "constant") is None


def test_constant_factors_alone_are_undefined():
    with pytest.raises(Undefined, match="every factor is constant"):
        discrete(np.ones((5, 2), dtype=int))


def test_a_continuous_factor_is_undefined_and_is_named():
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(3, size=100) * 1.0, rng.normal(size=100)], axis=1)
    with pytest.raises(Undefined, match="factor 1 has 100 distinct values in 100 rows"):
        discrete(factors)


def test_a_value_per_row_or_a_thousand_of_them_is_undefined_and_many_values_are_not():
    shared = np.arange(900)
    shared[-1] = 0
    assert discrete(shared[:, None]).sizes.tolist() == [899]
    for numbers in (np.arange(900) + 1000, np.append(np.arange(1100), 0)):
        with pytest.raises(Undefined, match="distinct values"):
            discrete(numbers[:, None])


def test_an_unknown_value_has_the_label_minus_one():
    assert labels_like(
        np.array([[2], [4]]), np.array([[1], [2], [3], [4], [9]])
    ).ravel().tolist() == [
        -1,
        0,
        -1,
        1,
        -1,
    ]
