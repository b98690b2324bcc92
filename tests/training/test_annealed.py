"""Annealed importance sampling where likelihoods are known."""

import math

import pytest
import torch
from linear_chains import chain
from torch.testing import assert_close

from unbraid.training import annealed
from unbraid.training.streams import torch_stream

VARIANCE = 0.2


def problem(n=400, seed=0):
    """x = 1.5 noise + N(0, 0.2), simulated; its evidence, its noise and its log likelihoods."""
    stream = torch_stream(seed, "problem")
    made_of = torch.randn(n, 1, generator=stream, dtype=torch.float64)
    x = 1.5 * made_of[:, 0] + math.sqrt(VARIANCE) * torch.randn(n, generator=stream).double()

    def evidence(state):
        squares = (x - 1.5 * state[:, 0]) ** 2 / VARIANCE
        return -0.5 * (squares + math.log(2 * math.pi * VARIANCE))

    truth = torch.distributions.Normal(0.0, math.sqrt(1.5**2 + VARIANCE)).log_prob(x)
    return evidence, made_of, truth


def start(n, seed=1):
    return torch.randn(n, 1, generator=torch_stream(seed, "start"), dtype=torch.float64)


def both_ways(n_steps, n=400):
    evidence, made_of, truth = problem(n)
    path = annealed.tuned(evidence, start(n, 2), n_steps, torch_stream(0, "tune"), 5)
    low = annealed.forward(evidence, start(n), path, torch_stream(0, "up"))
    high = annealed.backward(evidence, made_of, path, torch_stream(0, "down"))
    return low - truth, high - truth


def test_weights_are_unbiased_even_where_the_path_is_short():
    low, high = both_ways(12, n=4000)
    for weights in (low.exp(), (-high).exp()):
        error = weights.std() / math.sqrt(len(weights))
        assert weights.mean().item() == pytest.approx(1, abs=4 * error.item())


def test_bounds_hold_in_the_mean_and_meet_as_the_path_grows():
    gaps = []
    for n_steps in (3, 40):
        low, high = both_ways(n_steps)
        assert low.mean() < 0.02 < high.mean() + 0.04
        gaps.append((high - low).mean())
    assert gaps[1] < gaps[0] / 4
    assert gaps[1] < 0.5


def test_the_sandwich_contains_the_likelihood_of_a_chain():
    model, truth = chain((2, 2))
    with torch.no_grad():
        noise = torch.randn(20, 4, generator=torch_stream(0, "n"), dtype=torch.float64)
        x = model.decoder(model.decoder.unfold(noise)).draw(torch_stream(0, "x"))

    def evidence(state):
        return model.decoder(model.decoder.unfold(state)).log_prob(x)

    begin = torch.randn(20, 4, generator=torch_stream(1, "n"), dtype=torch.float64)
    path = annealed.tuned(evidence, begin, 60, torch_stream(0, "tune"), 4)
    low = annealed.forward(evidence, begin, path, torch_stream(0, "up"))
    high = annealed.backward(evidence, noise, path, torch_stream(0, "down"))
    known = truth.log_prob(x)
    assert low.mean() <= known.mean() + 0.02
    assert high.mean() >= known.mean() - 0.02
    assert (high - low).mean() < 4


def test_temperatures_rise_from_nothing_to_all():
    times = annealed.temperatures(50)
    assert times[0] == 0
    assert times[-1] == 1
    assert (times.diff() > 0).all()


def test_the_mean_weight_over_chains_is_taken_in_logarithms():
    logs = torch.tensor([[1000.0], [1000.0 + math.log(3)]])
    assert_close(annealed.log_mean(logs), torch.tensor([1000 + math.log(2)]))
