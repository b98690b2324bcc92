"""Scores that take factors for numbers: MCC, the Amari distance, IRS."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.stats import spearmanr
from sklearn.cross_decomposition import CCA

from unbraid import evaluate, scores
from unbraid.core.errors import InputError
from unbraid.core.rng import stream

RNG = stream(0, "alignment")
SOURCES = RNG.laplace(size=(800, 3))
MIXED = SOURCES @ RNG.normal(size=(3, 3)) + 0.3 * RNG.normal(size=(800, 3))


def test_mcc_finds_factors_in_any_order_sign_and_scale():
    found = scores.mcc(SOURCES[:, [2, 0, 1]] * [-1, 20, 0.01] + 7, SOURCES)
    assert found.value == pytest.approx(1.0, abs=1e-12)
    assert found.parts["code_of_factor"].tolist() == [1, 2, 0]


def test_mcc_is_the_best_pairing_of_numpys_correlations():
    likeness = np.abs(np.corrcoef(MIXED.T, SOURCES.T)[:3, 3:])
    rows, columns = linear_sum_assignment(-likeness)
    assert scores.mcc(MIXED, SOURCES).value == pytest.approx(likeness[rows, columns].mean())


def test_mcc_of_ranks_is_that_of_spearman_and_blind_to_rising_maps():
    likeness = np.abs(spearmanr(MIXED, SOURCES).statistic[:3, 3:])
    rows, columns = linear_sum_assignment(-likeness)
    wanted = likeness[rows, columns].mean()
    assert scores.mcc(MIXED, SOURCES, ranks=True).value == pytest.approx(wanted, abs=1e-12)
    assert scores.mcc(np.exp(MIXED), SOURCES, ranks=True).value == pytest.approx(wanted, abs=1e-12)


def test_a_factor_without_a_code_counts_as_zero_in_both_forms():
    assert scores.mcc(SOURCES[:, :2], SOURCES).value == pytest.approx(2 / 3, abs=0.02)
    assert scores.mcc(SOURCES[:, :1], SOURCES).parts["code_of_factor"].tolist() == [0, -1, -1]
    assert scores.mcc_weak(SOURCES[:, :2], SOURCES).value == pytest.approx(2 / 3, abs=1e-9)


def test_a_periodic_factor_is_known_by_its_cosine():
    rng = stream(0, "a periodic factor is kno")
    steps = rng.integers(12, size=(600, 1))
    cosine = np.cos(2 * np.pi * (steps + 0.3) / 12)
    assert scores.mcc(cosine, steps, factor_kinds=("periodic",)).value == pytest.approx(1.0)
    assert scores.mcc(cosine, steps).value < 0.9
    angles = rng.uniform(0, 2 * np.pi, size=(600, 1))
    found = scores.mcc(np.sin(angles), angles, factor_kinds=("periodic",))
    assert found.value == pytest.approx(1.0)


def test_degrees_are_steps_around_the_circle_or_refused():
    degrees = 45 * np.tile(np.arange(8), 50)[:, None]
    circle = np.hstack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    assert scores.mcc_weak(circle, degrees, factor_kinds=("periodic",)).value == pytest.approx(1)
    with pytest.raises(
        InputError, match=r"radians: got values from 0.5 to 315.5; .* numpy.radians"
    ):
        scores.mcc_weak(circle, degrees + 0.5, factor_kinds=("periodic",))


def test_a_categorical_factor_is_named():
    rng = stream(0, "a categorical factor is")
    factors = rng.integers(4, size=(100, 2))
    found = scores.mcc(factors, factors, factor_kinds=("categorical", "ordinal"))
    assert found.reason == "factor 0 is categorical and taken for numbers"


def test_the_weak_mcc_is_one_for_a_rotation_and_that_of_scikit_learn():
    rng = stream(0, "the weak mcc is one for")
    turned = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    assert scores.mcc_weak(SOURCES @ turned, SOURCES).value == pytest.approx(1.0, abs=1e-9)
    left, right = CCA(n_components=3, max_iter=5000, tol=1e-12).fit_transform(MIXED, SOURCES)
    pairs = [np.corrcoef(a, b)[0, 1] for a, b in zip(left.T, right.T, strict=True)]
    found = scores.mcc_weak(MIXED, SOURCES)
    assert found.parts["correlations"] == pytest.approx(sorted(pairs)[::-1], abs=1e-5)


def test_mcc_of_noise_is_calibrated_to_nothing():
    rng = stream(0, "mcc of noise is calibrat")
    factors = rng.integers(5, size=(500, 3))
    found = evaluate(rng.normal(size=(500, 8)), factors, ["mcc"], calibrated=True)["mcc"]
    assert found.value > 0.03
    assert found.calibrated == pytest.approx(0.0, abs=0.02)
    assert found.p_value > 0.04


def test_the_amari_distance_of_sources_is_zero_and_of_an_even_mixture_its_greatest():
    found = scores.amari_distance(SOURCES[:, [2, 0, 1]] * [-1, 20, 0.01] + 7, SOURCES)
    assert found.value == pytest.approx(0.0, abs=1e-12)
    exact = SOURCES - SOURCES.mean(axis=0)
    white = np.linalg.qr(exact)[0]
    hadamard = np.array([[1, 1], [1, -1]])
    found = scores.amari_distance(white[:, :2] @ hadamard, white[:, :2])
    assert found.value == pytest.approx(1.0, abs=1e-9)


def test_the_amari_distance_is_the_squared_formula_of_a_known_map():
    rng = stream(0, "the amari distance is th")
    white = np.linalg.qr(SOURCES - SOURCES.mean(axis=0))[0]
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    p = turn.T**2
    rows = (p / p.max(axis=1, keepdims=True)).sum(axis=1) - 1
    columns = (p / p.max(axis=0)).sum(axis=0) - 1
    found = scores.amari_distance(white @ turn, white)
    assert found.value == pytest.approx((rows.sum() + columns.sum()) / 6, abs=1e-9)


@pytest.mark.parametrize(
    ("codes", "factors", "reason"),
    [
        (MIXED[:, :2], SOURCES, "as many codes as factors"),
        (MIXED * [1, 0, 1], SOURCES, "constant"),
        (MIXED, SOURCES[:, [0, 0, 1]], "linearly dependent"),
    ],
)
def test_the_amari_distance_says_why_it_has_no_value(codes, factors, reason):
    assert reason in scores.amari_distance(codes, factors).reason


def published_irs(codes, factors, quantile):
    """The published formula, by loops."""
    greatest = np.max(np.abs(codes - codes.mean(axis=0)), axis=0)
    scored = []
    for i in range(codes.shape[1]):
        of_factors = []
        for y in factors.T:
            bins = np.digitize(y, np.histogram(y, 20)[1][:-1])
            apart = [
                np.quantile(np.abs(codes[bins == b, i] - codes[bins == b, i].mean()), quantile)
                for b in np.unique(bins)
            ]
            of_factors.append(1 - np.mean(apart) / greatest[i])
        scored.append(max(of_factors))
    return np.average(scored, weights=greatest)


@pytest.mark.parametrize("quantile", [0.99, 1.0])
def test_irs_is_the_published_formula(quantile):
    rng = stream(0, "irs is the published for")
    factors = np.stack([rng.integers(size, size=700) for size in (3, 30, 8)], axis=1)
    codes = factors @ rng.normal(size=(3, 4)) + rng.normal(size=(700, 4))
    found = scores.irs(codes, factors, quantile=quantile)
    assert found.value == pytest.approx(published_irs(codes, factors, quantile), abs=1e-12)


def test_irs_of_a_rotated_pair_is_known():
    table = np.tile(np.indices((2, 2)).reshape(2, -1).T, (3, 1))
    codes = table @ [[1, 1], [1, -1]]
    # Each code is 1 at the most from its mean, and half that from its mean given a factor.
    assert scores.irs(codes, table).value == pytest.approx(0.5, abs=1e-12)


def test_irs_leaves_constant_codes_out():
    table = np.tile(np.indices((3, 4)).reshape(2, -1).T, (3, 1))
    beside = np.hstack([table, np.ones((36, 2))])
    assert scores.irs(beside, table).value == 1.0
    assert scores.irs(np.ones((36, 2)), table).value == 0.0
