"""The bounds that the published implementation is tested against, on its own test data."""

import numpy as np
import pytest

from unbraid import scores
from unbraid.core.rng import stream


def independent(n, seed=0):
    """Ten independent factors with the values 1 to 10."""
    return stream(seed, "published").integers(1, 11, size=(n, 10))


def shuffled_rows(factors):
    """Codes that are the factors, in an order of its own for each sample."""
    return stream(1, "published").permuted(factors, axis=1)


def doubled(factors):
    return np.hstack([factors, factors])


@pytest.mark.parametrize(
    ("name", "codes", "low", "high"),
    [
        ("mig", np.asarray, 0.9, 1.0),
        ("mig", np.zeros_like, 0.0, 0.2),
        ("mig", doubled, 0.0, 0.1),
        ("modularity", np.asarray, 0.9, 1.0),
        ("modularity", doubled, 0.9, 1.0),
        ("sap_continuous", np.asarray, 0.9, 1.0),
        ("sap_continuous", np.zeros_like, 0.0, 0.2),
        ("sap_continuous", doubled, 0.0, 0.2),
    ],
)
def test_scores_of_three_thousand_samples_are_in_bounds(name, codes, low, high):
    factors = independent(3000)
    assert low <= scores.load(name)(codes(factors), factors).value <= high


def test_modularity_of_shuffled_codes_is_low():
    factors = independent(20_000)
    assert scores.modularity(shuffled_rows(factors), factors).value <= 0.2


@pytest.mark.parametrize(
    ("codes", "disentangled", "complete"),
    [
        (np.asarray, (0.9, 1.0), (0.9, 1.0)),
        (shuffled_rows, (0.0, 0.2), (0.0, 0.2)),
        (doubled, (0.9, 1.0), (0.9 - np.log(2) / np.log(10), 1.1 - np.log(2) / np.log(10))),
    ],
    ids=["identity", "shuffled", "doubled"],
)
def test_dci_is_in_bounds(codes, disentangled, complete):
    train, test = independent(1000), independent(1000, seed=1)
    given = (codes(train), train, codes(test), test)
    assert disentangled[0] <= scores.dci_disentanglement(*given).value <= disentangled[1]
    assert complete[0] <= scores.dci_completeness(*given).value <= complete[1]


@pytest.mark.parametrize("name", ["beta_vae_score", "factor_vae_score"])
def test_interventions_find_the_factors_of_the_identity(name):
    factors = independent(3000)
    found = scores.load(name)(factors, factors, batch_size=5, n_train=3000, n_eval=2000)
    assert 0.9 <= found.value <= 1.0


def test_the_factor_vae_score_of_zeros_is_zero():
    factors = independent(3000)
    found = scores.factor_vae_score(np.zeros_like(factors), factors, batch_size=5)
    assert found.value == 0.0
    assert "no code has a standard deviation" in found.reason
