"""DCI-ES's explicitness and size, and statistical efficiency."""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from unbraid import evaluate, scores
from unbraid.core import memo
from unbraid.core.rng import stream
from unbraid.numerics import probes
from unbraid.numerics.capacity import loss_curve

RNG = stream(0, "capacity")
FACTORS = np.stack([RNG.integers(size, size=1200) for size in (2, 4, 8)], axis=1)
CODES = FACTORS @ RNG.normal(size=(3, 3)) + 0.3 * RNG.normal(size=(1200, 3))
GIVEN = CODES[:800], FACTORS[:800], CODES[800:], FACTORS[800:]


def test_a_binary_copy_needs_two_leaves_and_noise_finds_none():
    rng = stream(0, "a binary copy needs two")
    table = np.tile([[0], [1]], (400, 1))
    # The loss falls from log 2 to next to nothing at the first of ten doublings.
    assert scores.dci_explicitness(table, table).value == pytest.approx(0.9, abs=0.01)
    noise = rng.normal(size=(800, 1))
    assert scores.dci_explicitness(noise, table).value == pytest.approx(-1.0, abs=0.02)


@pytest.mark.parametrize("doublings", [2, 4, 5])
def test_a_copy_of_many_values_needs_a_leaf_for_each(doublings):
    table = np.tile(np.arange(2**doublings)[:, None], (40, 1))
    found = scores.dci_explicitness(table * 1.0, table, table * 1.0, table)
    assert found.value == pytest.approx(1 - doublings / 10, abs=0.05)


def test_a_rotation_is_less_explicit_than_the_factors():
    rng = stream(0, "a rotation is less expli")
    turned = FACTORS @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    plain = scores.dci_explicitness(FACTORS, FACTORS).value
    assert scores.dci_explicitness(turned, FACTORS).value < plain - 0.1


def test_one_tree_gives_the_losses_of_a_tree_of_each_size():
    for k in range(3):
        curve = loss_curve(*(each if each.shape[1] == 3 and each.dtype == float else each[:, k]
                             for each in GIVEN))  # fmt: skip
        losses = []
        for doubling in range(11):
            if doubling == 0:
                counts = np.bincount(GIVEN[1][:, k])[None]
                leaf = np.zeros(400, dtype=int)
            else:
                fit = DecisionTreeClassifier(
                    criterion="entropy", max_leaf_nodes=2**doubling, random_state=0
                )
                mean, spread = GIVEN[0].mean(axis=0), GIVEN[0].std(axis=0)
                fit.fit((GIVEN[0] - mean) / spread, GIVEN[1][:, k])
                counts = fit.tree_.value[:, 0] * fit.tree_.n_node_samples[:, None]
                leaf = fit.apply((GIVEN[2] - mean) / spread)
            share = np.bincount(GIVEN[1][:, k]) / 800
            likely = (counts[leaf] + share) / (counts[leaf].sum(axis=1, keepdims=True) + 1)
            losses.append(-np.log(likely[np.arange(400), GIVEN[3][:, k]]).mean())
        assert curve == pytest.approx(np.minimum.accumulate(losses), abs=1e-9)


def test_size_is_the_ratio_of_the_numbers_and_has_no_floor():
    found = evaluate(CODES, FACTORS[:, :2], ["dci_size"], calibrated=True)["dci_size"]
    assert found.value == pytest.approx(2 / 3)
    assert (found.floor, found.ceiling, found.calibrated) == (None, None, None)
    fewer = scores.dci_size(CODES[:, :1], FACTORS)
    assert fewer.value == 1.0
    assert fewer.reason == "there are fewer codes than factors: 1 and 3"


@pytest.mark.parametrize("kind", ["lr", "gbt"])
def test_efficiency_is_the_ratio_of_two_probes(kind):
    found = scores.load(f"efficiency_{kind}")(*GIVEN, few=50, many=800)
    few, many = (scores.load(f"probe_{kind}_{n}")(*GIVEN).value for n in (50, 800))
    assert found.value == few / many
    assert found.parts["accuracy"].mean(axis=1) == pytest.approx([few, many])


@pytest.mark.parametrize("kind", ["lr", "gbt"])
def test_efficiency_of_noise_is_flagged_and_not_one(kind):
    rng = stream(0, "efficiency of noise is f")
    noise = rng.normal(size=(1200, 3))
    given = noise[:800], FACTORS[:800], noise[800:], FACTORS[800:]
    found = scores.load(f"efficiency_{kind}")(*given, few=50, many=800)
    assert found.status == "undefined"
    assert found.reason == "after 800 samples the accuracy is that of guessing"


def test_efficiency_of_fewer_rows_than_it_needs_is_undefined():
    assert "10000 samples" in scores.efficiency_lr(*GIVEN).reason


def test_efficiency_and_probes_learn_once():
    with memo.sharing():
        first = probes.linear_accuracy(*GIVEN, 50)
        assert probes.linear_accuracy(*GIVEN, 50) is first
