"""What is done to factors before scores see them."""

import numpy as np
import pytest

from unbraid import evaluate, scores
from unbraid.core import memo
from unbraid.core.errors import InputError
from unbraid.core.factors import complete, countable
from unbraid.core.rng import stream

RNG = stream(0, "factors")
FACTORS = RNG.integers(4, size=(300, 3))
CODES = FACTORS + 0.3 * RNG.normal(size=FACTORS.shape)


def spoiled():
    """Factors that lack a value in every third row."""
    factors = FACTORS.astype(float)
    factors[::3, 1] = np.nan
    return factors


@pytest.mark.parametrize("name", ["mig", "sap_continuous", "explicitness"])
def test_rows_that_lack_a_factor_are_left_out_and_the_score_says_so(name):
    whole = np.arange(300) % 3 > 0
    found = scores.load(name)(CODES, spoiled(), CODES, spoiled())
    kept = CODES[whole], FACTORS[whole]
    assert found.value == scores.load(name)(*kept, *kept).value
    assert "100 of 300 rows lack a factor and are left out" in found.reason


def test_scores_of_codes_alone_are_about_the_same_rows_too():
    whole = np.arange(300) % 3 > 0
    found = evaluate(CODES, spoiled(), "hoyer", intervals=True)["hoyer"]
    kept = evaluate(CODES[whole], FACTORS[whole], "hoyer", intervals=True)["hoyer"]
    assert (found.value, found.low) == (kept.value, kept.low)
    assert "100 of 300 rows lack a factor" in found.reason


def test_floor_ceiling_and_interval_take_the_same_rows():
    whole = np.arange(300) % 3 > 0
    wanted = {"calibrated": True, "intervals": True}
    lacking = evaluate(CODES, spoiled(), ["mig", "sap"], **wanted)
    kept = evaluate(CODES[whole], FACTORS[whole].astype(float), ["mig", "sap"], **wanted)
    for name, score in kept.items():
        for part in ("value", "floor", "ceiling", "calibrated", "p_value", "low", "high"):
            assert getattr(lacking[name], part) == getattr(score, part)


def test_rows_of_whole_factors_are_the_same_objects():
    assert complete(CODES, FACTORS)[1] is FACTORS
    assert complete(CODES, FACTORS * 1.0)[0] is CODES


def test_scores_share_the_rows_that_are_left():
    factors = spoiled()
    with memo.sharing():
        assert complete(CODES, factors)[0] is complete(CODES, factors)[0]


def test_factors_that_no_row_has_all_of_are_an_error():
    factors = np.array([[np.nan, 1.0], [1.0, np.nan], [np.nan, 2.0]])
    with pytest.raises(InputError, match="every row lacks a factor"):
        complete(CODES[:3], factors)


def test_a_continuous_factor_is_counted_in_bins_of_equally_many_rows():
    rng = stream(0, "a continuous factor is c")
    factors = rng.normal(size=(400, 1))
    found = countable(factors, factors[:7], ("continuous",))
    assert np.unique(found.factors, return_counts=True)[1].tolist() == [20] * 20
    assert np.array_equal(found.others, found.factors[:7])


@pytest.mark.parametrize(
    ("factor", "kind"),
    [(FACTORS[:, :1], "continuous"), (np.arange(300)[:, None], "periodic"),
     (RNG.normal(size=(300, 1)), "ordinal")],
)  # fmt: skip
def test_factors_of_few_or_whole_values_and_other_kinds_are_left_as_they_are(factor, kind):
    found = countable(factor, factor, (kind,))
    assert found.factors is factor
    assert found.caution is None


def test_a_declared_continuous_factor_is_scored_with_a_caution_and_an_undeclared_one_is_not():
    rng = stream(0, "a declared continuous fa")
    factors = rng.normal(size=(400, 2))
    assert scores.mig(factors, factors).status == "undefined"
    found = scores.mig(factors, factors, factor_kinds=("continuous", "continuous"))
    assert found.value > 0.4
    assert found.reason == "factors 0, 1 are continuous and counted in 20 quantile bins"


def test_continuous_factors_are_calibrated_too():
    rng = stream(0, "continuous factors are c")
    factors = rng.normal(size=(400, 2))
    kinds = ("continuous", "continuous")
    names = ["mig", "dci_disentanglement"]
    for codes, place in ((factors, 1.0), (rng.normal(size=(400, 2)), 0.0)):
        found = evaluate(codes, factors, names, factor_kinds=kinds, calibrated=True)
        assert [each.calibrated for each in found.values()] == pytest.approx([place] * 2, abs=0.02)


def test_a_score_of_numbers_says_which_factors_are_none():
    kinds = ("categorical", "ordinal", "periodic")
    found = scores.sap_continuous(CODES, FACTORS, factor_kinds=kinds)
    assert found.value == scores.sap_continuous(CODES, FACTORS).value
    assert found.reason == (
        "factor 0 is categorical and taken for numbers; factor 2 is periodic and taken for numbers"
    )


def test_a_reason_calls_factors_by_their_names():
    factors = np.column_stack([FACTORS[:, 0], np.full(len(FACTORS), 7), np.zeros(len(FACTORS))])
    for names, said in (
        ((), "factors 1, 2 are"),
        (("shape", "hue", "age"), "factors hue, age are"),
    ):
        found = evaluate(CODES, factors, "mig", factor_names=names)["mig"]
        assert found.reason.startswith(said)


@pytest.mark.parametrize("kinds", [("periodic",), ("ordinal",) * 3])
def test_kinds_that_do_not_fit_the_factors_are_refused_by_scores_too(kinds):
    codes, factors = np.eye(4), np.arange(8).reshape(4, 2) % 3
    with pytest.raises(InputError, match=r"factor.kind"):
        scores.mig(codes, factors, factor_kinds=kinds)
