"""Gaps of mutual information: MIG-sup, RMIG, JEMMIG."""

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from unbraid import scores
from unbraid.core.rng import stream
from unbraid.numerics.fine_bins import fine_bins

RNG = stream(0, "gaps")


def every(*sizes, times=1):
    return np.tile(np.indices(sizes).reshape(len(sizes), -1).T, (times, 1))


FACTORS = every(3, 4, 5, times=10)
MIXED = FACTORS @ RNG.normal(size=(3, 4)) + 0.3 * RNG.normal(size=(600, 4))


def test_mig_sup_of_a_copy_is_one_and_sharing_a_factor_costs_nothing():
    assert scores.mig_sup(every(4, 5), every(4, 5)).value == pytest.approx(1.0, abs=1e-12)
    shared = np.hstack([every(4, 5)] * 2)
    assert scores.mig_sup(shared, every(4, 5)).value == pytest.approx(1.0, abs=1e-12)


def test_mig_sup_of_packed_factors_is_zero_and_a_dead_code_counts_as_zero():
    packed = every(4, 4) @ [[4], [1]]
    assert scores.mig_sup(packed, every(4, 4)).value == pytest.approx(0.0, abs=1e-12)
    dead = np.hstack([every(4, 5), np.zeros((20, 2))])
    assert scores.mig_sup(dead, every(4, 5)).value == pytest.approx(0.5, abs=1e-12)


def test_mig_sup_is_the_gap_of_scikit_learns_informations():
    gaps = []
    for code in MIXED.T:
        edges = np.histogram(code, 20)[1][:-1]
        shares = [
            mutual_info_score(np.digitize(code, edges), y) / mutual_info_score(y, y)
            for y in FACTORS.T
        ]
        gaps.append(np.sort(shares)[-1] - np.sort(shares)[-2])
    assert scores.mig_sup(MIXED, FACTORS).value == pytest.approx(np.mean(gaps), abs=1e-9)


def test_rmig_and_jemmig_of_a_copy_are_one_and_zero():
    assert scores.rmig(FACTORS, FACTORS).value == pytest.approx(1.0, abs=1e-12)
    assert scores.jemmig(FACTORS, FACTORS).value == pytest.approx(0.0, abs=1e-12)


def test_a_hundred_bins_hold_forty_values():
    table = every(40, 2)
    assert scores.rmig(table, table).value == pytest.approx(1.0, abs=1e-12)
    assert scores.mig(table, table).value < 0.91


def test_one_outlier_in_ten_thousand_ruins_mig_and_not_rmig():
    factors = every(4, 5, times=500)
    codes = factors * 1.0
    codes[0] = 1e6
    assert scores.mig(codes, factors).value < 0.01
    assert scores.rmig(codes, factors).value > 0.99
    assert scores.jemmig(codes, factors).value < 0.01


def test_jemmig_sees_packed_factors_that_rmig_does_not():
    packed = np.hstack([every(4, 4, times=4) @ [[4], [1]], np.zeros((64, 1))])
    assert scores.rmig(packed, every(4, 4, times=4)).value == pytest.approx(1.0, abs=1e-12)
    # The code holds log 16, the factor log 4, which it knows: log 4 is too much.
    wanted = np.log(4) / (np.log(4) + np.log(100))
    found = scores.jemmig(packed, every(4, 4, times=4))
    assert found.value == pytest.approx(wanted, abs=1e-12)


def test_jemmig_of_every_code_twice_is_the_entropy_of_the_factor():
    table = every(4, 4)
    wanted = np.log(4) / (np.log(4) + np.log(100))
    assert scores.jemmig(np.hstack([table] * 2), table).value == pytest.approx(wanted, abs=1e-12)


def test_rmig_and_jemmig_are_the_formulas_of_scikit_learns_informations():
    low, high = np.quantile(MIXED, [0.01, 0.99], axis=0)
    middle = np.clip(MIXED, low, high)
    standard = (MIXED - middle.mean(axis=0)) / middle.std(axis=0)
    bins = np.digitize(standard, np.linspace(-4, 4, 101)[1:-1])
    gaps, rest = [], []
    for y in FACTORS.T:
        known = np.array([mutual_info_score(column, y) for column in bins.T])
        best = known.argmax()
        second, first = np.sort(known)[-2:]
        entropy = mutual_info_score(y, y)
        joint = mutual_info_score(bins[:, best], bins[:, best]) + entropy - first
        gaps.append((first - second) / entropy)
        rest.append((joint - first + second) / (entropy + np.log(100)))
    assert scores.rmig(MIXED, FACTORS).value == pytest.approx(np.mean(gaps), abs=1e-9)
    assert scores.jemmig(MIXED, FACTORS).value == pytest.approx(np.mean(rest), abs=1e-9)


def test_bins_do_not_depend_on_shift_and_scale_and_hold_sparse_codes():
    assert np.array_equal(fine_bins(MIXED), fine_bins(MIXED * 8 - 3))
    sparse = np.zeros((1000, 1))
    sparse[:3] = 5.0
    assert np.unique(fine_bins(sparse)).size == 2
    assert np.unique(fine_bins(np.full((9, 1), 3.0))).size == 1
