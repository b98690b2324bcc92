"""Values that are known exactly, on tables that hold every combination of the factors once."""

import numpy as np
import pytest

from unbraid import scores


def every(*sizes):
    return np.indices(sizes).reshape(len(sizes), -1).T


def twice(table):
    """Codes and factors to learn from, and the same held out."""
    return table * 1.0, table, table * 1.0, table


def test_mig_of_a_copy_is_one():
    assert scores.mig(every(4, 5), every(4, 5)).value == pytest.approx(1.0, abs=1e-12)


def test_mig_of_every_code_twice_is_zero():
    assert scores.mig(np.hstack([every(4, 5)] * 2), every(4, 5)).value == 0.0


def test_twenty_bins_cannot_hold_forty_values():
    factors = every(40, 2)
    gap = (np.log(20) / np.log(40) + 1) / 2
    assert scores.mig(factors, factors).value == pytest.approx(gap, abs=1e-12)


def test_mig_of_two_packed_factors_is_the_share_of_the_mean():
    packed = every(4, 4) @ [[4], [1]]
    codes = np.hstack([packed, np.zeros_like(packed)])
    assert scores.mig(codes, every(4, 4)).value == pytest.approx(1.0, abs=1e-12)


def test_mig_leaves_a_constant_factor_out():
    factors = np.hstack([every(4, 5), np.full((20, 1), 7)])
    found = scores.mig(every(4, 5), factors)
    assert found.value == pytest.approx(1.0, abs=1e-12)
    assert found.reason == "factor 2 is constant and left out"


def test_mig_shows_the_information_behind_it():
    found = scores.mig(every(4, 5), every(4, 5))
    assert found.parts["mutual_information"] == pytest.approx(np.diag(np.log([4, 5])), abs=1e-12)
    assert found.parts["entropies"] == pytest.approx(np.log([4, 5]), abs=1e-12)


def test_modularity_of_a_copy_is_one_and_of_packed_factors_is_zero():
    assert scores.modularity(every(4, 4), every(4, 4)).value == pytest.approx(1.0, abs=1e-12)
    packed = every(4, 4) @ [[4], [1]]
    assert scores.modularity(packed, every(4, 4)).value == pytest.approx(0.0, abs=1e-12)


def test_a_code_that_holds_two_of_three_factors_alike_has_modularity_a_half():
    packed = every(4, 4, 2) @ [[4], [1], [0]]
    assert scores.modularity(packed, every(4, 4, 2)).value == pytest.approx(0.5, abs=1e-12)


def test_a_dead_code_counts_as_zero_in_modularity():
    codes = np.hstack([every(4, 4), np.zeros((16, 2), dtype=int)])
    assert scores.modularity(codes, every(4, 4)).value == pytest.approx(0.5, abs=1e-12)


def test_sap_of_a_copy_of_two_binary_factors_is_a_half():
    table = np.tile(every(2, 2), (300, 1))
    assert scores.sap(*twice(table)).value == 0.5


def test_sap_of_every_code_twice_is_zero():
    table = np.tile(every(2, 2), (30, 1))
    assert scores.sap(np.hstack([table] * 2), table, np.hstack([table] * 2), table).value == 0.0


def test_continuous_sap_of_a_copy_is_one():
    assert scores.sap_continuous(every(4, 5), every(4, 5)).value == pytest.approx(1.0, abs=1e-12)


def test_continuous_sap_of_a_quarter_turn_is_zero():
    turned = every(4, 4) @ [[1, 1], [1, -1]]
    assert scores.sap_continuous(turned, every(4, 4)).value == pytest.approx(0.0, abs=1e-12)


def test_explicitness_is_one_for_a_copy_and_a_half_for_nothing():
    table = every(4, 5)
    ends = np.tile(every(2, 2), (5, 1))
    assert scores.explicitness(*twice(ends)).value == 1.0
    nothing = scores.explicitness(np.zeros((20, 1)), table, np.zeros((20, 1)), table)
    assert nothing.value == 0.5


def test_explicitness_leaves_out_a_factor_that_the_held_out_samples_hold_fixed():
    table = np.tile(every(3, 2), (5, 1))
    fixed = table[table[:, 1] == 0]
    found = scores.explicitness(table * 1.0, table, fixed * 1.0, fixed)
    assert "factor 1 is without two values" in found.reason
    assert np.isnan(found.parts["auc"]).tolist() == [False, True]


def test_dci_of_a_copy_is_one_in_all_three_parts():
    table = np.tile(every(3, 4), (10, 1))
    for part in ("disentanglement", "completeness", "informativeness"):
        assert scores.load(f"dci_{part}")(*twice(table)).value == pytest.approx(1.0, abs=1e-6)


def test_dci_of_packed_factors_is_complete_and_not_disentangled():
    table = np.tile(every(3, 3), (10, 1))
    packed = np.hstack([table @ [[3], [1]], np.zeros((90, 1), dtype=int)])
    given = (packed, table, packed, table)
    assert scores.dci_completeness(*given).value == pytest.approx(1.0, abs=1e-6)
    assert scores.dci_disentanglement(*given).value == pytest.approx(0.0, abs=1e-6)
    assert scores.dci_informativeness(*given).value == 1.0


def test_dci_informativeness_of_nothing_is_the_share_of_the_commonest_value():
    table = np.array([[0, 0], [0, 1], [0, 2], [1, 2]] * 10)
    nothing = np.zeros((40, 2))
    found = scores.dci_informativeness(nothing, table, nothing, table)
    assert found.value == pytest.approx((0.75 + 0.5) / 2)


def test_a_beta_vae_score_of_made_samples_uses_the_generator_and_not_the_table():
    table = every(4, 4)
    sizes = {"n_train": 300, "n_eval": 200}
    clean = scores.beta_vae_score(
        np.zeros((16, 2)), table, sample_codes=lambda factors, _: factors * 1.0, **sizes
    )
    assert clean.value > 0.99
    assert scores.beta_vae_score(np.zeros((16, 2)), table, **sizes).value < 0.65


def test_the_votes_of_a_copy_are_on_the_diagonal():
    table = np.tile(every(4, 4), (4, 1))
    found = scores.factor_vae_score(table, table, n_train=300, n_eval=200)
    assert found.value == 1.0
    votes = found.parts["votes"]
    assert votes.sum() == 300
    assert (votes == np.diag(np.diag(votes))).all()


def test_a_code_of_little_spread_casts_no_votes():
    table = np.tile(every(4, 4), (4, 1))
    codes = table * [1.0, 0.01]
    found = scores.factor_vae_score(codes, table, n_train=300, n_eval=200)
    assert found.parts["votes"][1].sum() == 0


def test_probes_of_a_copy_are_right_and_of_nothing_guess_the_commonest_value():
    table = np.tile(every(2, 2), (20, 1))
    weighted = np.where(np.arange(80)[:, None] % 4 == 3, 1, table * 0)
    for name in ("probe_lr_40", "probe_gbt_40"):
        probe = scores.load(name)
        assert probe(*twice(table)).value == 1.0
        nothing = np.zeros((80, 2))
        assert probe(nothing, weighted, nothing, weighted).value == 0.75


def test_a_probe_of_more_samples_than_there_are_is_undefined():
    table = np.tile(every(2, 2), (20, 1))
    found = scores.probe_lr_1000(*twice(table))
    assert found.status == "undefined"
    assert found.reason == "it cannot learn from 1000 samples: there must be no more than 80"


@pytest.mark.parametrize("name", ["modularity", "beta_vae_score", "factor_vae_score"])
def test_a_constant_factor_that_takes_part_is_named(name):
    codes = np.random.default_rng(0).integers(4, size=(400, 2))
    factors = np.hstack([codes, np.full((400, 1), 7)])
    small = {} if name == "modularity" else {"n_train": 100, "n_eval": 50}
    assert scores.load(name)(codes, codes, **small).reason is None
    assert (
        "factor 2 is constant and takes part" in scores.load(name)(codes, factors, **small).reason
    )


def test_irs_tells_few_values_apart_however_far_they_lie():
    near = np.random.default_rng(0).integers(3, size=(600, 2))
    far = np.array([0, 1, 1000])[near]
    assert scores.load("irs")(near, far).value == scores.load("irs")(near, near).value == 1.0
