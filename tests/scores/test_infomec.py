"""InfoMEC, and the estimate of information from neighbours."""

import numpy as np
import pytest
from sklearn.feature_selection import mutual_info_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from unbraid import scores
from unbraid.core.rng import stream
from unbraid.numerics.neighbours import neighbour_information
from unbraid.numerics.predictive import explained_entropy

RNG = stream(0, "infomec")
SIZES = (3, 6, 4)
FACTORS = np.stack([RNG.integers(size, size=1500) for size in SIZES], axis=1)
MIXED = FACTORS @ RNG.normal(size=(3, 3)) + 0.2 * RNG.normal(size=FACTORS.shape)
NOISE = RNG.normal(size=(1500, 10))


@pytest.mark.parametrize("neighbours", [3, 10])
def test_the_estimate_is_that_of_scikit_learn_where_no_two_samples_tie(neighbours):
    # scikit-learn adds noise of 1e-10, which no distance here is small enough to see.
    for k in range(3):
        twin = mutual_info_classif(
            MIXED / MIXED.std(axis=0), FACTORS[:, k], discrete_features=False,
            n_neighbors=neighbours, random_state=0,
        )  # fmt: skip
        ours = neighbour_information(MIXED, FACTORS[:, k], neighbours)
        assert np.maximum(ours, 0) == pytest.approx(twin, abs=1e-6)


def test_the_estimate_of_a_discrete_code_is_plug_in_less_its_bias():
    code, label = FACTORS[:, 1], FACTORS[:, 0]
    joint = np.histogram2d(code, label, bins=(6, 3))[0] / 1500
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    plugged = (joint * np.log(joint / product)).sum()
    ours = neighbour_information(code[:, None] * 1.0, label)[0]
    assert ours == pytest.approx(plugged - 5 * 2 / 3000, abs=1e-4)


def test_the_estimate_of_two_normal_groups_nears_the_integral():
    rng = stream(0, "the estimate of two norm")
    label = np.repeat([0, 1], 10_000)
    code = rng.normal(size=20_000) + 2.0 * label
    x = np.linspace(-8, 10, 20_001)
    first, second = (np.exp(-0.5 * (x - middle) ** 2) / np.sqrt(2 * np.pi) for middle in (0, 2))
    mixture = (first + second) / 2
    each = [np.trapezoid(p * np.log(np.maximum(p, 1e-300)), x) for p in (first, second, mixture)]
    exact = (each[0] + each[1]) / 2 - each[2]
    assert neighbour_information(code[:, None], label)[0] == pytest.approx(exact, abs=0.015)


def test_whole_numbers_of_few_samples_know_what_smooth_ones_know():
    rng = stream(0, "whole numbers")
    factors = rng.integers(4, size=(240, 2))
    smooth = 3 * factors + 0.4 * rng.normal(size=factors.shape)
    for name in ("infom", "infoc"):
        assert scores.load(name)(np.round(smooth), factors).value > 0.95
    whole = neighbour_information(np.round(smooth), factors[:, 0])
    assert whole == pytest.approx(neighbour_information(smooth, factors[:, 0]), abs=0.1)


def test_the_best_of_a_thousand_codes_of_noise_is_still_noise():
    rng = stream(0, "many codes")
    factors = rng.integers(3, size=(120, 2))
    assert scores.infom(rng.normal(size=(120, 1000)), factors).value == 0.0


def test_values_that_occur_once_are_left_out():
    label = FACTORS[:, 0].copy()
    label[[5, 77]] = [7, 9]
    rest = np.delete(np.arange(1500), [5, 77])
    whole = neighbour_information(MIXED, label)
    assert whole == pytest.approx(neighbour_information(MIXED[rest], label[rest]), abs=1e-12)
    assert neighbour_information(MIXED[:4], np.arange(4)).tolist() == [0, 0, 0]


def test_true_factors_are_modular_and_compact():
    assert scores.infom(FACTORS, FACTORS).value == 1.0
    assert scores.infoc(FACTORS, FACTORS).value == 1.0


def test_noise_beside_the_true_factors_changes_nothing_and_alone_scores_nothing():
    beside = np.hstack([FACTORS, 5 * NOISE])
    for name in ("infom", "infoc"):
        assert scores.load(name)(beside, FACTORS).value == pytest.approx(1.0, abs=1e-12)
        alone = scores.load(name)(NOISE, FACTORS)
        assert alone.value == 0.0
        assert alone.reason == "no code tells of a factor beyond chance"


def test_noise_gains_where_codes_count_alike_as_published():
    assert scores.infom(NOISE, FACTORS, weighted=False).value > 0.3
    beside = np.hstack([FACTORS, 5 * NOISE])
    assert scores.infom(beside, FACTORS, weighted=False).value < 0.9


def test_unweighted_values_are_the_published_formulas():
    shares = np.stack(
        [
            mutual_info_classif(MIXED, FACTORS[:, k], discrete_features=False, n_neighbors=10,
                                random_state=0)
            for k in range(3)
        ]
    )  # fmt: skip
    shares /= [[-np.sum(p * np.log(p))] for p in (np.bincount(c) / 1500 for c in FACTORS.T)]
    for name, axis in (("infom", 0), ("infoc", 1)):
        published = (np.mean(shares.max(axis=axis) / shares.sum(axis=axis)) - 1 / 3) / (2 / 3)
        found = scores.load(name)(MIXED, FACTORS, weighted=False)
        assert found.value == pytest.approx(published, abs=1e-6)


def test_the_weighted_value_is_the_share_of_the_best_entries():
    found = scores.infom(MIXED, FACTORS)
    shares = found.parts["information"]
    share = shares.max(axis=1).sum() / shares.sum()
    assert found.value == pytest.approx((share - 1 / 3) / (2 / 3), abs=1e-12)


def test_a_code_that_packs_two_factors_is_compact_and_not_modular():
    codes = np.hstack([FACTORS[:, :2] @ [[6], [1]], FACTORS[:, 2:]])
    assert scores.infoc(codes, FACTORS).value == pytest.approx(1.0, abs=1e-9)
    # Two factors share a code evenly, the third has its own: (1 + 1) / 3 less the third.
    assert scores.infom(codes, FACTORS).value == pytest.approx(0.5, abs=0.02)


def test_every_code_twice_is_modular_and_half_compact():
    codes = np.hstack([FACTORS, FACTORS])
    assert scores.infom(codes, FACTORS).value == pytest.approx(1.0, abs=1e-9)
    assert scores.infoc(codes, FACTORS).value == pytest.approx((1 / 2 - 1 / 6) / (5 / 6), abs=1e-9)


@pytest.mark.parametrize("strength", [1.0, np.inf])
def test_infoe_is_the_share_of_the_loss_that_scikit_learn_takes_away(strength):
    train, test = slice(1000), slice(1000, None)
    given = MIXED[train], FACTORS[train], MIXED[test], FACTORS[test]
    mean, spread = MIXED[train].mean(axis=0), MIXED[train].std(axis=0)
    explained = []
    for k in range(3):
        fit = LogisticRegression(C=strength, max_iter=1000).fit(
            (MIXED[train] - mean) / spread, FACTORS[train, k]
        )
        loss = log_loss(FACTORS[test, k], fit.predict_proba((MIXED[test] - mean) / spread))
        shares = np.bincount(FACTORS[train, k]) / 1000
        explained.append(1 - loss / -np.log(shares[FACTORS[test, k]]).mean())
    found = explained_entropy(*given, stream(0, "twin"), strengths=(strength,))
    assert found == pytest.approx(explained, abs=2e-3)


def test_infoe_takes_the_penalty_that_few_samples_need():
    rng = stream(0, "infoe takes the penalty")
    factors = rng.integers(6, size=(300, 1))
    noise = 1.5 * rng.normal(size=(300, 20))
    codes = np.eye(6)[factors[:, 0]] @ rng.normal(size=(6, 20)) + noise
    given = codes[:200], factors[:200], codes[200:], factors[200:]
    bare = explained_entropy(*given, stream(0, "bare"), strengths=(np.inf,))[0]
    assert scores.infoe(*given).value > bare + 0.2


def test_infoe_of_noise_is_nothing():
    assert scores.infoe(NOISE, FACTORS).value < 0.01
