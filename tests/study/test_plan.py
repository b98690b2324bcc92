from pathlib import Path

import pytest

from unbraid.core.errors import InputError
from unbraid.study import plan_runs


def plan(*learners, **rest):
    return plan_runs(Path("out"), learners, dataset="digits", scores=("mig",), **rest)


def test_several_seeds_make_a_run_each_in_a_folder_of_its_own():
    runs = plan("pca", "identity", seed=3, n_seeds=2)
    assert [run.name for run in runs] == ["pca-3", "pca-4", "identity-3", "identity-4"]
    assert [run.seed for run in runs] == [3, 4, 3, 4]
    assert runs[1].params["random_state"] == 4


def test_more_seeds_leave_the_runs_that_were_there_as_they_are():
    for seed in (0, 2):
        assert plan("pca", seed=seed)[0] == plan("pca", seed=seed, n_seeds=3)[0]


def test_a_setting_reaches_all_learners_that_have_it():
    pca, ica, identity = plan("pca", "ica", "identity", settings={"n_codes": 3})
    assert pca.params["n_codes"] == ica.params["n_codes"] == 3
    assert "n_codes" not in identity.params


def test_a_setting_of_one_learner_goes_before_that_of_all_in_either_order():
    for settings in ({"n_codes": 3, "ica.n_codes": 5}, {"ica.n_codes": 5, "n_codes": 3}):
        pca, ica = plan("pca", "ica", settings=settings)
        assert (pca.params["n_codes"], ica.params["n_codes"]) == (3, 5)


def test_a_setting_that_no_learner_has_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="n_codes"):
        plan("pca", settings={"n_code": 3})
    with pytest.raises(InputError, match=r"ica\.n_codes"):
        plan("pca", settings={"ica.n_codes": 3})


def test_a_seed_among_the_settings_is_refused_with_the_option_that_sets_it():
    with pytest.raises(InputError, match=r"no setting: got beta_vae\.random_state; try --seed"):
        plan("beta_vae", settings={"beta_vae.random_state": 7})
