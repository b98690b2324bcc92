"""Whitening has a known effect on waves and on photographs; patches come from where they say."""

import numpy as np
import pytest
from sklearn.datasets import load_sample_image

from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.data._patches import patches, whitened


def test_two_waves_are_weighted_by_the_filter():
    x = np.arange(200)
    slow, fast = (np.cos(2 * np.pi * f * x) * np.ones((100, 1)) for f in (0.05, 0.3))
    spectrum = np.abs(np.fft.rfft(whitened(slow + fast)[0]))
    wanted = 0.05 * np.exp(-(0.125**4)) / (0.3 * np.exp(-(0.75**4)))
    assert spectrum[10] / spectrum[60] == pytest.approx(wanted)


def test_the_spectrum_of_a_photograph_becomes_flatter():
    grey = load_sample_image("china.jpg").mean(axis=2)
    power = [np.abs(np.fft.fft2(image - image.mean())) ** 2 for image in (grey, whitened(grey))]
    frequency = np.hypot(np.fft.fftfreq(427)[:, None], np.fft.fftfreq(640))
    low, high = (frequency > 0.02) & (frequency < 0.04), (frequency > 0.2) & (frequency < 0.25)
    before, after = (spectrum[low].mean() / spectrum[high].mean() for spectrum in power)
    assert before > 20
    assert 0.2 < after < 5


def test_patches_are_windows_of_their_image():
    image = np.arange(900.0).reshape(30, 30)
    for patch in patches([image], 20, 5, stream(0, "patches")):
        top, left = divmod(int(patch[0, 0]), 30)
        assert min(top, left) >= 4
        assert max(top, left) <= 21
        np.testing.assert_array_equal(patch, image[top : top + 5, left : left + 5])


def test_images_give_equal_shares():
    taken = patches([np.zeros((20, 20)), np.ones((40, 30))], 10, 8, stream(0, "shares"))
    assert taken.mean(axis=(1, 2)).tolist() == [0.0] * 5 + [1.0] * 5


@pytest.mark.parametrize(("n", "size"), [(0, 8), (5, 13), (5, 0)])
def test_patches_that_cannot_be_cut_are_refused(n, size):
    with pytest.raises(InputError):
        patches([np.zeros((20, 20))], n, size, stream(0, "none"))


def test_a_constant_image_is_refused():
    with pytest.raises(InputError, match="constant"):
        whitened(np.full((20, 20), 7))
