"""The variants of dSprites add the nuisance that the study describes, and nothing else."""

import numpy as np
import pytest
from PIL import Image
from scipy import stats
from sklearn.datasets import load_sample_image

from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.data import _sprites, load_dataset

VARIANTS = ("color_dsprites", "noisy_dsprites", "photo_dsprites")


def shown(name, n=200):
    factors = _sprites.grid()[stream(1, "factors").integers(_sprites.COUNT, size=n)]
    images = load_dataset(name).render(factors, stream(2, name))
    return _sprites.render(factors).astype(bool), images


def assert_uniform(values, low, high):
    assert values.min() >= low
    assert values.max() <= high
    assert stats.kstest(values.ravel(), stats.uniform(low, high - low).cdf).pvalue > 0.01


def test_a_coloured_sprite_has_one_bright_colour_on_black():
    white, images = shown("color_dsprites")
    colours = images.max(axis=(1, 2))
    np.testing.assert_array_equal(images, white[..., None] * colours[:, None, None])
    assert_uniform(colours, 0.5, 1)


def test_a_noisy_sprite_is_white_on_noise_of_every_channel():
    white, images = shown("noisy_dsprites", 3)
    assert (images[white] == 1).all()
    assert_uniform(images[~white], 0, 1)
    assert np.abs(np.corrcoef(images[~white].T) - np.eye(3)).max() < 0.03


def test_a_sprite_on_a_photo_inverts_a_tinted_patch_of_it():
    white, images = shown("photo_dsprites", 20)
    images = images.astype(float)
    background = np.where(white[..., None], 1 - images, images)
    photo = Image.fromarray(load_sample_image("china.jpg"))
    photo.thumbnail((350, 274))
    photo = np.asarray(photo) / 255
    assert photo.shape[1] == 350
    slopes = photo[:-9, :-9] - photo[9:, 9:]
    for patch in background:
        # One tint per image cancels from differences between its pixels, so these find the place.
        slope = 2 * (patch[0, 0] - patch[9, 9])
        places = np.argwhere(np.abs(slopes - slope).max(axis=-1) < 1e-5)
        tints = [
            2 * patch - photo[top : top + 64, left : left + 64]
            for top, left in places
            if top < len(photo) - 64 and left < 350 - 64
        ]
        tint = min(tints, key=lambda tint: np.ptp(tint, axis=(0, 1)).max())
        assert np.ptp(tint, axis=(0, 1)).max() < 1e-5
        assert tint.min() >= -1e-6
        assert tint.max() <= 1 + 1e-6


def test_the_photo_is_called_a_photo():
    source = load_dataset("photo_dsprites").source
    assert "china.jpg that scikit-learn ships" in source
    assert "scream" not in source.lower()


@pytest.mark.parametrize("name", VARIANTS)
def test_an_access_repeats_itself_and_another_one_draws_the_nuisance_anew(name):
    images = load_dataset(name).images
    first = images[[5]]
    assert (images[[5, 6]][:1] != first).any()
    assert (images[[5, 5]][0] != images[[5, 5]][1]).any()
    np.testing.assert_array_equal(images[[5]], first)


@pytest.mark.parametrize("name", VARIANTS)
def test_the_seed_fixes_the_accesses(name):
    one, same, other = (load_dataset(name, seed=seed) for seed in (3, 3, 4))
    for rows in ([1, 2], slice(0, 3)):
        np.testing.assert_array_equal(one.images[rows], same.images[rows])
    assert (one.images[:3] != other.images[:3]).any()
    assert one.fingerprint == same.fingerprint != other.fingerprint


@pytest.mark.parametrize("name", VARIANTS)
def test_a_stream_of_ones_own_repeats_an_access(name):
    images = load_dataset(name).images
    one, other = (images.draw(slice(5), stream(0, "mine")) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_a_seed_that_is_none_is_refused():
    with pytest.raises(InputError, match="a seed is a whole number: got -1"):
        load_dataset("color_dsprites", seed=-1)
