"""Scores of how sparse codes are."""

import numpy as np
import pytest
from scipy import stats

from unbraid import scores
from unbraid.core.rng import stream

RNG = stream(0, "sparsity")
# Three of eight codes are on in each sample, and the last code never is.
CODES = np.zeros((200, 9))
np.put_along_axis(
    CODES, RNG.permuted(np.tile(np.arange(8), (200, 1)), axis=1)[:, :3],
    RNG.normal(size=(200, 3)), axis=1,
)  # fmt: skip


def alone(name, codes):
    return scores.load(name)(codes, np.zeros(len(codes)))


def test_l0_counts_the_codes_that_are_on():
    found = alone("l0", CODES)
    assert found.value == 3
    assert found.parts["shares"].sum() == pytest.approx(3)
    assert found.parts["shares"][8] == 0


def test_l0_of_dense_codes_is_their_number_and_of_zeros_none():
    rng = stream(0, "l0 of dense codes is the")
    assert alone("l0", rng.normal(size=(50, 4))).value == 4
    assert alone("l0", np.zeros((50, 4))).value == 0


def test_one_code_is_dead():
    assert alone("dead_codes", CODES).value == 1
    assert alone("dead_codes", CODES).parts["dead"].tolist() == [False] * 8 + [True]
    assert alone("dead_codes", np.full((5, 3), 1e30)).value == 3


def test_hoyer_of_m_equal_codes_out_of_d_is_known():
    codes = np.repeat([[1.0, -1.0, 1.0, 0, 0, 0, 0, 0, 0]], 5, axis=0)
    assert alone("hoyer", codes).value == pytest.approx((3 - np.sqrt(3)) / 2, abs=1e-12)


def test_hoyer_is_the_mean_of_the_formula_and_blind_to_scale():
    l1, l2 = np.abs(CODES).sum(axis=1), np.sqrt((CODES**2).sum(axis=1))
    twin = np.mean((3 - l1 / l2) / 2)
    assert alone("hoyer", CODES).value == pytest.approx(twin, abs=1e-12)
    assert alone("hoyer", CODES * 1e200).value == pytest.approx(twin, abs=1e-12)


def test_samples_without_a_code_are_left_out_of_hoyer():
    found = alone("hoyer", np.vstack([CODES, np.zeros((7, 9))]))
    assert found.value == alone("hoyer", CODES).value
    assert "7 samples" in found.reason


def test_lifetime_kurtosis_is_that_of_scipy_over_samples():
    twin = stats.kurtosis(CODES[:, :8], axis=0)
    found = alone("lifetime_kurtosis", CODES)
    assert found.value == pytest.approx(twin.mean(), abs=1e-12)
    assert found.reason == "1 of 9 codes do not vary and are left out"


def test_population_kurtosis_is_that_of_scipy_over_codes():
    twin = stats.kurtosis(CODES, axis=1).mean()
    assert alone("population_kurtosis", CODES).value == pytest.approx(twin, abs=1e-12)
    assert alone("population_kurtosis", CODES * 1e100).value == pytest.approx(twin, abs=1e-12)


def test_a_code_that_is_on_once_in_n_samples_has_the_kurtosis_of_a_bernoulli():
    n = 40
    share = 1 / n
    exact = (1 - 6 * share * (1 - share)) / (share * (1 - share))
    assert alone("lifetime_kurtosis", np.eye(n)).value == pytest.approx(exact, rel=1e-12)
    assert alone("population_kurtosis", np.eye(n)).value == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("name", ["hoyer", "lifetime_kurtosis", "population_kurtosis"])
def test_sparseness_of_nothing_is_undefined(name):
    assert alone(name, np.zeros((20, 3))).status == "undefined"
