"""Layers of codes where everything is linear and normal, and so known in closed form."""

import math

import pytest
import torch
from linear_chains import FEATURES, built, chain, samples, set_conditional, set_linear
from torch.testing import assert_close

from unbraid.training.assembly import bottom_up, top_down
from unbraid.training.gaussians import shifted
from unbraid.training.streams import torch_stream


@pytest.mark.parametrize("widths", [(3,), (3, 2), (3, 2, 2), (4, 3, 2, 1)])
@torch.no_grad()
def test_every_weight_of_an_exact_encoder_is_the_likelihood(widths):
    model, truth = chain(widths)
    x = samples()
    log_weights = model.log_weights(x, torch_stream(0, "draws"), 7)
    assert (log_weights - truth.log_prob(x)).abs().max() <= 1e-9


def expected_log_weight(model, x):
    """The mean log weight of one layer, exactly: it is quadratic in the noise."""
    d = model.decoder.observe.body[1].in_features
    points = math.sqrt(d) * torch.cat([torch.eye(d), -torch.eye(d)]).double()
    levels = model.infer(
        x, lambda q: shifted(q, points.repeat_interleave(len(x), 0)), n_draws=2 * d
    )
    return (model.evidence(x, levels) - levels[0].log_ratio()).view(2 * d, -1).mean(0)


@torch.no_grad()
def best_diagonal(weight):
    """One layer with the best encoder of independent codes, and the gap it leaves."""
    model = built(bottom_up, (weight.shape[1],), covariance="diagonal")
    variance = model.decoder.observe.logvar.exp()
    set_linear(model.decoder.observe.body[1], weight, torch.zeros(()))
    precision = torch.eye(weight.shape[1], dtype=torch.float64) + weight.T @ weight / variance
    (encoder,) = model.encoder
    diagonal = torch.diag(1 / precision.diagonal())
    back = torch.linalg.solve(precision, weight.T / variance)
    set_conditional(encoder, back, torch.zeros(()), diagonal)
    truth = torch.distributions.MultivariateNormal(
        torch.zeros(FEATURES).double(),
        weight @ weight.T + variance * torch.eye(FEATURES, dtype=torch.float64),
    )
    gap = 0.5 * (precision.diagonal().log().sum() - precision.logdet())
    return model, truth, gap


@torch.no_grad()
def test_the_gap_of_independent_codes_is_the_formula_and_turns_with_the_codes():
    noise, x = torch_stream(0, "turn"), samples()
    weight = torch.randn(FEATURES, 3, generator=noise, dtype=torch.float64)
    turn, _ = torch.linalg.qr(torch.randn(3, 3, generator=noise, dtype=torch.float64))
    model, truth, gap = best_diagonal(weight)
    turned, same_truth, other_gap = best_diagonal(weight @ turn)
    assert_close(same_truth.log_prob(x), truth.log_prob(x), rtol=0, atol=1e-12)
    assert_close(truth.log_prob(x) - expected_log_weight(model, x), gap.expand(20))
    assert_close(truth.log_prob(x) - expected_log_weight(turned, x), other_gap.expand(20))
    assert abs(gap - other_gap) > 0.05


@torch.no_grad()
def test_independent_codes_lose_nothing_where_the_columns_are_orthogonal():
    noise, x = torch_stream(0, "columns"), samples()
    columns, _ = torch.linalg.qr(torch.randn(FEATURES, 3, generator=noise, dtype=torch.float64))
    model, truth, gap = best_diagonal(columns * torch.tensor([2.0, 1.0, 0.5]))
    assert abs(gap) < 1e-12
    assert_close(expected_log_weight(model, x), truth.log_prob(x), rtol=0, atol=1e-10)


@torch.no_grad()
def test_a_ladder_that_sees_what_samples_say_is_exact():
    # h2 ~ N(0, I), h1 = a h2 + N(0, s), x = U h1 + noise, U with orthonormal columns.
    model, noise, x = built(top_down, (2, 2), "diagonal"), torch_stream(0, "ladder"), samples()
    variance, a, s = model.decoder.observe.logvar.exp(), torch.tensor([0.8, -1.5]).double(), 0.4
    columns, _ = torch.linalg.qr(torch.randn(FEATURES, 2, generator=noise, dtype=torch.float64))
    eye = torch.eye(2, dtype=torch.float64)
    set_linear(model.decoder.observe.body[1], columns, torch.zeros(()))
    set_conditional(model.decoder.conditionals[0], torch.diag(a), torch.zeros(()), s * eye)
    first, second = model.encoder.heads
    set_conditional(first, columns.T, torch.zeros(()), variance * eye)
    spread = torch.diag(1 / (1 + a**2 / (s + variance)))
    set_conditional(second, spread @ torch.diag(a) @ columns.T / (s + variance), a * 0, spread)
    truth = torch.distributions.MultivariateNormal(
        torch.zeros(FEATURES).double(),
        columns @ torch.diag(a**2 + s) @ columns.T + variance * torch.eye(FEATURES).double(),
    )
    log_weights = model.log_weights(x, noise, 6)
    assert (log_weights - truth.log_prob(x)).abs().max() <= 1e-9


@pytest.mark.parametrize("build", [bottom_up, top_down])
@torch.no_grad()
def test_the_bound_is_the_mean_log_weight(build):
    model = built(build, (3, 2), "diagonal")
    x = samples(3).repeat(5_000, 1)
    bound = model.bound(x, torch_stream(0, "one")).view(-1, 3)
    weights = model.log_weights(x, torch_stream(1, "other"), 1).view(-1, 3)
    error = ((bound.var(0) + weights.var(0)) / len(bound)).sqrt()
    assert ((bound.mean(0) - weights.mean(0)).abs() < 4 * error).all()


@torch.no_grad()
def test_samples_have_the_moments_of_the_chain():
    model, truth = chain((3, 2, 2))
    noise = torch.randn(50_000, 7, generator=torch_stream(0, "noise"), dtype=torch.float64)
    x = model.decoder(model.decoder.unfold(noise)).draw(torch_stream(0, "x"))
    assert_close(x.mean(0), truth.mean, rtol=0, atol=0.1)
    assert_close(x.T.cov(), truth.covariance_matrix, rtol=0.03, atol=0.1)
