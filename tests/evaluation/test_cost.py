"""How long scores will take is said before, for all that may take minutes."""

import numpy as np
import pytest

from unbraid.core.values import Representation
from unbraid.evaluation.cost import estimated_seconds

MINUTE = 60


def codes(n, d, **rest):
    factors = np.stack([np.arange(n) % 4, np.arange(n) % 7], axis=1)
    return Representation(codes=np.zeros((n, d)), factors=factors, **rest)


@pytest.mark.parametrize(
    ("score", "by"),
    [
        ("probe_gbt_100", "probe_gbt_100"),
        ("efficiency_gbt", "probe_gbt_100"),
        ("probe_lr_1000", "probe_lr_1000"),
        ("infoc", "infom"),
        ("infoe", "infoe"),
        ("nk", "nk"),
        ("dci_size", "dci"),
        ("sap", "sap"),
    ],
)
def test_wide_codes_take_minutes_to_calibrate_by_any_costly_score(score, by):
    wide = codes(3000, 10_000)
    plain, calibrated = (
        estimated_seconds(score, wide),
        estimated_seconds(score, wide, calibrated=True),
    )
    assert list(plain) == [by]
    assert calibrated[by] > 10 * plain[by]
    assert calibrated[by] > 5 * MINUTE
    narrow = estimated_seconds(score, codes(2000, 5))
    assert narrow[by] < 5


def test_what_is_measured_together_counts_once():
    found = estimated_seconds("dci_size,dci_completeness,infom,infoc,mig", codes(3000, 100))
    assert set(found) == {"dci", "infom"}


def test_a_probe_of_more_labels_than_there_are_to_learn_from_costs_nothing():
    assert estimated_seconds("probe_gbt_1000", codes(1200, 10)) == {}
    rows = {"codes_test": np.zeros((2, 10)), "factors_test": np.zeros((2, 2), dtype=int)}
    assert list(estimated_seconds("probe_gbt_1000", codes(1200, 10, **rows))) == ["probe_gbt_1000"]


def test_codes_without_factors_are_scored_in_seconds():
    assert estimated_seconds("hoyer", Representation(codes=np.zeros((9, 2)))) == {}
