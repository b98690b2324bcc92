"""Gradient estimators: unbiased where they say so, and varying as much as theory says."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy.stats import norm
from torch.testing import assert_close

from unbraid.core.errors import InputError
from unbraid.training.baselines import MovingAverage, OptimalBaseline
from unbraid.training.binary import Relax, concrete
from unbraid.training.distributions import Gaussian
from unbraid.training.estimators import (
    doubly_reparametrised,
    importance_weighted,
    leave_one_out,
    reparametrised,
    score_function,
    sticking_the_landing,
)
from unbraid.training.gradients import BINARY, NORMAL, ScoreFunction, gradient
from unbraid.training.posteriors import BinaryCodes
from unbraid.training.streams import torch_stream
from unbraid.training.variance import exact_variance, gradient_moments, squared_norm

MEANS = {"zero": [0.0] * 4, "elsewhere": [0.5, -1.0, 2.0, 0.0]}


def noise(name="draws"):
    return torch_stream(0, "estimators", name)


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def normal(mean, logvar=None):
    mean = tensor([mean])
    return Gaussian(mean, torch.zeros_like(mean) if logvar is None else tensor([logvar]))


def made(name, n_codes, n_draws=None, known=NORMAL):
    return known[name].estimator(n_codes, n_draws, noise("weights"))


def settled(estimator, posterior, cost, rounds=5):
    """Let what remembers past batches see some."""
    if isinstance(estimator, torch.nn.Module):
        past = noise("past")
        for _ in range(rounds):
            gradient_moments(estimator, posterior, cost, past, 20_000)
    return estimator


def surprise(z):
    """The least p-value of many z, corrected for how many they are: Holm (1979)."""
    ordered = np.sort(2 * norm.sf(np.abs(z.detach().numpy())))
    return float(np.min(np.maximum.accumulate(ordered * np.arange(len(ordered), 0, -1))))


def assert_unbiased(moments, exact):
    z = moments.z(exact)
    assert surprise(z) > 1e-3, z
    assert z.abs().max() < 4, z


# Of normal codes.

PLAIN = [name for name, kind in NORMAL.items() if not kind.bound]


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("n_draws", [None, 3])
def test_the_gradient_of_a_squared_norm_is_unbiased(name, n_draws):
    # E |h|^2 = |mean|^2 + sum of variances, so the gradients are 2 mean and exp(logvar).
    mean, logvar = MEANS["elsewhere"], [0.0, -1.0, 0.5, 0.2]
    posterior = normal(mean, logvar)
    estimator = settled(made(name, 4, n_draws), posterior, squared_norm)
    moments = gradient_moments(estimator, posterior, squared_norm, noise(), 60_000)
    assert_unbiased(moments, {"mean": 2 * tensor(mean), "logvar": tensor(logvar).exp()})


KNOWN = ["reparametrised", "score_function", "moving_average", "optimal_baseline"]


@pytest.mark.parametrize("where", MEANS)
@pytest.mark.parametrize(
    ("name", "n_draws"),
    [*((name, 1) for name in KNOWN), *(("leave_one_out", k) for k in (2, 3, 5))],
)
def test_the_gradient_of_a_squared_norm_has_its_known_variance(name, where, n_draws):
    posterior = normal(MEANS[where])
    estimator = settled(made(name, 4, n_draws), posterior, squared_norm)
    moments = gradient_moments(estimator, posterior, squared_norm, noise(), 60_000)
    # The kurtosis of scores is high: the variance is known to some 2% from so many draws.
    exact = exact_variance(name, tensor(MEANS[where]), n_draws)
    assert_close(moments.variance["mean"], exact, rtol=0.08, atol=0)
    assert moments.evaluations == n_draws


@pytest.mark.parametrize("name", KNOWN)
def test_the_variance_of_a_mean_over_draws_is_that_part_of_one(name):
    mean = tensor(MEANS["elsewhere"])
    assert_close(exact_variance(name, mean, 5), exact_variance(name, mean) / 5)


@pytest.mark.parametrize("d", [1, 10, 100])
def test_the_variances_at_zero_are_those_of_the_literature(d):
    zeros = torch.zeros(d, dtype=torch.float64)

    def at_zero(name, k=1):
        values = exact_variance(name, zeros, k)
        assert values.shape == (d,)
        return values[0].item()

    assert at_zero("score_function") == (d + 2) * (d + 4)
    assert at_zero("optimal_baseline") == 2 * (d + 2)
    assert at_zero("reparametrised") == 4
    for k in (2, 4):
        expected = ((k - 2) * (2 * d + 8) + 4 * d + 8) / (k * (k - 1))
        assert at_zero("leave_one_out", k) == pytest.approx(expected)


def test_a_variance_that_is_not_known_is_refused():
    with pytest.raises(InputError, match="sticking_the_landing"):
        exact_variance("sticking_the_landing", torch.zeros(2))


def test_the_optimal_baseline_is_found_and_differs_from_the_mean():
    posterior = normal(MEANS["elsewhere"])
    optimal, average = OptimalBaseline(4), MovingAverage()
    for baseline in (optimal, average):
        settled(ScoreFunction(baseline), posterior, squared_norm, rounds=40)
    a, d = sum(m * m for m in MEANS["elsewhere"]), 4
    assert_close((optimal.weighted / optimal.squares), tensor([a + d + 2] * 4), rtol=0.02, atol=0)
    assert average.mean.item() == pytest.approx(a + d, rel=0.02)


def test_the_first_batch_has_no_baseline_and_the_second_the_mean_of_the_first():
    baseline, posterior = MovingAverage(), normal([0.0])
    costs, codes = tensor([[[1.0], [3.0]]]), tensor([[0.0], [0.0]])
    assert_close(baseline(costs, codes, posterior), torch.zeros_like(costs))
    assert_close(baseline(costs, codes, posterior), torch.full_like(costs, 2.0))


def test_the_value_is_the_mean_cost_of_the_draws():
    posterior = Gaussian(torch.ones(5, 2), torch.zeros(5, 2))
    for name in PLAIN:
        seen = []

        def cost(codes, given, seen=seen):
            seen.append(squared_norm(codes, given))
            return seen[-1]

        codes, costs = made(name, 2, 3)(posterior, cost, noise())
        assert codes.shape == (5, 2)
        assert_close(costs, seen[0].view(3, 5).mean(0))


# One code: prior N(0, 1), a sample of 1.5 with variance 1/2 about the code; posterior N(1, 1/3).
def log_normal(x, mean, variance):
    return -0.5 * ((x - mean) ** 2 / variance + math.log(2 * math.pi * variance))


def evidence(codes, posterior):
    log_joint = log_normal(codes, 0, 1) + log_normal(1.5, codes, 0.5)
    return posterior.log_prob(codes) - log_joint.sum(1)


EXACT_POSTERIOR = normal([1.0], [math.log(1 / 3)])
OTHER = normal([0.4], [-0.3])


def test_sticking_the_landing_does_not_vary_where_the_posterior_is_exact():
    landed, total = (
        gradient_moments(estimator, EXACT_POSTERIOR, evidence, noise(), 1000)
        for estimator in (sticking_the_landing, reparametrised)
    )
    for name in ("mean", "logvar"):
        assert landed.mean[name].abs().max() < 1e-14
        assert landed.variance[name].max() < 1e-28
    assert total.variance["mean"].item() > 1


@pytest.mark.parametrize("name", NORMAL)
def test_no_gradient_leads_away_from_the_exact_posterior(name):
    estimator = settled(made(name, 1), EXACT_POSTERIOR, evidence)
    moments = gradient_moments(estimator, EXACT_POSTERIOR, evidence, noise(), 20_000)
    assert_unbiased(moments, {"mean": tensor([0.0]), "logvar": tensor([0.0])})


@pytest.mark.parametrize("name", PLAIN)
def test_the_gradient_of_the_evidence_bound_is_unbiased(name):
    # KL(q || N(1, 1/3)) has gradients (mean - 1) 3 and (3 exp(logvar) - 1) / 2.
    exact = {"mean": tensor([-0.6 * 3]), "logvar": tensor([(3 * math.exp(-0.3) - 1) / 2])}
    estimator = settled(made(name, 1), OTHER, evidence)
    assert_unbiased(gradient_moments(estimator, OTHER, evidence, noise(), 60_000), exact)


def bound_by_quadrature(n_draws, nodes=60):
    """The gradient of -E log mean w, the noise integrated by Gauss and Hermite's rule."""
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    grid = tensor(list(itertools.product(points, repeat=n_draws))).T.reshape(-1, 1)
    mass = tensor(list(itertools.product(weights, repeat=n_draws))).prod(1)
    mean, logvar = OTHER.mean.clone().requires_grad_(), OTHER.logvar.clone().requires_grad_()
    codes = mean + (0.5 * logvar).exp() * grid
    costs = evidence(codes, Gaussian(mean.expand_as(codes), logvar.expand_as(codes)))
    bounds = math.log(n_draws) - torch.logsumexp(-costs.view(n_draws, -1), 0)
    value = (mass * bounds).sum() / mass.sum()
    found = torch.autograd.grad(value, (mean, logvar))
    return value, dict(zip(("mean", "logvar"), (g[0] for g in found), strict=True))


@pytest.mark.parametrize("n_draws", [1, 2, 3])
@pytest.mark.parametrize("estimator", [importance_weighted, doubly_reparametrised])
def test_the_gradient_of_the_importance_weighted_bound_is_unbiased(estimator, n_draws):
    value, exact = bound_by_quadrature(n_draws)

    def drawn(*given):
        return estimator(*given, n_draws=n_draws)

    assert_unbiased(gradient_moments(drawn, OTHER, evidence, noise(), 60_000), exact)
    many = Gaussian(OTHER.mean.expand(60_000, 1), OTHER.logvar.expand(60_000, 1))
    _, bounds = drawn(many, evidence, noise())
    assert (bounds.mean() - value).abs() < 4 * bounds.std() / math.sqrt(60_000)


def test_from_one_draw_the_bound_is_the_evidence_bound():
    many = Gaussian(OTHER.mean.expand(100, 1), OTHER.logvar.expand(100, 1))
    pairs = [(importance_weighted, reparametrised), (doubly_reparametrised, sticking_the_landing)]
    for weighted, plain in pairs:
        one = gradient_moments(
            lambda *given, f=weighted: f(*given, n_draws=1), OTHER, evidence, noise(), 100
        )
        other = gradient_moments(plain, OTHER, evidence, noise(), 100)
        assert_close(one.mean, other.mean)
        assert_close(one.variance, other.variance)
        _, bounds = weighted(many, evidence, noise(), n_draws=1)
        assert_close(bounds, plain(many, evidence, noise())[1])


def test_double_reparametrisation_leaves_the_costs_own_gradients_as_they_are():
    many = Gaussian(OTHER.mean.expand(50, 1), OTHER.logvar.expand(50, 1))
    own = tensor(1.5).requires_grad_()

    def cost(codes, posterior):
        log_joint = log_normal(codes, 0, 1) + log_normal(own, codes, 0.5)
        return posterior.log_prob(codes) - log_joint.sum(1)

    found = [
        torch.autograd.grad(estimator(many, cost, noise())[1].sum(), own)[0]
        for estimator in (importance_weighted, doubly_reparametrised)
    ]
    assert_close(*found)


def test_doubly_reparametrised_gradients_stand_out_more_with_more_draws():
    # Rainforth et al. (2018), arXiv:1802.04537: the signal of the plain ones falls as K^-1/2.
    def clarity(estimator, n_draws):
        moments = gradient_moments(
            lambda *given: estimator(*given, n_draws=n_draws), OTHER, evidence, noise(), 4000
        )
        _, exact = bound_by_quadrature(2)
        name = "mean"
        assert exact[name] != 0
        return (moments.mean[name].abs() / moments.variance[name].sqrt()).item()

    assert clarity(importance_weighted, 64) < 0.5 * clarity(importance_weighted, 2)
    assert clarity(doubly_reparametrised, 64) > 2 * clarity(doubly_reparametrised, 2)


# Of binary codes: three of them, so that all eight values can be counted.

LOGITS = [0.3, -1.0, 0.8]
CODES = tensor(list(itertools.product([0.0, 1.0], repeat=3)))


def puzzle(codes, _):
    return (codes @ tensor([1.0, -2.0, 0.5]) + 2 * codes[:, 0] * codes[:, 2] - 0.499).square()


def binary(logits=LOGITS):
    return BinaryCodes(tensor([logits]))


def by_enumeration(cost=puzzle):
    logits = tensor(LOGITS).requires_grad_()
    posterior = BinaryCodes(logits.expand(8, 3))
    value = (posterior.log_prob(CODES).exp() * cost(CODES, posterior)).sum()
    return value.detach(), {"logits": torch.autograd.grad(value, logits)[0]}


def unbiased_ones():
    return [name for name in BINARY if name != "concrete"]


def untrained(name):
    estimator = made(name, 3, known=BINARY)
    if isinstance(estimator, Relax):  # controls that are far from doing nothing
        estimator.double()
        with torch.no_grad():
            estimator.scale.fill_(0.7)
            estimator.log_temperature.fill_(0.3)
            for p in estimator.rest.parameters() if estimator.rest else ():
                p.normal_(generator=noise("rest"))
    return estimator


@pytest.mark.parametrize("name", unbiased_ones())
def test_the_gradient_of_binary_codes_is_unbiased(name):
    estimator = settled(untrained(name), binary(), puzzle)
    moments = gradient_moments(estimator, binary(), puzzle, noise(), 60_000)
    value, exact = by_enumeration()
    assert_unbiased(moments, exact)
    _, costs = estimator(BinaryCodes(tensor([LOGITS]).expand(60_000, 3)), puzzle, noise())
    assert (costs.mean() - value).abs() < 4 * costs.std() / math.sqrt(60_000)


def test_the_bias_of_the_concrete_relaxation_is_seen():
    moments = gradient_moments(concrete, binary(), puzzle, noise(), 60_000)
    z = moments.z(by_enumeration()[1])
    assert surprise(z) < 1e-6
    assert z.abs().max() > 10


def test_the_bias_of_the_concrete_relaxation_falls_with_its_temperature():
    exact = by_enumeration()[1]["logits"]
    biases = []
    for temperature in (1.0, 0.3, 0.05):
        moments = gradient_moments(
            lambda *given, t=temperature: concrete(*given, temperature=t),
            *(binary(), puzzle, noise(), 60_000),
        )
        biases.append((moments.mean["logits"] - exact).norm().item())
    assert biases[0] > biases[1] > biases[2]


def test_the_variance_of_leave_one_out_is_that_of_all_pairs_counted():
    # For two draws the gradient is (f - f') (b - b') / 2.
    _, exact = by_enumeration()
    mass = BinaryCodes(tensor(LOGITS).expand(8, 3)).log_prob(CODES).exp()
    costs = puzzle(CODES, None)
    both = (costs[:, None] - costs)[..., None] * (CODES[:, None] - CODES) / 2
    pairs = (mass[:, None] * mass)[..., None]
    variance = (pairs * both.square()).sum((0, 1)) - exact["logits"].square()
    moments = gradient_moments(
        lambda *given: leave_one_out(*given, n_draws=2), binary(), puzzle, noise(), 60_000
    )
    assert_close(moments.variance["logits"], variance, rtol=0.05, atol=0)


def near_half(codes, _):
    return (codes - 0.45).square().sum(1)


@pytest.mark.parametrize(("n_hidden", "left"), [(0, 0.9), (8, 0.2)])
def test_a_control_variate_learns_to_lower_the_variance(n_hidden, left):
    # The toy problem of Tucker et al. (2017), section 4.1, where soft codes say little of hard.
    estimator = Relax(3, n_hidden, noise("weights")).double()
    optimiser = torch.optim.Adam(estimator.parameters(), lr=0.02)
    settled(estimator, binary(), near_half)

    def variance(kind=estimator):
        moments = gradient_moments(kind, binary(), near_half, noise("test"), 5000)
        return moments.variance["logits"].sum().item()

    before = variance()
    posterior = BinaryCodes(tensor([LOGITS]).expand(200, 3))
    stream = noise("learning")
    for _ in range(150):
        estimator(posterior, near_half, stream)
        optimiser.zero_grad()
        estimator.own_loss().backward()
        optimiser.step()
    assert variance() < left * before
    assert variance() < 0.2 * variance(score_function)


def test_a_control_variate_hears_of_nothing_but_its_own_parameters():
    logits = tensor([LOGITS]).requires_grad_()
    own = tensor(2.0).requires_grad_()
    estimator = Relax(3, 4, noise("weights")).double()
    _, costs = estimator(BinaryCodes(logits), lambda b, q: own * puzzle(b, q), noise())
    parameters = list(estimator.parameters())
    assert all(g is None for g in torch.autograd.grad(costs.sum(), parameters, allow_unused=True))
    given = torch.autograd.grad(estimator.own_loss(), [logits], allow_unused=True)
    assert given == (None,)


def test_binary_codes_are_drawn_with_their_probabilities():
    posterior = BinaryCodes(tensor([LOGITS]).expand(60_000, 3))
    drawn = posterior.draw(noise())
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    error = posterior.std[0] / math.sqrt(60_000)
    assert ((drawn.mean(0) - posterior.mean[0]).abs() < 4 * error).all()
    assert_close(posterior.std[0], (posterior.mean * (1 - posterior.mean)).sqrt()[0])


def test_the_kl_of_binary_codes_is_the_sum_over_their_values():
    posterior = BinaryCodes(tensor([LOGITS]).expand(8, 3))
    log_prob = posterior.log_prob(CODES)
    assert log_prob.exp().sum().item() == pytest.approx(1)
    kl = (log_prob.exp() * (log_prob + 3 * math.log(2))).sum()
    assert_close(posterior.kl_per_code()[0].sum(), kl)


# By name.


def test_an_unknown_gradient_is_met_with_the_nearest_one():
    with pytest.raises(InputError, match="try 'leave_one_out'"):
        gradient("leave_on_out", NORMAL)


@pytest.mark.parametrize(("name", "n_draws"), [("leave_one_out", 1), ("relax", 2)])
def test_a_number_of_draws_that_does_not_suit_is_refused(name, n_draws):
    with pytest.raises(InputError, match="n_draws does not suit"):
        made(name, 3, n_draws, BINARY)
