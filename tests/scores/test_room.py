import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

from unbraid import scores
from unbraid.core import memo, rooms
from unbraid.core.errors import InputError
from unbraid.core.scoring import split
from unbraid.numerics import boosting

FACTORS = np.random.default_rng(0).integers(3, size=(60, 2))


def test_every_name_loads_the_score_of_that_name():
    for name in scores.names():
        assert scores.load(name).name == name
        assert getattr(scores, name).name == name


def test_every_file_is_named_or_stands_for_a_family():
    for name in rooms.names("scores"):
        assert name in scores.names() or f"{name[:-1]}100" in scores.names()


def test_a_family_has_a_member_at_any_size():
    probe = scores.probe_lr_37
    assert probe.name == "probe_lr_37"
    assert probe.options == {"n": 37}
    assert probe(FACTORS, FACTORS, FACTORS, FACTORS).name == "probe_lr_37"


@pytest.mark.parametrize("name", ["migg", "probe_lr_0", "probe_xx_10", "probe_lr_", "mig_10"])
def test_an_unknown_name_is_an_error_that_lists_those_there_are(name):
    with pytest.raises(InputError, match="unknown score"):
        scores.load(name)
    with pytest.raises(AttributeError, match="unknown score"):
        getattr(scores, name)


def test_importing_a_file_leaves_the_score_under_its_name():
    program = (
        "import unbraid.scores.mig, unbraid.scores as s; from unbraid.scores.sap import sap;"
        "print(s.mig.name, s.sap is sap, s.mig is s.load('mig'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["mig", "True", "True"]


def test_the_directory_of_the_room_lists_scores_and_no_modules():
    assert set(scores.names()) <= set(dir(scores))
    assert not any(isinstance(getattr(scores, name), ModuleType) for name in dir(scores))


def test_listing_and_loading_scores_imports_nothing_heavy():
    program = (
        "import sys; from unbraid import scores; [scores.load(n) for n in scores.names()];"
        "print(*{m.split('.')[0] for m in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"sklearn", "scipy", "numba", "torch"} & set(done.stdout.split())
    assert "numpy" in done.stdout.split()


def test_the_three_parts_of_dci_grow_their_trees_once():
    given = (FACTORS * 1.0, FACTORS, FACTORS * 1.0, FACTORS)
    calls = []
    with pytest.MonkeyPatch.context() as patch, memo.sharing():
        grow = boosting.boosted_importances
        patch.setattr(boosting, "boosted_importances", lambda *a: calls.append(1) or grow(*a))
        for name in ("dci_disentanglement", "dci_completeness", "dci_informativeness"):
            scores.load(name)(*given)
        scores.probe_gbt_60(*given)
    assert len(calls) == 1


@pytest.mark.parametrize("name", ["dci_completeness", "sap", "explicitness", "probe_lr_20"])
def test_held_out_rows_are_the_same_for_every_score_that_is_given_none(name):
    codes = FACTORS + np.random.default_rng(1).normal(size=FACTORS.shape)
    with memo.sharing():
        alone = scores.load(name)(codes, FACTORS, seed=3)
    (train, train_factors), (test, test_factors) = split(codes, FACTORS, seed=3)
    given = scores.load(name)(train, train_factors, test, test_factors)
    assert alone.value == given.value
