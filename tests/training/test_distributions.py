"""Distributions against closed forms, sampling and published unit values."""

import math

import pytest
import torch
from torch.testing import assert_close

from unbraid.training.distributions import Bernoulli, Gaussian
from unbraid.training.streams import torch_stream


# The unit values of disentanglement_lib's own tests, at ten codes.
@pytest.mark.parametrize(("mean", "logvar", "kl"), [(1.0, 0.0, 5.0), (1.0, 1.0, 8.591)])
def test_kl_has_its_published_values(mean, logvar, kl):
    posterior = Gaussian(torch.full((1, 10), mean), torch.full((1, 10), logvar))
    assert posterior.kl_per_code().sum().item() == pytest.approx(kl, abs=1e-3)


def test_log_density_of_one_under_the_standard_normal():
    standard = Gaussian(torch.zeros(1, 1), torch.zeros(1, 1))
    assert standard.log_prob(torch.ones(1, 1)).item() == pytest.approx(-1.4189, abs=1e-4)


def test_analytic_kl_is_the_mean_log_ratio_of_draws():
    n = 200_000
    posterior = Gaussian(torch.full((n, 2), 0.7), torch.tensor([-1.0, 0.5]).expand(n, 2))
    prior = Gaussian(torch.zeros(n, 2), torch.zeros(n, 2))
    codes = posterior.draw(torch_stream(0, "kl"))
    ratios = posterior.log_prob(codes) - prior.log_prob(codes)
    kl = posterior.kl_per_code()[0].sum().item()
    # Five standard errors.
    allowed = 5 * ratios.std().item() / math.sqrt(n)
    assert ratios.mean().item() == pytest.approx(kl, abs=allowed)


def test_draws_have_the_mean_and_variance_that_they_should():
    mean, logvar = torch.full((100_000, 1), 2.0), torch.full((100_000, 1), math.log(9.0))
    draws = Gaussian(mean, logvar).draw(torch_stream(0, "draws"))
    assert draws.mean().item() == pytest.approx(2, abs=0.05)
    assert draws.var().item() == pytest.approx(9, abs=0.2)


def test_log_density_is_torchs_own():
    mean, x = torch.randn(2, 3, 4, 5, generator=torch_stream(0, "density"))
    scale = torch.full((3, 4, 5), 1.5)
    ours = Gaussian(mean, 2 * scale.log()).log_prob(x)
    assert_close(ours, torch.distributions.Normal(mean, scale).log_prob(x).sum((1, 2)))


def test_soft_labels_lie_between_the_binary_ones():
    coin = Bernoulli(torch.tensor([[2.0]]))
    zero, half, one = (coin.log_prob(torch.tensor([[x]])).item() for x in (0.0, 0.5, 1.0))
    assert half == pytest.approx((zero + one) / 2)
    assert coin.mean.item() == pytest.approx(math.exp(one))
