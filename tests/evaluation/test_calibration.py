"""Floors, ceilings, and where values lie between them."""

import json

import numpy as np
import pytest

from unbraid import scores as room
from unbraid.core import memo
from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.core.values import Representation, Score
from unbraid.evaluation import evaluate, evaluate_representation
from unbraid.evaluation.calibration import Scale, calibrate, placed
from unbraid.evaluation.measure import measure
from unbraid.evaluation.pairings import is_informed, null_values

SIZES = {
    "dsprites": (3, 6, 40, 32, 32),
    "cars3d": (4, 24, 183),
    "smallnorb": (5, 9, 18, 6),
    "shapes3d": (10, 10, 10, 8, 4, 15),
    "mpi3d": (4, 4, 2, 3, 3, 40, 40),
}
DCI = ("dci_disentanglement", "dci_completeness", "dci_informativeness")


def drawn(sizes, n, kind, seed=0):
    rng = np.random.default_rng(seed)
    tables = [
        np.stack([rng.integers(size, size=rows) for size in sizes], axis=1) for rows in (n, n // 2)
    ]
    codes = [
        rng.normal(size=(len(table), 10)) if kind == "noise" else table[:, ::-1] * 1.0
        for table in tables
    ]
    return Representation(
        codes=codes[0], factors=tables[0], codes_test=codes[1], factors_test=tables[1]
    )


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize(("kind", "place"), [("noise", 0.0), ("truth", 1.0)])
def test_noise_calibrates_to_zero_and_the_true_factors_to_one(name, kind, place):
    rows = drawn(SIZES[name], 600, kind)
    found = evaluate_representation(rows, ["mig", "modularity", "sap"], calibrated=True)
    for score in found.values():
        assert score.calibrated == pytest.approx(place, abs=0.02), score.name


@pytest.mark.parametrize(("kind", "place"), [("noise", 0.0), ("truth", 1.0)])
def test_trees_and_drawn_samples_are_calibrated_too(kind, place):
    rows = drawn((2, 3), 300, kind)
    names = [*DCI, "beta_vae_score", "factor_vae_score", "explicitness"]
    found = evaluate_representation(rows, names, calibrated=True)
    for score in found.values():
        assert score.calibrated == pytest.approx(place, abs=0.02), score.name


def test_the_floor_of_trees_is_that_of_pairings_each_fitted_anew():
    rows = drawn((2, 3), 200, "noise")
    functions = [room.load(name) for name in DCI]
    combined = null_values(functions, rows, seed=0, n_permutations=20)
    rng = np.random.default_rng(1)
    fitted = []
    for _ in range(8):
        order = rng.permutation(len(rows.codes)), rng.permutation(len(rows.codes_test))
        paired = [rows.codes[order[0]], rows.factors, rows.codes_test[order[1]]]
        with memo.sharing():
            fitted.append([each(*paired, rows.factors_test).value for each in functions])
    errors = np.std(fitted, axis=0, ddof=1) * np.sqrt(1 / 8 + 1 / 4)
    for function, mean, error in zip(functions, np.mean(fitted, axis=0), errors, strict=True):
        assert abs(combined[function.name].values.mean() - mean) < 4 * error


def test_calibrating_inside_a_sharing_block_does_not_change_later_values():
    rows = drawn((3, 4), 200, "truth")
    functions = [room.load(name) for name in DCI]
    alone = measure(functions[0], rows, 0).value
    with memo.sharing():
        calibrate(functions, rows, n_permutations=6)
        assert measure(functions[0], rows, 0).value == alone


def test_a_mixture_of_noise_and_truth_lies_between():
    rng = np.random.default_rng(0)
    factors = rng.integers(4, size=(1000, 2))
    codes = factors @ [[1.0, 0.4], [-0.4, 1.0]] + 0.3 * rng.normal(size=factors.shape)
    score = evaluate(codes, factors, "mig", calibrated=True)["mig"]
    assert 0.1 < score.calibrated < 0.9
    assert score.p_value == pytest.approx(1 / 21)


def test_only_codes_that_know_nothing_are_put_at_zero():
    null = np.array([0.5, 0.6, 0.7])
    knowing = Scale(floor=0.6, ceiling=1.1, null=null, informed=True)
    ignorant = Scale(floor=0.6, ceiling=1.1, null=null)
    assert knowing.calibrated(0.85) == pytest.approx(0.5)
    assert ignorant.calibrated(0.85) == 0.0
    assert ignorant.calibrated(1.1) == 1.0


def test_one_code_among_noise_makes_codes_informed():
    rng = np.random.default_rng(0)
    factors = rng.integers(4, size=(500, 3))
    codes = rng.normal(size=(500, 10))
    assert not is_informed(Representation(codes=codes, factors=factors), seed=0, n_permutations=20)
    codes[:, 4] += factors[:, 1]
    assert is_informed(Representation(codes=codes, factors=factors), seed=0, n_permutations=20)


def test_a_ceiling_is_kept_and_read_again(tmp_path):
    rows = drawn((3, 4), 200, "noise")
    functions = [room.load("mig")]
    first = calibrate(functions, rows, n_permutations=2)["mig"].ceiling
    (kept,) = (tmp_path / "cache" / "ceilings").iterdir()
    assert json.loads(kept.read_text()) == {"mig": first}
    kept.write_text('{"mig": 0.125}')
    assert calibrate(functions, rows, n_permutations=2)["mig"].ceiling == 0.125


def test_a_periodic_factor_has_the_ceiling_of_its_circle_where_scores_see_circles():
    rng = np.random.default_rng(0)
    factors = rng.integers(12, size=(600, 2))
    angles = 2 * np.pi * factors / 12
    codes = np.hstack([np.cos(angles), np.sin(angles)])
    found = evaluate(
        codes, factors, "mcc,mcc_weak,mig", factor_kinds=["periodic"] * 2, calibrated=True
    )
    assert [found[name].calibrated for name in ("mcc", "mcc_weak")] == pytest.approx([1, 1])
    # One code of the steps, and not two halves of it, is best where values are counted.
    assert found["mig"].ceiling > 0.9


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"mig": "high"}', '{"mig": NaN}'])
def test_a_spoiled_file_of_ceilings_is_measured_anew(tmp_path, content):
    rows = drawn((3, 4), 200, "noise")
    functions = [room.load("mig")]
    first = calibrate(functions, rows, n_permutations=2)["mig"].ceiling
    (kept,) = (tmp_path / "cache" / "ceilings").iterdir()
    kept.write_text(content)
    assert calibrate(functions, rows, n_permutations=2)["mig"].ceiling == first


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("UNBRAID_CACHE", str(tmp_path / "file"))
    rows = drawn((3, 4), 200, "noise")
    assert calibrate([room.load("mig")], rows, n_permutations=2)["mig"].ceiling > 0.9


def test_an_undefined_score_has_no_floor():
    found = evaluate(np.zeros((50, 1)), np.arange(50) % 2, "mig")["mig"]
    assert found.status == "undefined"
    assert (found.floor, found.ceiling, found.low) == (None, None, None)


def test_without_factors_nothing_can_be_calibrated():
    with pytest.raises(InputError, match="no floor"):
        calibrate([room.load("mig")], Representation(codes=np.zeros((5, 2))))


def test_where_factors_repeat_one_another_their_own_score_is_no_ceiling():
    factor = stream(0, "twice").integers(4, size=600)
    codes = factor[:, None] + 0.3 * stream(0, "codes").normal(size=(600, 2)) * [1.0, 9.0]
    found = evaluate(codes, np.stack([factor, 3 - factor], axis=1), "mig", calibrated=True)["mig"]
    assert found.value > found.ceiling + 0.1
    assert found.calibrated is None
    assert "worse than chance" in found.reason


def test_a_value_beyond_the_ceiling_says_why():
    score = Score(name="mig", value=0.9, unit="fraction", better="higher")
    scale = Scale(floor=0.0, ceiling=0.5, null=np.array([-0.01, 0.01]), informed=True)
    assert placed(score, scale).calibrated == pytest.approx(1.8)
    assert "dependent" in placed(score, scale).reason


def test_of_a_score_whose_less_is_better_the_ceiling_lies_below():
    scale = Scale(floor=0.9, ceiling=0.1, null=np.array([0.89, 0.91]), informed=True)
    assert scale.calibrated(0.5, "lower") == pytest.approx(0.5)
    assert scale.calibrated(1.0, "lower") == pytest.approx(-0.125)
    assert scale.calibrated(1.0, "higher") is None
