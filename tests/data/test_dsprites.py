"""dSprites, drawn or from a file in the form of its authors."""

import inspect
import io
import zipfile

import numpy as np
import pytest

from unbraid.core.errors import InputError, StoreError
from unbraid.data import _sprites, load_dataset
from unbraid.data._official import FILE_NAME
from unbraid.data.dsprites import dsprites

N = 300


class Trap:
    """A pickle that leaves a mark where it is loaded."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (open, (str(self.mark), "w"))


@pytest.fixture(autouse=True)
def _nothing_else_in_reach(tmp_path, monkeypatch):
    monkeypatch.setenv("UNBRAID_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("UNBRAID_DSPRITES", raising=False)


def content(n=N):
    factors = _sprites.grid()[np.random.default_rng(3).integers(_sprites.COUNT, size=n)]
    values = factors / [1, 10, 39 / (2 * np.pi), 31, 31] + [1, 0.5, 0, 0, 0]
    return {
        "imgs": _sprites.render(factors),
        "latents_classes": np.c_[np.zeros(n, dtype=int), factors],
        "latents_values": np.c_[np.ones(n), values],
    }


def write(file, **arrays):
    file.parent.mkdir(exist_ok=True)
    np.savez_compressed(file, **arrays)
    return file


def test_every_image_is_at_its_official_place():
    data = load_dataset("dsprites")
    assert data.images.shape == (737_280, 64, 64)
    assert data.source == "rendered by unbraid from the geometry of dSprites"
    rows = np.random.default_rng(0).integers(len(data), size=50)
    np.testing.assert_array_equal(data.images[rows], _sprites.render(data.factors[rows]))
    assert data.fingerprint == _sprites.SHA256


@pytest.mark.parametrize("lacking", ["latents_classes", "latents_values"])
def test_a_file_is_compared_with_the_drawn_images(tmp_path, lacking):
    arrays = content()
    data = load_dataset(
        "dsprites",
        path=write(tmp_path / "part.npz", **{k: v for k, v in arrays.items() if k != lacking}),
    )
    np.testing.assert_array_equal(data.images[:], arrays["imgs"])
    np.testing.assert_array_equal(data.factors, arrays["latents_classes"][:, 1:])
    assert data.source.startswith("part of dSprites at ")
    assert data.source.endswith("part.npz, verified against the renderer on all 300 images")
    assert data.sample(5, np.random.default_rng(0), fixed={"shape": 1}).images.shape == (5, 64, 64)


def test_the_pickle_in_the_file_is_left_alone(tmp_path):
    mark = tmp_path / "unpickled"
    metadata = np.array({"trap": Trap(mark)}, dtype=object)
    path = write(tmp_path / "official.npz", metadata=metadata, **content())
    assert len(load_dataset("dsprites", path=path)) == N
    with pytest.raises(InputError, match=r"is a dSprites file: try load_dataset\('dsprites'"):
        load_dataset(path)
    assert not mark.exists()


def test_a_file_is_found_by_the_environment_and_in_the_cache_folder(tmp_path, monkeypatch):
    write(tmp_path / "cache" / FILE_NAME, **content(20))
    assert len(load_dataset("dsprites")) == 20
    monkeypatch.setenv("UNBRAID_DSPRITES", str(write(tmp_path / "mine.npz", **content(10))))
    assert len(load_dataset("dsprites")) == 10


def test_a_pixel_in_few_images_is_kept_as_the_file_has_it(tmp_path):
    arrays = content()
    arrays["imgs"][7, 0, 0] = 1
    data = load_dataset("dsprites", path=write(tmp_path / "part.npz", **arrays))
    assert "1 of its 300 images differ from the drawn ones, by 1 pixels at most" in data.source
    np.testing.assert_array_equal(data.images[[7, 8]], arrays["imgs"][[7, 8]])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda a: a | {"latents_classes": np.roll(a["latents_classes"], 1, axis=0)},
        lambda a: a | {"imgs": 1 - a["imgs"]},
        lambda a: a | {"imgs": np.concatenate([a["imgs"][:-1], a["imgs"][:1] | 1])},
    ],
    ids=["labels of other images", "negatives", "one image all white"],
)
def test_a_file_that_shows_something_else_is_refused(tmp_path, spoil):
    path = write(tmp_path / "other.npz", **spoil(content()))
    with pytest.raises(InputError, match=r"other\.npz does not show dSprites: got .* of 300"):
        load_dataset("dsprites", path=path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"imgs": None}, "got the keys latents_classes, latents_values; allowed: imgs with"),
        ({"imgs": np.zeros((N, 64, 64))}, "must be binary images, .* got float64"),
        ({"imgs": np.zeros((N - 1, 64, 64), np.uint8)}, r"got uint8 of shape \(299, 64, 64\)"),
        ({"imgs": np.full((N, 64, 64), 255, np.uint8)}, "not binary: got 255"),
        ({"latents_classes": np.full((N, 6), 40)}, "'shape' has no such value: got 40"),
        ({"latents_classes": np.zeros((N, 3), int)}, r"row of latents per image: got .* \(300, 3"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path, change, message):
    arrays = {k: v for k, v in (content() | change).items() if v is not None}
    with pytest.raises(InputError, match=message):
        load_dataset("dsprites", path=write(tmp_path / "odd.npz", **arrays))


def short_member(arrays):
    buffer = io.BytesIO()
    np.save(buffer, arrays["imgs"])
    return buffer.getvalue()[:-5000]


def test_a_damaged_file_is_refused(tmp_path):
    path = write(tmp_path / "part.npz", **content())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"part\.npz is truncated, damaged or no npz"):
        load_dataset("dsprites", path=path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="truncated, damaged or no npz"):
        load_dataset("dsprites", path=path)
    path = write(tmp_path / "short.npz", latents_classes=content()["latents_classes"])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("imgs.npy", short_member(content()))
    with pytest.raises(InputError, match="imgs ends after 298 of 300 images"):
        load_dataset("dsprites", path=path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"cannot read .*gone\.npz: got No such file"):
        load_dataset("dsprites", path=tmp_path / "gone.npz")


def test_cache_is_on_or_off():
    with pytest.raises(InputError, match="cache is on or off: got 1"):
        inspect.unwrap(dsprites)(cache=1)
