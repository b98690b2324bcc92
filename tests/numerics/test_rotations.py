"""Maps that no likelihood can see, and scores that can."""

import numpy as np
import pytest
from scipy.stats import kstest, multivariate_normal

from unbraid.core.rng import stream
from unbraid.numerics.rotations import random_rotation, rotation, turned_in_pairs, twist
from unbraid.scores.mig import mig

MAPS = {
    "rotation": rotation(random_rotation(5, stream(0, "rotation"))),
    "twist": twist(1.5),
    "both": rotation(random_rotation(5, stream(1, "rotation"))).then(twist(1.5)),
}


@pytest.fixture(params=MAPS)
def change(request):
    return MAPS[request.param]


def normal(n=200, d=5):
    return stream(0, "normal").normal(size=(n, d))


def test_a_map_and_its_inverse_undo_each_other(change):
    codes = normal()
    np.testing.assert_allclose(change.backward(change.forward(codes)), codes, atol=1e-13)
    np.testing.assert_allclose(change.forward(change.backward(codes)), codes, atol=1e-13)
    assert np.abs(change.forward(codes) - codes).max() > 1


def test_a_map_leaves_n_0_i_as_it_is(change):
    image = change.forward(normal(20_000))
    # The density of N(0, I) is a function of the radius alone.
    np.testing.assert_allclose(
        np.linalg.norm(image, axis=1), np.linalg.norm(normal(20_000), axis=1), rtol=1e-12
    )
    np.testing.assert_allclose(image.T @ image / len(image), np.eye(5), atol=0.05)
    # 5 codes and 3 maps: one in a hundred thousand would be chance.
    assert min(kstest(code, "norm").pvalue for code in image.T) > 1e-5


def test_a_map_keeps_volumes(change):
    at, step = normal(5), 1e-5
    for codes in at:
        moved = [change.forward(codes + s * step * np.eye(5)) for s in (1, -1)]
        jacobian = (moved[0] - moved[1]) / (2 * step)
        assert abs(np.linalg.det(jacobian)) == pytest.approx(1, abs=1e-8)


def test_a_twist_is_not_linear():
    codes = normal()
    assert np.abs(twist(1.5).forward(2 * codes) - 2 * twist(1.5).forward(codes)).max() > 1


def test_a_code_without_a_partner_stays():
    np.testing.assert_array_equal(twist(1.5).forward(normal())[:, 4], normal()[:, 4])


def test_a_quarter_turn_swaps_partners():
    codes = normal(d=4)
    turned = turned_in_pairs(codes, np.pi / 2)
    np.testing.assert_allclose(turned, codes[:, [1, 0, 3, 2]] * [-1, 1, -1, 1], atol=1e-15)


def test_all_rotations_are_equally_likely():
    # Each entry of a uniformly drawn rotation has mean 0 and variance 1 / n.
    drawn = np.stack([random_rotation(3, rng) for rng in [stream(0, "haar")] * 4000])
    np.testing.assert_allclose(drawn.mean(axis=0), 0, atol=0.04)
    np.testing.assert_allclose(drawn.var(axis=0), 1 / 3, atol=0.03)


def linear_model(n=3000, d=5, noise=0.1):
    """The codes of a linear model, its decoder, and samples."""
    rng = stream(0, "linear")
    codes, decoder = rng.normal(size=(n, d)), rng.normal(size=(d, 12))
    return codes, decoder, codes @ decoder + noise * rng.normal(size=(n, 12)), noise


def test_a_rotated_linear_model_has_the_same_likelihood_and_a_lower_score():
    codes, decoder, samples, noise = linear_model()
    matrix = random_rotation(5, stream(0, "rotation"))
    log_p = [
        multivariate_normal(np.zeros(12), w.T @ w + noise**2 * np.eye(12)).logpdf(samples)
        for w in (decoder, matrix @ decoder)  # x = (Q z)' Q W
    ]
    np.testing.assert_allclose(log_p[0], log_p[1], rtol=0, atol=1e-10)
    factors = np.digitize(codes, [-1.0, 0.0, 1.0])
    assert mig(codes, factors).value > 0.7
    assert mig(rotation(matrix).forward(codes), factors).value < 0.3


def log_weights(codes, change, decode, posterior, samples, noise):
    """log p(x, z) - log q(z | x) of the twin, at the images of given codes."""
    there = change.forward(codes)
    back = change.backward(there)
    log_p = -0.5 * np.square((samples - decode(back)) / noise).sum(axis=1)
    return log_p - 0.5 * np.square(there).sum(axis=1) - posterior(back)


def test_the_twin_of_any_model_has_the_same_weights_under_the_same_noise(change):
    codes, decoder, samples, noise = linear_model(200)

    def decode(z):
        return np.tanh(z) @ decoder

    def posterior(z):
        return -0.5 * np.square((z - codes) / 0.3).sum(axis=1)

    drawn = codes + 0.3 * stream(0, "noise").normal(size=codes.shape)
    none = rotation(np.eye(5))
    here, twin = (log_weights(drawn, c, decode, posterior, samples, noise) for c in (none, change))
    np.testing.assert_allclose(twin, here, rtol=0, atol=1e-10)


def test_the_posterior_of_a_rotated_model_has_full_covariance():
    matrix = random_rotation(3, stream(0, "rotation"))
    mean, std = np.array([0.5, -1.0, 2.0]), np.array([0.1, 1.0, 3.0])
    there = normal(10, 3)
    back = rotation(matrix).backward(there)
    full = multivariate_normal(matrix @ mean, matrix @ np.diag(std**2) @ matrix.T)
    np.testing.assert_allclose(
        full.logpdf(there), multivariate_normal(mean, np.diag(std**2)).logpdf(back), atol=1e-9
    )
