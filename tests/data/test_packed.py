"""The packed copy of the sprites is whole, or made again, or done without."""

import errno
import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from unbraid.core.errors import StoreError
from unbraid.data import _packed, _sprites, load_dataset

# A world with fewer sprites, in which a copy is made in no time.
N = 2000
WORLD = f"""
import hashlib
from unbraid.data import _packed, _sprites
factors = _sprites.grid()[:{N}]
_sprites.grid = factors.copy
_sprites.COUNT = {N}
_sprites.SHA256 = hashlib.sha256(_sprites.draw(factors)).hexdigest()
_packed._BLOCK = 300
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    factors = _sprites.grid()[:N]
    monkeypatch.setenv("UNBRAID_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("UNBRAID_DSPRITES", raising=False)
    monkeypatch.setattr(_sprites, "grid", factors.copy)
    monkeypatch.setattr(_sprites, "COUNT", N)
    sha256 = hashlib.sha256(_sprites.draw(factors)).hexdigest()
    monkeypatch.setattr(_sprites, "SHA256", sha256)
    monkeypatch.setattr(_packed, "_BLOCK", 300)
    return tmp_path / "cache"


def test_the_copy_holds_the_drawn_sprites(folder):
    bits = _packed.packed()
    assert bits.shape == (N, 512)
    assert not bits.flags.writeable
    np.testing.assert_array_equal(bits, _sprites.draw(_sprites.grid()))
    assert [file.suffix for file in folder.iterdir()] == [".bits"]


def test_images_from_the_copy_are_the_drawn_ones(folder):
    read, drawn = load_dataset("dsprites", cache=True), load_dataset("dsprites")
    assert folder.exists()
    np.testing.assert_array_equal(read.images[::7], drawn.images[::7])
    assert read.fingerprint == drawn.fingerprint
    assert read.source == drawn.source


def test_nothing_is_written_unless_it_is_asked_for(folder):
    load_dataset("dsprites").images[:1000]
    assert not folder.exists()


def test_a_whole_copy_is_used_as_it_is(folder):
    _packed.packed()
    (file,) = folder.iterdir()
    before = file.stat().st_mtime_ns
    _packed.packed()
    assert file.stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", ["one bit", "cut", "emptied"])
def test_a_damaged_copy_is_made_again(folder, damage):
    _packed.packed()
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    if damage == "one bit":
        content[N * 256] ^= 1
    file.write_bytes(content[: {"one bit": None, "cut": -1, "emptied": 0}[damage]])
    np.testing.assert_array_equal(_packed.packed(), _sprites.draw(_sprites.grid()))


def interrupting(error, after=3):
    draw, left = _sprites.draw, iter(range(after))

    def drawing(factors):
        if next(left, None) is None:
            raise error
        return draw(factors)

    return drawing


def test_an_interrupted_copy_leaves_nothing_and_is_made_next_time(folder, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(_sprites, "draw", interrupting(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            _packed.packed()
    assert list(folder.iterdir()) == []
    assert len(_packed.packed()) == N


def test_what_a_killed_process_left_is_removed_after_an_hour(folder):
    folder.mkdir()
    names = [f".dsprites-{_sprites.SHA256[:16]}.bits.{process}.tmp" for process in (1, 2)]
    for name in names:
        (folder / name).write_bytes(b"half")
    os.utime(folder / names[0], (0, 0))
    _packed.packed()
    assert not (folder / names[0]).exists()
    assert (folder / names[1]).exists()


def test_a_full_disk_means_drawing(folder, monkeypatch):
    full = OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as patch:
        patch.setattr(_sprites, "draw", interrupting(full))
        data = load_dataset("dsprites", cache=True)
    assert "no packed copy was made: cannot write" in data.source
    assert "No space left on device" in data.source
    assert data.images[0].sum() == 100
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_made_means_drawing(folder, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("UNBRAID_CACHE", str(tmp_path / "file" / "cache"))
    assert not folder.exists()
    data = load_dataset("dsprites", cache=True)
    assert "no packed copy was made: cannot write" in data.source
    assert data.images[0].sum() == 100


def test_sprites_that_differ_from_those_of_other_machines_are_not_kept(folder, monkeypatch):
    monkeypatch.setattr(_sprites, "SHA256", "0" * 64)
    with pytest.raises(StoreError, match="are not those of other machines"):
        _packed.packed()
    assert list(folder.iterdir()) == []


def test_two_processes_make_one_whole_copy(folder):
    script = f"{WORLD}\nprint(hashlib.sha256(_packed.packed()).hexdigest())"
    running = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=100)[0].strip() for process in running]
    assert said == [_sprites.SHA256] * 2
    assert len(list(folder.iterdir())) == 1
