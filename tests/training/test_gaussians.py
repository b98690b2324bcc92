"""Normal distributions against torch's own, and their products against dense algebra."""

import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence
from torch.testing import assert_close

from unbraid.training.distributions import Gaussian
from unbraid.training.gaussians import (
    FullGaussian,
    divergence,
    product,
    shifted,
    standard,
)
from unbraid.training.streams import torch_stream


def full(n=4, d=3, seed=0):
    noise = torch_stream(seed, "full")
    raw = torch.randn(n, d, d, generator=noise, dtype=torch.float64)
    factor = raw.tril(-1) + torch.diag_embed(raw.diagonal(dim1=1, dim2=2).exp())
    return FullGaussian(torch.randn(n, d, generator=noise, dtype=torch.float64), factor)


def plain(n=4, d=3, seed=0):
    noise = torch_stream(seed, "plain")
    return Gaussian(*torch.randn(2, n, d, generator=noise, dtype=torch.float64))


def dense(normal):
    if isinstance(normal, FullGaussian):
        return MultivariateNormal(normal.mean, scale_tril=normal.factor)
    return MultivariateNormal(normal.mean, torch.diag_embed(normal.logvar.exp()))


@pytest.mark.parametrize("normal", [full(), plain()])
def test_densities_per_code_sum_to_the_joint_one(normal):
    x = plain(seed=1).mean
    assert_close(normal.log_prob_per_code(x).sum(1), dense(normal).log_prob(x))
    assert_close(normal.log_prob(x), dense(normal).log_prob(x))


def test_the_kl_of_dependent_codes_is_torchs_and_no_share_is_negative():
    normal = full(n=50)
    to = MultivariateNormal(torch.zeros(3).double(), torch.eye(3).double())
    shares = normal.kl_per_code()
    assert_close(shares.sum(1), kl_divergence(dense(normal), to))
    assert (shares >= 0).all()


def test_the_divergence_is_torchs_and_that_to_the_standard_is_known():
    one, other = plain(), plain(seed=1)
    assert_close(divergence(one, other).sum(1), kl_divergence(dense(one), dense(other)))
    assert_close(divergence(one, standard(one.mean)), one.kl_per_code())


def test_a_product_adds_precisions_and_weighs_means_by_them():
    one, other = plain(), plain(seed=1)
    both = product(one, other)
    a, b = torch.exp(-one.logvar), torch.exp(-other.logvar)
    assert_close(torch.exp(-both.logvar), a + b)
    assert_close(both.mean, (a * one.mean + b * other.mean) / (a + b))


def test_a_product_with_what_knows_nothing_changes_nothing():
    one = plain()
    nothing = Gaussian(torch.ones_like(one.mean), torch.full_like(one.mean, 200.0))
    assert_close(product(one, nothing).mean, one.mean)
    assert_close(product(one, nothing).logvar, one.logvar)


@pytest.mark.parametrize("make", [full, plain])
def test_draws_have_the_moments(make):
    normal = make(n=1).repeated(30_000)
    codes = normal.draw(torch_stream(0, "draws"))
    one = dense(make(n=1))
    assert_close(codes.mean(0), one.mean[0], rtol=0, atol=0.1)
    assert_close(codes.T.cov(), one.covariance_matrix[0], rtol=0.06, atol=0.1)
    assert_close(codes.std(0), normal.std[0], rtol=0.03, atol=0)


def test_repeating_keeps_whole_batches_together():
    for normal in (full(n=2), plain(n=2)):
        assert_close(normal.repeated(3).mean, normal.mean.repeat(3, 1))
        assert_close(
            shifted(normal.repeated(3), torch.zeros(6, 3).double()), normal.mean.repeat(3, 1)
        )
