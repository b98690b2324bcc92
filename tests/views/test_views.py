from dataclasses import replace

import fake_runs
import numpy as np
import pytest

from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation
from unbraid.views import get, names


def rng():
    return np.random.default_rng(0)


def vectors(n=40, p=5):
    x = rng().normal(size=(n, p)) * 3
    return Dataset(name="vectors", images=x, source="drawn for a test", fingerprint="0")


def same(data):
    """The representation whose codes are the samples themselves."""
    flat = np.asarray(data.images, dtype=float).reshape(len(data), -1)
    return Representation(
        codes=flat,
        encode=lambda x: np.asarray(x, float).reshape(len(x), -1),
        decode=lambda codes: codes.reshape(-1, *data.images.shape[1:]),
    )


@pytest.mark.parametrize("channels", [0, 3])
@pytest.mark.parametrize("name", names())
def test_a_view_of_images_is_repeatable_and_named_after_its_file(name, channels):
    data = fake_runs.dataset(size=3, n=30, channels=channels)
    held = replace(same(data), factors=data.factors, factor_names=data.factor_names)
    first, second = get(name)(held, data, rng()), get(name)(held, data, rng())
    assert first.name == name
    for key, array in first.arrays.items():
        np.testing.assert_array_equal(array, second.arrays[key])


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (8, 8, 3), (5, 7)])
def test_perfect_reconstructions_are_the_originals(shape):
    images = rng().uniform(size=(20, *shape))
    data = Dataset(name="noise", images=images, source="drawn", fingerprint="0")
    rows = get("reconstructions")(same(data), data, rng()).arrays["rows"]
    assert rows.shape == (2, 12, *shape)
    np.testing.assert_array_equal(rows[0], rows[1])


@pytest.mark.parametrize("top", [1, 16, 255])
def test_pixels_of_any_scale_are_shown_between_dark_and_bright(top):
    images = (rng().integers(0, 2, size=(30, 6, 6)) * top).astype(np.uint8)
    data = Dataset(name="bits", images=images, source="drawn", fingerprint="0")
    rows = get("reconstructions")(same(data), data, rng()).arrays["rows"]
    assert set(np.unique(rows)) == {0.0, 1.0}


def test_decoded_pixels_outside_the_range_are_clipped():
    images = np.ones((10, 4, 4))
    data = Dataset(name="ones", images=images, source="drawn", fingerprint="0")
    loud = Representation(
        codes=np.ones((10, 1)),
        encode=lambda x: np.ones((len(x), 1)),
        decode=lambda codes: np.tile([[-5.0, 5.0], [np.nan, 0.5]], (len(codes), 2, 2)),
    )
    rows = get("reconstructions")(loud, data, rng()).arrays["rows"]
    assert rows[1, 0, :2, :2].tolist() == [[0.0, 1.0], [0.0, 0.5]]


def test_a_data_set_of_few_samples_shows_each_once():
    data = fake_runs.dataset(size=6, n=5)
    rows = get("reconstructions")(same(data), data, rng()).arrays["rows"]
    assert rows.shape[1] == 5


def test_a_traversal_moves_one_code_over_its_range_and_holds_the_others():
    codes = rng().normal(size=(500, 3))
    data = Dataset(name="three", images=np.ones((500, 1, 3)), source="drawn", fingerprint="0")
    shown = Representation(codes=codes, decode=lambda z: (z[:, None, :] + 10) / 20)
    arrays = get("traversals")(shown, data, rng()).arrays
    np.testing.assert_allclose(arrays["positions"][:, 0], np.percentile(codes, 2, axis=0))
    np.testing.assert_allclose(arrays["positions"][:, -1], np.percentile(codes, 98, axis=0))
    frames = arrays["frames"] * 20 - 10
    for code in range(3):
        moved = frames[code][:, :, code]
        np.testing.assert_allclose(moved, arrays["positions"][code][:, None] * [1, 1], atol=1e-5)
        others = np.delete(frames[code], code, axis=2)
        np.testing.assert_allclose(others, np.broadcast_to(others[:1], others.shape), atol=1e-5)


def test_traversals_of_many_codes_say_how_many_are_shown():
    data = fake_runs.dataset(size=8, n=30)
    view = get("traversals")(same(data), data, rng())
    assert len(view.arrays["frames"]) == len(view.arrays["item_names"]) == 16
    assert "16 codes of 64" in view.caption


def test_a_constant_code_is_traversed_without_moving():
    data = fake_runs.dataset(size=4, n=10)
    still = Representation(codes=np.zeros((10, 2)), decode=lambda z: np.zeros((len(z), 4, 4)))
    assert not get("traversals")(still, data, rng()).arrays["positions"].any()


def test_vectors_are_shown_as_points_and_as_changes():
    data = vectors()
    points = get("reconstructions")(same(data), data, rng())
    assert points.kind == "scatter"
    np.testing.assert_array_equal(*points.arrays["points"].T)
    changes = get("traversals")(same(data), data, rng())
    assert changes.kind == "heatmap"
    spread = np.subtract(*np.percentile(data.images, [98, 2], axis=0))
    np.testing.assert_allclose(changes.arrays["matrix"], np.diag(spread))


@pytest.mark.parametrize("name", ["reconstructions", "traversals"])
def test_a_learner_that_cannot_decode_has_no_such_view(name):
    data = vectors()
    with pytest.raises(Undefined, match="cannot decode"):
        get(name)(Representation(codes=data.images), data, rng())


def test_a_learner_that_cannot_encode_has_no_reconstructions():
    data = vectors()
    with pytest.raises(Undefined, match="cannot encode"):
        get("reconstructions")(Representation(codes=data.images, decode=abs), data, rng())


@pytest.mark.parametrize("name", ["traversals", "code_histograms"])
def test_codes_that_are_not_finite_are_no_view(name):
    data = vectors()
    codes = np.full((40, 2), np.nan)
    with pytest.raises(Undefined, match="not finite"):
        get(name)(Representation(codes=codes, decode=abs), data, rng())


def test_histograms_count_every_sample_of_every_code():
    data = vectors(n=123)
    y = get("code_histograms")(same(data), data, rng()).arrays["y"]
    np.testing.assert_allclose((y * 123).sum(axis=1), 123)
    with pytest.raises(Undefined, match="too many"):
        get("code_histograms")(Representation(codes=np.zeros((3, 33))), data, rng())


def test_atoms_are_the_rows_of_a_linear_decoder_and_the_largest_part_comes_first():
    draw = rng()
    D = draw.normal(size=(5, 16))
    codes = draw.normal(size=(200, 5)) * [1, 5, 2, 4, 3]
    data = Dataset(name="n", images=np.zeros((200, 4, 4)), source="numpy", fingerprint="0")
    made = Representation(codes=codes, decode=lambda h: (3.0 + h @ D).reshape(-1, 4, 4))
    view = get("atoms")(made, data, rng())
    order = np.argsort(-codes.std(axis=0) * np.linalg.norm(D, axis=1))
    shown = view.arrays["rows"].reshape(5, 16)
    scaled = D[order] / np.abs(D[order]).max(axis=1, keepdims=True)
    np.testing.assert_allclose(shown, 0.5 + 0.5 * scaled, atol=1e-6)


def test_a_decoder_that_is_not_linear_has_no_atoms():
    data = Dataset(name="n", images=np.zeros((9, 4)), source="numpy", fingerprint="0")
    bent = Representation(codes=np.ones((9, 4)), decode=np.tanh)
    with pytest.raises(Undefined, match="depends on the other codes"):
        get("atoms")(bent, data, rng())


def test_gradients_of_a_decoder_that_turns_codes_vary_as_is_known_exactly():
    codes = rng().normal(size=(4000, 6))
    data = Dataset(name="six", images=codes, source="drawn", fingerprint="0")
    turn = np.linalg.qr(rng().normal(size=(6, 6)))[0]
    turned = Representation(codes=codes, decode=lambda h: h @ turn)
    views = [get("gradient_variance")(turned, data, np.random.default_rng(k)) for k in range(20)]
    y = np.mean([10 ** view.arrays["y"] for view in views], axis=0)
    np.testing.assert_allclose(y[:3], y[3:], rtol=0.3)  # fourth powers have long tails


def test_gradients_are_drawn_of_no_decoder_that_stands_still():
    still = Representation(codes=rng().normal(size=(50, 2)), decode=lambda h: np.ones((len(h), 3)))
    with pytest.raises(Undefined, match="does not change"):
        get("gradient_variance")(still, vectors(), rng())
    with pytest.raises(Undefined, match="no code varies"):
        get("gradient_variance")(replace(still, codes=np.ones((50, 2))), vectors(), rng())
