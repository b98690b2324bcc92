import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from unbraid.numerics.information import (
    entropies,
    equal_width_bins,
    information_of_counts,
    mutual_information,
)


def test_bins_are_those_of_numpy_histogram_and_digitize():
    codes = np.random.default_rng(0).normal(size=(500, 3))
    codes[:, 1] = np.round(codes[:, 1])
    bins = equal_width_bins(codes, 20)
    for row, code in zip(bins, codes.T, strict=True):
        assert (row + 1 == np.digitize(code, np.histogram(code, 20)[1][:-1])).all()


@pytest.mark.parametrize("value", [0.0, 1e30, -1e308])
def test_a_constant_code_falls_into_one_bin(value):
    assert len(np.unique(equal_width_bins(np.full((5, 1), value)))) == 1


def test_bins_span_a_range_wider_than_the_greatest_float():
    bins = equal_width_bins(np.array([[-1.7e308], [0.1], [1.7e308]]), 2)
    assert bins.ravel().tolist() == [0, 1, 1]


def test_information_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    codes, factors = rng.normal(size=(400, 3)), rng.integers(5, size=(400, 2))
    codes[:, 0] += factors[:, 1]
    bins = equal_width_bins(codes)
    twin = [[mutual_info_score(y, b) for y in factors.T] for b in bins]
    assert mutual_information(codes, factors) == pytest.approx(np.array(twin), abs=1e-12)


def test_information_of_a_factor_with_itself_is_its_entropy():
    factors = np.random.default_rng(2).integers(6, size=(300, 1))
    information = mutual_information(factors * 1.0, factors)
    assert information[0, 0] == pytest.approx(entropies(factors)[0], abs=1e-12)


def test_information_of_independent_counts_is_exactly_zero():
    assert information_of_counts(np.outer([1, 2, 3], [4, 5])) == 0.0


def test_entropy_of_even_values_is_the_logarithm_of_their_number():
    assert entropies(np.arange(12)[:, None] % 4)[0] == pytest.approx(np.log(4), abs=1e-14)
