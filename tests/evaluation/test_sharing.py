"""What is costly is computed once for all scores that need it."""

import numpy as np
import pytest

from unbraid.core import memo
from unbraid.core.values import Representation
from unbraid.evaluation import evaluate_representation
from unbraid.numerics import boosting

BOOSTED = ("dci_disentanglement", "dci_completeness", "dci_informativeness")


@pytest.fixture
def fitted(monkeypatch):
    """What trees were fitted to, once for each time."""
    given = []

    def counted(*arrays):
        given.append(arrays)
        return grown(*arrays)

    grown = boosting.boosted_importances
    monkeypatch.setattr(boosting, "boosted_importances", counted)
    return given


@pytest.fixture
def narrow():
    """Codes and factors of narrow types, with held-out rows."""
    rng = np.random.default_rng(0)
    factors = rng.integers(3, size=(150, 2)).astype(np.int32)
    codes = (factors + 0.1 * rng.normal(size=(150, 2))).astype(np.float32)
    return Representation(
        codes=codes[:100],
        factors=factors[:100],
        codes_test=codes[100:],
        factors_test=factors[100:],
    )


@pytest.mark.parametrize("calibrated", [False, True])
def test_narrow_types_are_converted_once_so_that_scores_share_their_trees(
    fitted, narrow, calibrated
):
    found = evaluate_representation(narrow, BOOSTED, calibrated=calibrated)
    # The value; with calibration six pairings, for factors have three values, and the ceiling.
    assert len(fitted) == (8 if calibrated else 1)
    assert None not in [each.value for each in found.values()]


def test_scores_that_are_measured_one_by_one_in_a_block_share_their_trees(fitted, narrow):
    with memo.sharing():
        for name in BOOSTED:
            evaluate_representation(narrow, [name])
    assert len(fitted) == 1
