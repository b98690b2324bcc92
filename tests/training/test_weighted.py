"""The importance weighted bound: its value, its gradient, its gap and what it estimates."""

import math

import pytest
import torch
from linear_chains import built, chain, samples, set_conditional, set_linear
from torch.testing import assert_close

from unbraid.training.assembly import bottom_up
from unbraid.training.importance import log_likelihood
from unbraid.training.streams import torch_stream
from unbraid.training.weighted import chosen_draws, weighted_bound


def crude(widths=(3, 2)):
    """A chain whose encoder is somewhat off."""
    model, truth = chain(widths)
    with torch.no_grad():
        for conditional in model.encoder:
            conditional.logvar.bias.add_(0.3)
            conditional.mean.bias.add_(0.2)
    return model, truth


def test_the_bound_has_the_value_of_all_its_draws():
    model, _ = crude()
    x = samples(4)
    bound, levels, _ = weighted_bound(model, x, 20, 1.0, torch_stream(0, "draws"))
    log_weights = model.log_weights(x, torch_stream(0, "draws"), 20)
    assert_close(bound, (log_weights.logsumexp(0) - math.log(20)).mean())
    assert len(levels[0].codes) == 8 * len(x)


def gradients(model, bound):
    model.zero_grad()
    bound.backward()
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


def test_the_gradient_along_a_few_draws_is_that_of_all_in_the_mean():
    model, _ = crude(widths=(2,))
    x, n = samples(2), 150

    def of_all(noise):
        log_weights = model.log_weights(x, noise, 20)
        return gradients(model, (log_weights.logsumexp(0) - math.log(20)).mean())

    def of_few(noise):
        return gradients(model, weighted_bound(model, x, 20, 1.0, noise)[0])

    draws = [torch.stack([g(torch_stream(i, "g")) for i in range(n)]) for g in (of_all, of_few)]
    difference = draws[1] - draws[0]  # the same draws, so that only the choice is left
    error = difference.std(0) / math.sqrt(n)
    assert (difference.mean(0).abs() < 4.5 * error + 1e-9).all()
    assert error.max() > 0


def test_draws_are_chosen_as_often_as_their_shares_say():
    shares = torch.tensor([0.05, 0.6, 0.0, 0.35]).repeat(20_000, 1).T
    chosen = chosen_draws(shares, 3, torch_stream(0, "choice"))
    counts = torch.nn.functional.one_hot(chosen, 4).sum(0)
    assert_close(counts.double().mean(0), 3 * shares[:, 0].double(), rtol=0, atol=0.02)
    assert (counts >= torch.floor(3 * shares.T)).all()
    assert (counts <= torch.ceil(3 * shares.T)).all()


@torch.no_grad()
def test_the_gap_shrinks_as_the_variance_of_the_weights_says():
    # p(h) = N(0, 1), p(x | h) = N(w h, s), q = N(posterior mean + 0.3, 1.2 posterior variance).
    model = built(bottom_up, (1,))
    s, w = model.decoder.observe.logvar.exp(), torch.tensor([[0.5], [0.0], [0.3], [0.0], [0.2]])
    set_linear(model.decoder.observe.body[1], w, torch.zeros(()))
    variance = 1 / (1 + (w.double() ** 2).sum() / s)
    (encoder,) = model.encoder
    back = variance * w.double().T / s
    set_conditional(encoder, back, torch.tensor([0.3]), 1.2 * variance.view(1, 1))
    truth = torch.distributions.MultivariateNormal(
        torch.zeros(5).double(), w.double() @ w.double().T + s * torch.eye(5).double()
    )
    # E[w^2] / E[w]^2 - 1 for two normal distributions, by a fine sum.
    grid = torch.linspace(-12, 12, 200_001, dtype=torch.float64)
    posterior = torch.distributions.Normal(0.0, variance.sqrt())
    q = torch.distributions.Normal(0.3, (1.2 * variance).sqrt())
    squared = torch.exp(2 * posterior.log_prob(grid) - q.log_prob(grid))
    gamma = torch.trapezoid(squared, grid) - 1
    x = samples(1).repeat(8000, 1)
    for k in (16, 64):
        log_weights = model.log_weights(x, torch_stream(k, "draws"), k) - truth.log_prob(x)
        mean_weight = log_weights.exp().mean(0)
        # Its mean is one: subtracting it leaves the mean gap with little noise.
        gaps = k * (mean_weight - 1 - mean_weight.log())
        error = gaps.std() / math.sqrt(len(gaps))
        assert gaps.mean().item() == pytest.approx(
            gamma.item() / 2, abs=4 * error.item() + 0.6 * gamma.item() / k
        )


def test_a_few_draws_are_all_differentiated():
    model, _ = crude(widths=(2, 2))
    weights, x = list(model.parameters()), samples(3)
    bound, _, _ = weighted_bound(model, x, 4, 1.0, torch_stream(0, "w"))
    found = torch.autograd.grad(bound, weights, allow_unused=True)
    log_weights = model.log_weights(x, torch_stream(0, "w"), 4)
    same = (log_weights.logsumexp(0) - math.log(4)).mean()
    expected = torch.autograd.grad(same, weights, allow_unused=True)
    for one, other in zip(found, expected, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert_close(one, other)


@torch.no_grad()
def test_many_draws_come_close_to_the_likelihood_from_below():
    model, truth = crude(widths=(2, 2))
    x = truth.sample((300,))
    found = [log_likelihood(model, x, k, torch_stream(0, "k"))[0].mean() for k in (1, 10, 300)]
    assert found[0] < found[1] < found[2]
    assert_close(found[2], truth.log_prob(x).mean(), rtol=0, atol=0.1)


@torch.no_grad()
def test_draws_in_parts_are_worth_what_they_are_together():
    model, truth = chain((2, 1))
    found, worth = log_likelihood(model, samples(3), 3000, torch_stream(0, "k"))
    assert_close(found, truth.log_prob(samples(3)), rtol=0, atol=1e-9)
    assert_close(worth, torch.full((3,), 3000.0).double())
