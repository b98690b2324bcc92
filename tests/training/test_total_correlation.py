"""Total correlation of codes against closed forms, published values and slow twins."""

import math
from itertools import permutations

import pytest
import torch
from torch.testing import assert_close

from unbraid.training.distributions import Gaussian
from unbraid.training.streams import torch_stream
from unbraid.training.total_correlation import in_batch, of_study, permuted, stratified


def spread(n, d, std, seed=0):
    """Posteriors of one width that fill a standard normal distribution, and a draw of each."""
    generator = torch_stream(seed, "spread")
    mean = math.sqrt(1 - std**2) * torch.randn(n, d, generator=generator, dtype=torch.float64)
    posterior = Gaussian(mean, torch.full_like(mean, 2 * math.log(std)))
    return posterior.draw(generator), posterior


@pytest.mark.parametrize(("d", "value"), [(1, 0.0), (10, -82.893)])
def test_the_studys_value_for_equal_posteriors_is_the_published_one(d, value):
    posterior = Gaussian(torch.zeros(10_000, d), torch.zeros(10_000, d))
    codes = torch.randn(3, d, generator=torch_stream(0, "codes"))
    assert of_study(codes, posterior).item() == pytest.approx(value, abs=1e-3)
    assert in_batch(codes, posterior).item() == pytest.approx(0, abs=1e-3)


def test_a_posterior_that_is_alone_at_its_draws_has_all_there_can_be():
    mean = 1000.0 * torch.arange(8.0)[:, None].expand(8, 3)
    posterior = Gaussian(mean, torch.zeros(8, 3))
    assert in_batch(mean, posterior).item() == pytest.approx(2 * math.log(8))


def slow(codes, posterior, weights):
    """The same, one density at a time."""
    total = 0.0
    for j, code in enumerate(codes):
        normal = torch.distributions.Normal(posterior.mean, (0.5 * posterior.logvar).exp())
        density = normal.log_prob(code).exp()
        joint, margins = weights[j] @ density.prod(1), weights[j] @ density
        total += joint.log() - margins.log().sum()
    return total / len(codes)


def test_estimates_are_those_of_their_weights():
    codes, posterior = spread(6, 3, 0.4)
    assert_close(
        in_batch(codes, posterior), slow(codes, posterior, torch.full((6, 6), 1 / 6.0).double())
    )
    weights = torch.full((6, 6), 99 / 100 / 5, dtype=torch.float64).fill_diagonal_(1 / 100)
    assert_close(stratified(codes, posterior, 100), slow(codes, posterior, weights))


def test_stratified_weights_are_the_mean_of_the_papers():
    # The paper lists the batch with the draw's own sample first: weights 1/N for it, 1/M for the
    # next M - 1, and (N - M) / (N M) for the last.
    n, m = 50, 3
    listed = torch.tensor([*[1 / m] * (m - 1), (n - m) / (n * m)])
    others = torch.stack([listed[list(order)] for order in permutations(range(m))]).mean(0)
    assert_close(others, torch.full((m,), (n - 1) / (n * m)))


def test_stratified_is_exact_where_the_batch_is_all_there_is():
    codes, posterior = spread(7, 3, 0.4)
    assert_close(stratified(codes, posterior, 7), in_batch(codes, posterior))


@pytest.mark.parametrize(
    ("std", "raw", "of_batch", "of_strata"),
    [(0.1, -19.7, 17.7, 12.3), (0.3, -29.9, 7.6, -0.7), (0.7, -36.9, 0.6, -0.5)],
)
def test_biases_of_batches_of_64_are_the_known_ones(std, raw, of_batch, of_strata):
    # Their means over 200 batches have a standard error below 0.1.
    batches = [spread(64, 10, std, seed) for seed in range(200)]
    means = torch.stack(
        [torch.stack([of_study(*b), in_batch(*b), stratified(*b, 737_280)]) for b in batches]
    ).mean(0)
    assert_close(means, torch.tensor([raw, of_batch, of_strata]).double(), rtol=0, atol=0.5)


def test_one_sample_has_no_total_correlation_within_its_batch():
    codes, posterior = spread(1, 3, 0.4)
    assert in_batch(codes, posterior).item() == pytest.approx(0)
    assert stratified(codes, posterior, 1).item() == pytest.approx(0)
    assert stratified(codes, posterior, 5).isfinite()


def test_permuting_keeps_each_code_and_breaks_their_dependence():
    column = torch.arange(2000.0)
    codes = torch.stack([column, column, -column], dim=1)
    uniform = torch.rand(codes.shape, generator=torch_stream(0, "permutation"))
    shuffled = permuted(codes, uniform)
    assert_close(shuffled.sort(0).values, codes.sort(0).values)
    correlations = torch.corrcoef(shuffled.T) - torch.eye(3)
    assert correlations.abs().max() < 4 / math.sqrt(2000)
