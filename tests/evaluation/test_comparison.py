"""Comparisons: what can be told apart, and what cannot."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from unbraid import scores as room
from unbraid.core.errors import InputError
from unbraid.core.values import Representation
from unbraid.evaluation import compare, evaluate_representation
from unbraid.evaluation.contenders import NO_SPREAD
from unbraid.evaluation.controls import input_controls
from unbraid.evaluation.intervals import spreads
from unbraid.evaluation.same_rows import apart, joined
from unbraid.evaluation.verdicts import _holm


def table(seed=0, n=600):
    return np.random.default_rng(seed).integers(4, size=(n, 2))


def noisy(factors, level, seed):
    codes = factors + level * np.random.default_rng(seed).normal(size=factors.shape)
    return Representation(codes=codes, factors=factors)


def test_equally_good_codes_are_undecided_and_share_their_ranks():
    factors = table()
    found = compare({"A": noisy(factors, 0.5, 1), "B": noisy(factors, 0.5, 2)}, "mig")
    verdict = found.verdicts[0]
    assert not verdict.decided
    assert verdict.low < 0 < verdict.high
    assert found.ranks["mig"] == {"A": (1, 2), "B": (1, 2)}


def test_better_codes_win_whether_or_not_the_rows_are_shared():
    for other in (table(), table(seed=1)):
        pair = {"worse": noisy(other, 1.0, 1), "better": noisy(table(), 0.2, 2)}
        found = compare(pair, "mig")
        assert (found.verdicts[0].first, found.verdicts[0].decided) == ("better", True)
        assert found.ranks["mig"] == {"worse": (2, 2), "better": (1, 1)}


def test_rows_in_common_make_the_difference_more_certain():
    factors, others = table(), table(seed=1)
    near = noisy(factors, 0.5, 1)
    moved = near.codes + 0.05 * np.random.default_rng(3).normal(size=near.codes.shape)
    same = compare({"A": near, "B": Representation(codes=moved, factors=factors)}, "mig")
    apart = compare({"A": near, "B": noisy(others, 0.5, 2)}, "mig")
    widths = [each.verdicts[0].high - each.verdicts[0].low for each in (same, apart)]
    assert widths[0] < widths[1]


def test_a_contender_of_other_rows_is_said_and_makes_no_others_independent():
    near, far = noisy(table(), 0.5, 1), noisy(table(seed=1), 0.5, 2)
    moved = near.codes + 0.05 * np.random.default_rng(3).normal(size=near.codes.shape)
    pair = {"A": near, "B": Representation(codes=moved, factors=near.factors)}
    alone, beside = compare(pair, "hoyer"), compare(pair | {"C": far}, "hoyer")
    assert (alone.same_rows, alone.apart) == ((("A", "B"),), ())
    assert beside.same_rows == (("A", "B"), ("C",))
    assert beside.apart == ("C has rows of other factors than A",)
    widths = [each.verdicts[0].high - each.verdicts[0].low for each in (alone, beside)]
    assert widths[0] == pytest.approx(widths[1])


def named(rows, *names):
    return replace(rows, factor_names=names)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda a: replace(a, codes=a.codes[:-9], factors=a.factors[:-9]), "B has 591 rows and A"),
        (lambda a: replace(a, codes=a.codes[::-1], factors=a.factors[::-1]), "in another order"),
        (
            lambda a: named(replace(a, factors=a.factors[:, ::-1]), "scale", "shape"),
            "B has its factors in another order than A",
        ),
        (
            lambda a: replace(a, codes_test=a.codes, factors_test=a.factors),
            "B has 600 held-out rows and A 0",
        ),
    ],
)
def test_why_two_are_taken_for_independent_is_said(other, words):
    mine = named(noisy(table(), 0.5, 1), "shape", "scale")
    said = apart({"A": mine, "B": other(mine)})
    assert len(said) == 1
    assert words in said[0]


def test_ids_put_rows_in_the_order_of_the_first_and_leave_out_what_some_lack():
    a, ids = noisy(table(n=6), 0.5, 1), np.array([1.0, 2, 3, 4, np.nan, 6])
    order = np.array([5, 2, 0, 4, 1])
    b = replace(a, codes=a.codes[order], factors=a.factors[order])
    found, note = joined({"A": a, "B": b}, {"A": ids, "B": np.array(["6", "3", "1", "", "2"])})
    assert note == "joined on ids: 4 rows of 6 in A and 5 in B"
    for each in found.values():
        assert np.array_equal(each.codes, a.codes[[0, 1, 2, 5]])
        assert np.array_equal(each.factors, a.factors[[0, 1, 2, 5]])


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([1, 2, 2], "more than once in B: got '2'"),
        ([7, 8, 9], "no id is in all: got 1 in A and 7"),
    ],
)
def test_ids_that_join_nothing_are_refused(ids, words):
    rows = noisy(table(n=3), 0.5, 1)
    with pytest.raises(InputError, match=words):
        joined({"A": rows, "B": rows}, {"A": np.array([1, 2, 3]), "B": np.array(ids)})


@pytest.mark.parametrize("name", ["mig", "sap", "explicitness", "dci_disentanglement"])
def test_a_difference_from_what_never_moves_is_as_uncertain_as_the_score(name):
    # These scores say the same of constant codes, whatever the rows.
    factors = table(n=400) // 2
    clean = noisy(factors, 0.6, 1)
    still = Representation(codes=np.zeros_like(clean.codes), factors=factors)
    found = compare({"clean": clean, "still": still}, [name], seed=3)
    verdict = found.verdicts[0]
    spread = spreads([room.load(name)], clean, seed=3)[name]
    assert (
        found.values[name]["clean"] == evaluate_representation(clean, [name], seed=3)[name].value
    )
    assert verdict.high - verdict.low == pytest.approx(2 * spread.half_width)


def test_apart_the_uncertainties_of_two_scores_add_up():
    one, other = noisy(table(), 0.5, 1), noisy(table(seed=1), 0.5, 2)
    verdict = compare({"one": one, "other": other}, "mig").verdicts[0]
    sds = [spreads([room.load("mig")], each)["mig"].sd for each in (one, other)]
    t = stats.t.ppf(0.975, 40)  # two spreads of 20 degrees of freedom, if they are alike
    assert (verdict.high - verdict.low) / 2 == pytest.approx(t * np.hypot(*sds), rel=0.02)


def test_identical_codes_differ_by_nothing():
    one = noisy(table(), 0.5, 1)
    verdict = compare({"A": one, "B": one}, "mig").verdicts[0]
    assert (verdict.difference, verdict.p_value) == (0.0, 1.0)


def test_codes_that_know_nothing_do_not_beat_shuffled_ones():
    factors = table()
    noise = Representation(
        codes=np.random.default_rng(1).normal(size=factors.shape), factors=factors
    )
    found = compare({"noise": noise, "good": noisy(factors, 0.2, 2)}, "mig")
    assert found.warnings == ("noise does not beat shuffled on mig",)


def test_each_contender_is_held_against_its_own_shuffled_codes_in_any_order():
    factors = table()
    rows = {
        "one code": Representation(codes=factors[:, :1] * 1.0, factors=factors),
        "good": noisy(factors, 0.2, 2),
        "noise": noisy(factors * 0, 1.0, 3),
    }
    rows["noise"] = replace(rows["noise"], factors=factors)
    here, there = (
        compare({name: rows[name] for name in order}, "mig,sap_continuous")
        for order in (rows, reversed(rows))
    )
    assert here.shuffled == there.shuffled
    assert here.shuffled["mig"].keys() == rows.keys()
    assert here.shuffled["mig"]["one code"] is None
    assert here.shuffled["mig"]["good"] < 0.1
    assert set(here.warnings) == set(there.warnings)
    assert "noise does not beat shuffled on mig, sap_continuous" in here.warnings
    assert not [each for each in here.warnings if each.startswith("good")]


def test_shuffled_codes_are_not_held_against_scores_that_pair_them_with_nothing():
    found = compare({"A": noisy(table(), 0.5, 1), "B": noisy(table(), 0.5, 2)}, "hoyer")
    assert (found.shuffled, found.warnings) == ({}, ())
    assert [(each.first, each.second) for each in found.verdicts] in ([("A", "B")], [("B", "A")])


def test_a_named_control_is_warned_of_and_not_ranked():
    factors = table()
    pair = {"learned": noisy(factors, 0.5, 1), "pca": noisy(factors, 0.2, 2)}
    found = compare(pair, "mig", controls=["pca"])
    assert found.ranks["mig"] == {"learned": (1, 1)}
    assert "learned does not beat pca on mig" in found.warnings


def test_a_score_without_a_value_gives_no_verdict():
    factors = table()
    one = Representation(codes=factors[:, :1] * 1.0, factors=factors)
    found = compare({"one code": one, "two": noisy(factors, 0.2, 2)}, "mig")
    assert found.values["mig"]["one code"] is None
    assert found.ranks["mig"] == {"two": (1, 1)}


def test_a_score_without_a_value_says_why():
    factors = table()
    one = Representation(codes=factors[:, :1] * 1.0, factors=factors)
    found = compare({"A": noisy(factors, 0.5, 1), "B": one}, "mig,sap")
    assert found.reasons["mig"]["B"] == "one code cannot be ahead of a second"
    assert "A" not in found.reasons["mig"]


def test_a_value_without_a_verdict_says_why():
    few = noisy(np.array([[0, 1], [1, 0], [0, 0]]), 0.2, 1)
    found = compare({"A": noisy(table(), 0.5, 1), "few": few}, "mig")
    assert found.values["mig"]["few"] is not None
    assert [(each.first, each.second) for each in found.verdicts] == [("A", "shuffled")]
    assert found.reasons == {"mig": {"few": NO_SPREAD}}


def test_holm_is_that_of_a_worked_example():
    # p = .01, .04, .03: .03, then .06 for the second, which the third cannot undercut.
    assert _holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


@pytest.mark.parametrize(
    ("given", "controls", "words"),
    [
        ({"A": None}, (), "too few"),
        ({"A": None, "shuffled": None}, (), "taken by a control"),
        ({"A": None, "B": None}, ("C",), "unknown control"),
        ({"A": None, "B": None}, ("A", "B"), "all are controls"),
    ],
)
def test_what_cannot_be_compared_is_refused(given, controls, words):
    rows = dict.fromkeys(given, noisy(table(), 0.5, 1))
    with pytest.raises(InputError, match=words):
        compare(rows, "mig", controls=controls)


@pytest.mark.parametrize("order", [("plain", "named"), ("named", "plain")])
def test_factors_without_names_may_be_those_that_have_some(order):
    plain = noisy(table(), 0.5, 1)
    rows = {"plain": plain, "named": replace(plain, factor_names=("shape", "scale"))}
    assert compare({name: rows[name] for name in order}, "hoyer").values


@pytest.mark.parametrize("order", list(permutations(("plain", "one", "other"))))
def test_other_factors_are_refused_in_any_order(order):
    plain = noisy(table(), 0.5, 1)
    rows = {
        "plain": plain,
        "one": replace(plain, factor_names=("shape", "scale")),
        "other": replace(plain, factor_names=("age", "sex")),
    }
    with pytest.raises(InputError, match="not about the same factors"):
        compare({name: rows[name] for name in order}, "hoyer")


def pixels(factors, seed=0):
    """Twelve features that mix the factors, with a little noise."""
    rng = np.random.default_rng(seed)
    return np.tanh(factors @ rng.normal(size=(2, 12))) + 0.01 * rng.normal(size=(len(factors), 12))


def test_controls_of_the_raw_input_have_the_rows_of_the_contenders():
    factors, others = table(), table(seed=1, n=50)
    samples = np.concatenate([pixels(factors), pixels(others)])
    mine = Representation(
        codes=factors * 1.0, factors=factors, codes_test=others * 1.0, factors_test=others
    )
    made, note = input_controls({"mine": mine}, samples)
    assert list(made) == ["raw", "pca", "random_projection"]
    assert note is None
    assert np.array_equal(made["raw"].codes_test, samples[600:])
    # The first component is that of the samples to learn from alone, whose scores are centred.
    assert made["pca"].codes.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    variances = np.linalg.eigvalsh(np.cov(samples[:600].T))[::-1][:2]
    assert made["pca"].codes.var(axis=0, ddof=1) == pytest.approx(variances)
    assert made["random_projection"].codes_test.shape == (50, 2)


def test_codes_that_are_no_more_than_the_raw_input_are_warned_of():
    factors = table()
    samples = pixels(factors)
    copy = Representation(codes=samples, factors=factors)
    made, _ = input_controls({"copy": copy}, samples)
    found = compare({"copy": copy} | made, "mig,sap_continuous", controls=list(made))
    assert "copy does not beat raw on mig, sap_continuous" in found.warnings
    clean = {"clean": noisy(factors, 0.1, 1)}
    made, _ = input_controls(clean, samples)
    assert compare(clean | made, "mig,sap_continuous", controls=list(made)).warnings == ()


@pytest.mark.parametrize(
    ("given", "samples", "words"),
    [
        ({"A": table()}, np.zeros((599, 3)), "599 samples and 600 rows"),
        ({"A": table()}, np.full((600, 3), np.nan), "finite"),
        ({"A": table(), "B": table(seed=1)}, np.zeros((600, 3)), "other factors in B"),
    ],
)
def test_raw_input_that_is_not_that_of_the_codes_is_refused(given, samples, words):
    rows = {name: noisy(factors, 0.5, 1) for name, factors in given.items()}
    with pytest.raises(InputError, match=words):
        input_controls(rows, samples)
