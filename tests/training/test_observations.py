"""Categories and levels of grey: probabilities that sum to one, and torch's own."""

import pytest
import torch
from torch.testing import assert_close

from unbraid.core.errors import InputError
from unbraid.training.distributions import Bernoulli, Gaussian
from unbraid.training.observations import (
    Categorical,
    DiscretisedLogistic,
    LogisticDecoder,
    OneHot,
    binarised,
    simulate,
)
from unbraid.training.streams import torch_stream

LEVELS = torch.arange(256.0, dtype=torch.float64)[:, None] / 255


def test_categories_have_torchs_probabilities():
    logits = torch.randn(6, 3, 4, generator=torch_stream(0, "logits"))
    x = torch.randint(4, (6, 3), generator=torch_stream(0, "x"))
    expected = torch.distributions.Categorical(logits=logits).log_prob(x).sum(1)
    assert_close(Categorical(logits).log_prob(x.float()), expected)


def spread(location, log_scale):
    location = torch.full((256, 1), location, dtype=torch.float64)
    return DiscretisedLogistic(location, torch.tensor(log_scale, dtype=torch.float64))


@pytest.mark.parametrize("location", [-3.0, 0.0, 0.4999, 1.0, 7.0])
@pytest.mark.parametrize("log_scale", [-8.0, -3.0, 0.0, 3.0])
def test_the_probabilities_of_all_levels_sum_to_one(location, log_scale):
    assert spread(location, log_scale).log_prob(LEVELS).exp().sum().item() == pytest.approx(1)


def test_the_probability_of_a_level_is_the_mass_between_its_edges():
    pixel = spread(0.3, -2.0)
    upper = torch.sigmoid((LEVELS + 0.5 / 255 - 0.3) * torch.tensor(2.0).exp())
    lower = torch.sigmoid((LEVELS - 0.5 / 255 - 0.3) * torch.tensor(2.0).exp())
    upper[-1], lower[0] = 1, 0
    assert_close(pixel.log_prob(LEVELS), torch.log(upper - lower)[:, 0], rtol=1e-6, atol=1e-6)


def test_what_lies_between_levels_counts_as_the_nearest():
    pixel = spread(0.3, -2.0)
    assert_close(pixel.log_prob((LEVELS + 0.4 / 255).clamp(max=1)), pixel.log_prob(LEVELS))


def test_gradients_are_finite_where_a_level_is_almost_impossible():
    decoder = LogisticDecoder(torch.nn.Identity(), (1,))
    torch.nn.init.constant_(decoder.log_scale, -20.0)
    location = torch.tensor([[50.0], [-50.0]], requires_grad=True)
    decoder(location).log_prob(torch.tensor([[0.0], [0.5]])).sum().backward()
    assert location.grad.isfinite().all()


@pytest.mark.parametrize(
    "likelihood",
    [
        Bernoulli(torch.tensor([[-1.0, 2.0]])),
        Gaussian(torch.tensor([[0.5, -2.0]]), torch.zeros(1, 2)),
        Categorical(torch.tensor([[[0.0, 1.0, 2.0], [3.0, 0.0, 0.0]]])),
        DiscretisedLogistic(torch.tensor([[0.4, 0.6]]), torch.tensor(-3.0)),
    ],
)
def test_simulated_samples_have_the_mean(likelihood):
    tensors = [getattr(likelihood, name) for name in type(likelihood).__slots__]
    many = type(likelihood)(*(t.expand(20_000, *t.shape[1:]) if t.dim() else t for t in tensors))
    x = simulate(many, torch_stream(0, "x"))
    error = x.std(0) / 20_000**0.5
    assert ((x.mean(0) - likelihood.mean[0]).abs() < 4 * error + 1e-3).all()


def test_certain_pixels_stay_what_they_are_when_made_binary():
    x = torch.tensor([0.0, 1.0]).repeat(5000, 1)
    assert torch.equal(binarised(x, torch_stream(0, "x")), x)
    grey = binarised(torch.full((100_000,), 0.3), torch_stream(0, "x"))
    assert grey.unique().tolist() == [0, 1]
    assert grey.mean().item() == pytest.approx(0.3, abs=0.006)


@pytest.mark.parametrize("value", [-1.0, 0.5, 3.0])
def test_anything_but_a_known_category_is_refused(value):
    assert OneHot(3)(torch.tensor([[2.0]])).tolist() == [[[0, 0, 1]]]
    with pytest.raises(InputError, match="whole numbers"):
        OneHot(3)(torch.tensor([[value]]))
