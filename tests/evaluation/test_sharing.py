"""What is costly is computed once for all scores that need it."""

import numpy as np
import pytest

from unbraid.core.values import Representation
from unbraid.evaluation import evaluate_representation
from unbraid.evaluation.pairings import BOOSTED
from unbraid.numerics import boosting


@pytest.mark.parametrize("calibrated", [False, True])
def test_narrow_types_are_converted_once_so_that_scores_share_their_trees(monkeypatch, calibrated):
    fitted = []

    def counted(*given):
        fitted.append(given)
        return grown(*given)

    grown = boosting.boosted_importances
    monkeypatch.setattr(boosting, "boosted_importances", counted)
    rng = np.random.default_rng(0)
    factors = rng.integers(3, size=(150, 2)).astype(np.int32)
    codes = (factors + 0.1 * rng.normal(size=(150, 2))).astype(np.float32)
    representation = Representation(
        codes=codes[:100],
        factors=factors[:100],
        codes_test=codes[100:],
        factors_test=factors[100:],
    )
    found = evaluate_representation(representation, BOOSTED, calibrated=calibrated)
    # The value; with calibration three pairings and the ceiling too.
    assert len(fitted) == (5 if calibrated else 1)
    assert None not in [each.value for each in found.values()]
