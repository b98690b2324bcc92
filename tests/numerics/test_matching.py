"""Matching and the Amari distance, against enumeration and closed forms."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import spearmanr

from unbraid.core.rng import stream
from unbraid.numerics.amari import amari_distance
from unbraid.numerics.matching import correlations, match


def test_a_matching_is_the_best_of_all_permutations():
    likeness = stream(0, "matching").uniform(size=(5, 5))
    best = max(likeness[np.arange(5), list(order)].sum() for order in permutations(range(5)))
    assert likeness[match(likeness)].sum() == pytest.approx(best)


def test_rank_correlation_is_spearmans():
    rng = stream(0, "ranks")
    codes, factors = rng.normal(size=(40, 2)), rng.integers(4, size=(40, 2))
    twin = np.abs(spearmanr(np.hstack([codes, factors])).statistic[:2, 2:])
    np.testing.assert_allclose(correlations(codes, factors, ranks=True), twin)


@pytest.mark.parametrize("variant", ["absolute", "squared"])
def test_the_amari_distance_of_an_inverse_up_to_order_and_scale_is_zero(variant):
    rng = stream(0, "amari")
    A = rng.normal(size=(4, 4))
    W = np.linalg.inv(A)[rng.permutation(4)] * rng.uniform(-9, -1, size=4)[:, None]
    assert amari_distance(W, A, variant=variant) == pytest.approx(0, abs=1e-12)
    assert amari_distance(rng.normal(size=(4, 4)), A, variant=variant) > 0.1


def test_the_two_amari_distances_of_a_small_error_are_known():
    W = np.array([[1.0, 0.1], [0.0, 1.0]])
    assert amari_distance(W, np.eye(2)) == pytest.approx(0.05)
    assert amari_distance(W, np.eye(2), variant="squared") == pytest.approx(0.005)
