"""Files that nobody ever reads half-written."""

import subprocess
import sys

import numpy as np
import pytest

from unbraid.core import files
from unbraid.core.errors import InputError, StoreError


def write_half(path):
    with files.writing(path) as aside:
        aside.write_text("half")
        raise RuntimeError


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.json"
    files.write_json(path, {"a": 1})
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        files.write_json(path, {"a": object()})
    with pytest.raises(RuntimeError):
        write_half(path)
    assert files.read_json(path) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_arrays_come_back_as_they_were(tmp_path):
    arrays = {"codes": np.arange(6.0).reshape(3, 2), "names": np.array(["a", "b"])}
    files.write_npz(tmp_path / "a.npz", arrays)
    found = files.read_npz(tmp_path / "a.npz")
    assert found.keys() == arrays.keys()
    assert all(np.array_equal(found[key], arrays[key]) for key in arrays)


def test_objects_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="Object arrays"):
        files.write_npz(tmp_path / "a.npz", {"a": np.array([None], dtype=object)})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_a_file_is_a_store_error(tmp_path):
    with pytest.raises(StoreError, match="a folder"):
        files.read_npz(tmp_path)
    with pytest.raises(StoreError, match="cannot write"):
        files.write_text(tmp_path, "text")


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.99])
def test_a_truncated_npz_is_an_input_error(tmp_path, share):
    path = tmp_path / "a.npz"
    files.write_npz(path, {"codes": np.random.default_rng(0).normal(size=(50, 4))})
    whole = path.read_bytes()
    path.write_bytes(whole[: max(1, int(share * len(whole)))])
    with pytest.raises(InputError):
        files.read_npz(path)


def test_a_damaged_npz_is_an_input_error(tmp_path):
    path = tmp_path / "a.npz"
    files.write_npz(path, {"codes": np.random.default_rng(0).normal(size=(50, 4))})
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    path.write_bytes(bytes(damaged))
    with pytest.raises(InputError, match="damaged"):
        files.read_npz(path)


def test_a_held_folder_cannot_be_held_by_another_process(tmp_path):
    program = (
        "import sys; from pathlib import Path; from unbraid.core import files\n"
        "try:\n with files.locked(Path(sys.argv[1])): print('held')\n"
        "except OSError as error: print(error)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with files.locked(tmp_path):
        during = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    after = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "in use by another process" in during
    assert after == "held\n"
