"""A data set is loaded by its name, with its own options and no more."""

import subprocess
import sys

import pytest

from unbraid.core.errors import InputError, StoreError
from unbraid.data import load_dataset


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one():
    with pytest.raises(InputError, match=r"unknown dataset: got 'dsprite'; .* try 'dsprites'"):
        load_dataset("dsprite")


def test_helpers_in_the_room_are_no_data_sets():
    with pytest.raises(InputError, match="unknown dataset"):
        load_dataset("_sprites")


def test_an_option_that_is_nearly_right_is_answered_with_the_right_one():
    with pytest.raises(InputError, match=r"unknown option of color_dsprites: .* try 'seed'"):
        load_dataset("color_dsprites", sed=1)


def test_a_path_that_leads_nowhere_is_no_unknown_name():
    with pytest.raises(StoreError, match=r"cannot read ./mine\.npz: got no such file"):
        load_dataset("./mine.npz")


def test_an_option_that_is_missing_is_named():
    with pytest.raises(InputError, match="arrays needs the option 'path'"):
        load_dataset("arrays")


@pytest.mark.parametrize(
    "code",
    [
        "import unbraid.data",
        "from unbraid.data import load_dataset; load_dataset('dsprites')",
    ],
)
def test_loading_dsprites_needs_nothing_heavy_before_the_first_image(code):
    heavy = ["torch", "sklearn", "PIL", "numba", "scipy", "pandas", "matplotlib"]
    said = f"import sys\n{code}\nprint(sorted(set({heavy!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
