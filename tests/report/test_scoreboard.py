import pytest

from unbraid.core.values import Score
from unbraid.evaluation import select
from unbraid.report import glossary
from unbraid.report.headline import caution, headline
from unbraid.report.scoreboard import scoreboard


def score(name, value, better="higher", **rest):
    status = {} if value is not None else {"status": "undefined", "reason": "one code"}
    return Score(name=name, value=value, unit="fraction", better=better, **(status | rest))


def board(**values):
    """Return the table of mig, sap and so on, given as learner={name: value}."""
    return scoreboard(
        {
            who: {name: score(name, value) for name, value in held.items()}
            for who, held in values.items()
        }
    )


def said(**values):
    return headline(board(**values), list(values))


def test_the_study_scores_come_first_in_their_order():
    names = ["probe_lr_10", "sap", "novel", "mig"]
    table = board(a=dict.fromkeys(names, 0.5))
    assert [column.name for column in table.columns] == ["mig", "sap", "probe_lr_10", "novel"]


def test_the_best_is_the_lowest_where_lower_is_better():
    table = scoreboard(
        {w: {"gap": score("gap", v, "lower")} for w, v in {"a": 0.1, "b": 0.2}.items()}
    )
    assert table.others[0].best == ("a",)


def test_values_that_read_the_same_are_ties():
    table = board(a={"mig": 0.50004}, b={"mig": 0.49996}, c={"mig": 0.4})
    assert table.study[0].best == ("a", "b")
    assert table.study[0].cells["b"].best


def test_one_value_alone_is_not_the_best():
    table = board(a={"mig": 0.5}, b={"mig": None})
    assert table.study[0].best == ()
    assert table.study[0].cells["b"].text == "undefined"


def test_a_reason_is_a_footnote_shared_by_all_whom_it_concerns():
    table = board(a={"mig": None, "sap": 0.1}, b={"mig": None, "sap": 0.2})
    assert table.notes == ("a, b; mig is undefined: one code",)
    assert [table.study[0].cells[who].note for who in "ab"] == [1, 1]


def test_a_caution_about_a_value_is_a_footnote_too():
    table = scoreboard({"a": {"mig": score("mig", 0.5, reason="factor x is constant")}})
    assert table.notes == ("a; mig: factor x is constant",)
    assert table.study[0].cells["a"].text == "0.500"


def test_interval_floor_and_ceiling_are_shown_where_they_are_known():
    whole = score("mig", 0.5, low=0.4, high=0.6, floor=0.1, ceiling=0.9, calibrated=0.5)
    cell = scoreboard({"a": {"mig": whole}}).study[0].cells["a"]
    assert cell.details == ("0.400 to 0.600", "calibrated 0.500")
    assert (cell.share, cell.floor, cell.ceiling) == (0.5, 0.1, 0.9)
    assert "floor 0.1" in cell.tip


@pytest.mark.parametrize(
    ("values", "shares"), [((2.0, 4.0), (0.5, 1.0)), ((-1.0, 1.0), (0.0, 1.0))]
)
def test_bars_of_other_ranges_stay_within_their_cell(values, shares):
    table = board(a={"kl": values[0]}, b={"kl": values[1]})
    assert tuple(table.others[0].cells[who].share for who in "ab") == shares


def test_the_headline_counts_firsts_among_the_study_scores_only():
    a = {"mig": 0.9, "sap": 0.9, "modularity": 0.1, "probe_lr_10": 0.0}
    b = {"mig": 0.1, "sap": 0.1, "modularity": 0.9, "probe_lr_10": 1.0}
    assert said(a=a, b=b) == "a ranks first on 2 of the 3 study scores; b on modularity."


def test_the_headline_of_a_clean_sweep_and_of_a_single_score():
    assert said(a={"mig": 0.9, "sap": 0.9}, b={"mig": 0.1, "sap": 0.1}) == (
        "a ranks first on both study scores."
    )
    assert said(a={"mig": 0.9}, b={"mig": 0.1}) == "a ranks first on the one study score."


def test_the_headline_tells_ties():
    tied = said(a={"mig": 0.5, "sap": 0.9}, b={"mig": 0.5, "sap": 0.1})
    assert tied == "a ranks first on both study scores (mig shared)."
    both = said(a={"mig": 0.1, "sap": 0.9}, b={"mig": 0.5, "sap": 0.1})
    assert both == "a and b each rank first on 1 of the 2 study scores."
    assert (
        said(a={"mig": 0.5}, b={"mig": 0.5}) == "All 2 learners are level on the one study score."
    )


def test_the_headline_leaves_out_what_cannot_be_compared_and_says_so():
    text = said(a={"mig": 0.9, "sap": None}, b={"mig": 0.1, "sap": 0.2})
    assert text == "a ranks first on the one study score that can be compared (of 2)."
    nothing = said(a={"mig": None}, b={"mig": 0.5})
    assert nothing == "No study score has a value for two learners, so none can be compared."


def test_the_headline_of_little():
    assert headline(scoreboard({}), []) == "Nothing has been scored yet."
    assert said(a={"mig": 0.5}) == "a is alone: there is no other learner to compare it with."
    assert said(a={"x": 2.0}, b={"x": 1.0}) == "a ranks first on the one score."


def test_a_ranking_without_intervals_is_cautioned_against():
    plain = board(a={"mig": 0.5}, b={"mig": 0.4})
    assert "without intervals" in caution(plain)
    assert "Floors" in caution(plain)
    whole = {
        who: {"mig": score("mig", value, low=0.1, high=0.9, floor=0.0, ceiling=1.0)}
        for who, value in {"a": 0.5, "b": 0.4}.items()
    }
    assert caution(scoreboard(whole)) == ""
    assert caution(board(a={"mig": 0.5})) == ""


def test_scores_of_codes_alone_rank_nothing():
    hoyer = {
        name: {"hoyer": Score(name="hoyer", value=value, unit="fraction", better="higher")}
        for name, value in (("ica", 0.3), ("pca", 0.2))
    }
    assert "rank none" in headline(scoreboard(hoyer), ["ica", "pca"])


def test_every_score_that_needs_no_factors_is_known_to_describe_only():
    assert frozenset(select("codes")) == glossary.DESCRIPTIVE
