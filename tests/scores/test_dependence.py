"""Scores that look at codes alone for how far they depend on one another."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from unbraid import evaluate, scores
from unbraid.core.rng import stream

RNG = stream(0, "dependence")


def exactly(correlations, n=400):
    """Codes of unit variance that have exactly these correlations."""
    rng = stream(0, "exactly")
    d = len(correlations)
    codes = rng.normal(size=(n, d))
    codes -= codes.mean(axis=0)
    white = codes @ np.linalg.inv(np.linalg.cholesky(np.cov(codes.T))).T
    return white @ np.linalg.cholesky(correlations).T


def alike(d, r):
    return np.full((d, d), r) + (1 - r) * np.eye(d)


def alone(name, codes):
    return scores.load(name)(codes, np.zeros(len(codes)))


def test_total_correlation_of_two_codes_is_that_of_their_correlation():
    found = alone("gaussian_total_correlation", exactly(alike(2, 0.9)))
    assert found.value == pytest.approx(-0.5 * np.log(1 - 0.81), abs=1e-12)
    assert found.unit == "nats"


def test_total_correlation_is_the_published_formula_of_the_covariance():
    rng = stream(0, "total correlation is the")
    codes = rng.normal(size=(300, 6)) @ rng.normal(size=(6, 6))
    covariance = np.cov(codes.T)
    published = 0.5 * (np.log(np.diag(covariance)).sum() - np.linalg.slogdet(covariance)[1])
    assert alone("gaussian_total_correlation", codes).value == pytest.approx(published, abs=1e-10)


def test_uncorrelated_codes_depend_on_nothing():
    codes = exactly(np.eye(3))
    names = ("gaussian_total_correlation", "effective_dependence", "wasserstein_dependency")
    assert [alone(name, codes).value for name in names] == pytest.approx([0] * 3, abs=1e-12)


def test_effective_dependence_of_two_codes_is_that_of_their_correlation():
    found = alone("effective_dependence", exactly(alike(2, 0.6)))
    assert found.value == pytest.approx(1 - np.sqrt(1 - 0.36), abs=1e-12)


def test_effective_dependence_is_total_correlation_on_a_scale():
    rng = stream(0, "effective dependence is")
    codes = rng.normal(size=(300, 6)) @ rng.normal(size=(6, 6))
    total = alone("gaussian_total_correlation", codes).value
    assert alone("effective_dependence", codes).value == pytest.approx(
        1 - np.exp(-2 * total / 6), abs=1e-12
    )


def test_five_hundred_and_twelve_codes_neither_overflow_nor_underflow():
    r, d = 0.5, 512
    codes = exactly(alike(d, r), n=1500) * 1e30
    logarithm = (d - 1) * np.log(1 - r) + np.log(1 + (d - 1) * r)
    found = alone("gaussian_total_correlation", codes)
    assert found.value == pytest.approx(-logarithm / 2, rel=1e-9)
    assert alone("effective_dependence", codes).value == pytest.approx(
        1 - np.exp(logarithm / d), rel=1e-9
    )


def test_a_code_twice_has_no_finite_total_correlation_and_full_dependence():
    rng = stream(0, "a code twice has no fini")
    code = rng.normal(size=(50, 1))
    twice = np.hstack([code, 3 * code])
    assert "linearly dependent" in alone("gaussian_total_correlation", twice).reason
    assert alone("effective_dependence", twice).value == 1.0


def test_constant_codes_are_left_out_and_named():
    codes = exactly(alike(2, 0.6))
    found = alone("effective_dependence", np.hstack([codes, np.full((400, 1), 3.0)]))
    assert found.value == pytest.approx(0.2, abs=1e-12)
    assert found.reason == "1 of 3 codes do not vary and are left out"
    assert alone("effective_dependence", codes * 0).reason == "every code is constant"


def test_wasserstein_dependency_of_copies_is_known():
    rng = stream(0, "wasserstein dependency o")
    code = rng.normal(size=(50, 1))
    found = alone("wasserstein_dependency", np.repeat(code, 9, axis=1))
    assert found.value == pytest.approx(2 - 2 / 3, abs=1e-9)


def test_wasserstein_dependency_is_the_published_formula_of_the_covariance():
    rng = stream(0, "wasserstein dependency i")
    codes = rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5))
    covariance = np.cov(codes.T)
    root = np.real(sqrtm(np.diag(np.diag(covariance)) @ covariance))
    distance = 2 * np.trace(covariance) - 2 * np.trace(root)
    found = alone("wasserstein_dependency", codes)
    assert found.value == pytest.approx(distance / np.trace(covariance), abs=1e-9)
    assert found.parts["distance"][0] == pytest.approx(distance, rel=1e-9)


def test_codes_are_active_above_a_variance_of_one_in_a_hundred():
    codes = exactly(np.eye(3)) * [1.0, 0.1001, 0.0999] * np.sqrt(400 / 399)
    assert alone("active_codes", codes).value == 2.0


def test_scores_of_codes_alone_need_no_factors_and_have_an_interval_but_no_floor():
    rng = stream(0, "scores of codes alone ne")
    codes = rng.normal(size=(300, 3)) @ rng.normal(size=(3, 3))
    names = ["gaussian_total_correlation", "active_codes", "mig"]
    found = evaluate(codes, scores=names, calibrated=True, intervals=True)
    total = found["gaussian_total_correlation"]
    assert total.low < total.value < total.high
    assert total.floor is None
    assert total.p_value is None
    assert found["active_codes"].value == 3
    assert found["mig"].status == "skipped"
    assert evaluate(codes, codes[:, 0] > 0, names, calibrated=True)["active_codes"].floor is None
