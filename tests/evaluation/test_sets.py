"""Sets of scores that are asked for by one word."""

import numpy as np
import pytest

from unbraid import scores
from unbraid.core.errors import InputError
from unbraid.evaluation import SETS, evaluate, select


@pytest.mark.parametrize("name", SETS)
def test_every_set_names_scores_that_there_are_each_once(name):
    assert set(SETS[name]) <= set(scores.names())
    assert select(name) == SETS[name]
    assert len(set(SETS[name])) == len(SETS[name])


def test_every_score_is_in_a_set():
    named = {name for each in SETS.values() for name in each}
    assert set(scores.names()) - named <= {"sap_continuous", "snc", "nk"}


def test_all_is_every_score_with_the_studys_first():
    assert sorted(select("all")) == list(scores.names())
    assert select("all")[:9] == SETS["study"]


def test_sets_and_names_mix_and_none_comes_twice():
    assert select("mcc, sparsity,l0,mcc") == ("mcc", *SETS["sparsity"])


def test_codes_are_the_scores_that_need_no_factors():
    assert set(select("codes")) == {*SETS["dependence"], *SETS["sparsity"]}


def test_an_unknown_word_is_an_error_that_names_the_nearest():
    with pytest.raises(InputError, match="try 'information'"):
        select("informations")


def test_an_interval_does_not_leave_the_bounds_of_its_score():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(60, 2))
    found = evaluate(codes, scores="gaussian_total_correlation", intervals=True)
    total = found["gaussian_total_correlation"]
    assert 0 == total.low <= total.value < total.high


def test_a_family_may_be_asked_for_at_any_size():
    assert select("mig,probe_lr_50") == ("mig", "probe_lr_50")
    with pytest.raises(InputError, match="unknown score"):
        select("probe_lr_0")
