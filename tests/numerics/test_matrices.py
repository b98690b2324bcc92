"""The matrices that the published code is tested on, and their exact values."""

import numpy as np
import pytest

from unbraid.numerics.matrices import (
    completeness,
    disentanglement,
    modularity_of_codes,
    squared_correlations,
    top_gaps,
)

EYE = np.eye(10)
TWO_FACTORS = EYE[:5] + np.roll(EYE, 5, axis=1)[:5]
LOSS = np.log(2) / np.log(10)


@pytest.mark.parametrize(
    ("importance", "value"),
    [
        (EYE, 1.0),
        (np.diag(3.0 * np.ones(10)), 1.0),
        (np.vstack([EYE, np.zeros((3, 10))]), 1.0),
        (np.vstack([EYE, EYE]), 1.0),
        (EYE[:2], 1.0),
        (np.zeros((10, 10)), 0.0),
        (TWO_FACTORS, 1 - LOSS),
    ],
    ids=["diagonal", "scaled", "empty codes", "redundant", "missed factors", "zeros", "mixed"],
)
def test_disentanglement_is_exact_on_the_published_matrices(importance, value):
    assert disentanglement(importance) == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize(
    ("importance", "value"),
    [
        (EYE, 1.0),
        (np.zeros((10, 10)), 0.0),
        (TWO_FACTORS, 1.0),
        (np.hstack([EYE[:, :5], EYE[:, :5]]).T + np.hstack([EYE[:, 5:], EYE[:, 5:]]).T, 1 - LOSS),
    ],
    ids=["diagonal", "zeros", "one code, two factors", "redundant codes"],
)
def test_completeness_is_exact_on_the_published_matrices(importance, value):
    assert completeness(importance) == pytest.approx(value, abs=1e-8)


def test_codes_weigh_by_their_importance_in_disentanglement():
    importance = np.array([[3.0, 0.0], [1.0, 1.0]])
    assert disentanglement(importance) == pytest.approx(3 / 5, abs=1e-8)


@pytest.mark.parametrize(
    ("information", "value"),
    [
        (EYE, 1.0),
        (np.diag([5.0, 1.0, 0.0]), 2 / 3),
        (np.zeros((10, 10)), 0.0),
        (np.vstack([EYE, EYE]), 1.0),
        (EYE[:2], 1.0),
        (TWO_FACTORS, 8 / 9),
    ],
    ids=["diagonal", "one empty code", "zeros", "redundant", "missed factors", "two factors"],
)
def test_modularity_is_exact_on_the_published_matrices(information, value):
    assert modularity_of_codes(information).mean() == pytest.approx(value, abs=1e-12)


def test_the_gap_of_two_equal_codes_is_zero():
    assert top_gaps(np.array([[0.7], [0.7], [0.1]]))[0] == 0.0


def test_squared_correlations_are_those_of_numpy():
    rng = np.random.default_rng(0)
    codes, factors = rng.normal(size=(50, 3)), rng.normal(size=(50, 2))
    twin = np.corrcoef(codes.T, factors.T)[:3, 3:] ** 2
    assert squared_correlations(codes, factors) == pytest.approx(twin, abs=1e-12)


def test_a_dead_code_has_no_correlation_and_a_huge_one_does_not_overflow():
    factor = np.arange(9.0)[:, None]
    codes = np.hstack([factor * 1e-8, factor * 1e200, np.ones_like(factor)])
    assert squared_correlations(codes, factor).ravel() == pytest.approx([0.0, 1.0, 0.0])
