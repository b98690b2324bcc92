"""Twins of a run: other codes, the same samples and the same likelihood."""

import numpy as np
import pytest

from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.numerics.rotations import random_rotation, rotation, twist
from unbraid.results import RunFolder
from unbraid.study import execute_all, plan_runs
from unbraid.study.reparametrise import reparametrise


def run(folder, learner, **rest):
    (planned,) = plan_runs(folder, [learner], dataset="digits", scores=["sap"], pool=60, **rest)
    execute_all([planned], jobs=1)
    return planned.folder


def test_a_twin_has_other_codes_and_the_same_likelihood(tmp_path):
    here = run(tmp_path, "vae", steps=20)
    turn = rotation(random_rotation(10, stream(0, "rotation"))).then(twist(1.0))
    reparametrise(here, tmp_path / "twin", turn, n_samples=20)
    fitted, twin = RunFolder(here), RunFolder(tmp_path / "twin")
    values = [each.read_scores()["log_likelihood"].value for each in (fitted, twin)]
    assert values[0] == pytest.approx(values[1], abs=1e-9)
    codes = [each.read_representation().codes for each in (fitted, twin)]
    np.testing.assert_allclose(turn.forward(codes[0].astype(float)), codes[1], atol=1e-5)
    assert twin.is_complete
    assert twin.read_config()["learner"] == "vae, twin"  # not a second seed of the first
    assert not fitted.damage()
    pictures = [each.read_view("reconstructions").arrays["rows"] for each in (fitted, twin)]
    np.testing.assert_allclose(*pictures, atol=1e-6)


@pytest.mark.parametrize("learner", ["pca", "bernoulli_vae", "deep_vae"])
def test_a_run_whose_codes_are_not_round_has_no_twin(tmp_path, learner):
    here = run(tmp_path, learner, steps=5)
    with pytest.raises(InputError, match="likelihood"):
        reparametrise(here, tmp_path / "twin", twist(1.0))
