"""InfoGAN: its penalty and bound against closed forms, and what it learns of small samples."""

import numpy as np
import pytest
import torch

from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.learners import InfoGAN
from unbraid.training import loop
from unbraid.training.adversarial import draw_codes, entropy, gradient_penalty
from unbraid.training.distributions import Gaussian
from unbraid.training.streams import torch_stream

BRIEF = {"n_codes": 2, "n_noise": 2, "n_steps": 5, "batch_size": 8}


def table(n=30):
    return stream(0, "table").normal(size=(n, 6))


def test_the_penalty_of_a_linear_critic_is_its_squared_slope():
    slope = torch.tensor([3.0, 4.0])
    penalty = gradient_penalty(lambda x: x @ slope, torch.randn(5, 2, generator=torch_stream(0)))
    assert penalty.item() == pytest.approx(25)


def test_a_reader_that_knows_only_the_prior_has_no_information():
    codes = draw_codes("normal", (20_000, 3), torch_stream(0, "codes"))
    blind = Gaussian(torch.zeros_like(codes), torch.zeros_like(codes))
    assert blind.log_prob(codes).mean().item() + 3 * entropy("normal") == pytest.approx(
        0, abs=0.05
    )


@pytest.mark.parametrize(("prior", "variance"), [("uniform", 1 / 3), ("normal", 1.0)])
def test_codes_are_drawn_from_their_prior(prior, variance):
    codes = draw_codes(prior, (20_000, 2), torch_stream(0, "codes"))
    assert codes.mean().item() == pytest.approx(0, abs=0.02)
    assert codes.var().item() == pytest.approx(variance, rel=0.03)


def test_it_has_no_likelihood_to_score_by():
    assert not hasattr(InfoGAN(), "score")


def test_images_of_any_values_can_be_made():
    X = np.random.default_rng(0).normal(size=(20, 4, 4))
    assert InfoGAN(n_codes=2, n_steps=3).fit(X).sample(5).shape == (5, 4, 4)


def test_decoding_fixes_the_noise_and_sampling_draws_it():
    model = InfoGAN(**BRIEF).fit(table())
    codes = np.zeros((2, 2))
    first, second = model.inverse_transform(codes)
    np.testing.assert_allclose(first, second, atol=1e-12)
    assert model.sample(3).shape == (3, 6)
    np.testing.assert_array_equal(model.sample(3), model.sample(3))
    assert not np.array_equal(model.sample(3), model.sample(3, random_state=1))


def test_noise_may_be_left_out():
    model = InfoGAN(**BRIEF | {"n_noise": 0}).fit(table())
    assert model.sample(3).shape == (3, 6)


@pytest.mark.parametrize(
    "setting",
    [{"n_noise": -1}, {"prior": "cauchy"}, {"information_weight": -1.0}, {"n_codes": 0}],
)
def test_a_senseless_setting_is_refused_by_name(setting):
    (name,) = setting
    with pytest.raises(InputError, match=name):
        InfoGAN(**BRIEF | setting).fit(table())


def interrupt(word):
    if word.done == 3:
        raise KeyboardInterrupt


@pytest.mark.parametrize("shape", [(6,), (64, 64)])
def test_interrupted_and_resumed_is_uninterrupted(tmp_path, monkeypatch, shape):
    monkeypatch.setattr(loop, "_is_due", lambda *_: True)  # a checkpoint at each line
    samples = stream(0, "samples").uniform(size=(10, *shape))
    whole = InfoGAN(**BRIEF).fit(samples).weights_sha256_
    with pytest.raises(KeyboardInterrupt):
        InfoGAN(**BRIEF).fit(samples, folder=tmp_path, progress=interrupt)
    assert InfoGAN(**BRIEF).fit(samples, folder=tmp_path).weights_sha256_ == whole


@pytest.fixture(scope="module")
def bars():
    """Images of 8 x 8 with one bright row each, and a model of them."""
    images = np.zeros((400, 8, 8))
    images[np.arange(400), stream(0, "rows").integers(8, size=400)] = 1
    model = InfoGAN(n_codes=1, n_noise=2, n_steps=400, learning_rate=1e-3)
    return images, model.fit(images.reshape(400, 64))


def test_codes_are_read_back_from_what_is_made_of_them(bars):
    codes = np.linspace(-1, 1, 50)[:, None]
    read = bars[1].transform(bars[1].inverse_transform(codes))
    assert np.corrcoef(codes[:, 0], read[:, 0])[0, 1] > 0.9


def test_samples_have_the_brightness_of_the_samples_learned_from(bars):
    images, model = bars
    made = model.sample(200).reshape(200, 8, 8)
    assert made.mean() == pytest.approx(images.mean(), abs=0.05)
    # A row is bright or dark as a whole: its pixels agree.
    assert made.std(axis=2).mean() < 0.5 * made.mean(axis=2).std()
