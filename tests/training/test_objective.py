"""The objective against closed forms, and the gradients of its players."""

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from unbraid.training.distributions import Gaussian
from unbraid.training.estimators import reparametrised
from unbraid.training.networks import GaussianDecoder, build
from unbraid.training.regulariser import Encoded, Regulariser, WeightedKL
from unbraid.training.streams import torch_stream
from unbraid.training.variational import Variational


def linear(n_codes=2, features=4, regulariser=None, variance=0.5):
    encoder, body = build("linear", (features,), n_codes, torch_stream(0, "weights"))
    decoder = GaussianDecoder(body, variance, learned=False)
    return Variational(encoder, decoder, regulariser or WeightedKL())


def test_the_expected_loss_of_a_linear_model_is_its_closed_form():
    model = linear()
    x = torch.randn(1, 4, generator=torch_stream(0, "x"))
    posterior, layer = model.encoder(x), model.decoder.body[0]
    mean, variance = posterior.mean[0], posterior.logvar[0].exp()
    # E|x - W h - b|^2 = |x - W mean - b|^2 + tr(W diag(variance) W')
    squares = (x[0] - layer(mean)).square().sum() + (layer.weight.square() @ variance).sum()
    expected = 0.5 * (squares / 0.5 + 4 * math.log(2 * math.pi * 0.5))
    with torch.no_grad():
        many = model(x.expand(200_000, 4), 0, torch_stream(0, "noise"))
    assert many.logged["reconstruction"].item() == pytest.approx(expected.item(), rel=5e-3)
    kl = 0.5 * (mean.square() + variance - variance.log() - 1).sum()
    assert many.logged["kl"].item() == pytest.approx(kl.item(), rel=1e-4)
    assert many.logged["loss"].item() == pytest.approx((expected + kl).item(), rel=5e-3)


def test_the_bound_is_tight_where_the_posterior_is_exact():
    # One code, x = w h + noise: the posterior is normal with precision 1 + |w|^2 / s2.
    model, s2 = linear(n_codes=1, features=3, variance=0.5), 0.5
    w = torch.tensor([[0.5], [-1.0], [2.0]])
    precision = 1 + w.square().sum().item() / s2
    with torch.no_grad():
        model.decoder.body[0].weight.copy_(w)
        model.encoder.mean.weight.copy_(w.T / s2 / precision)
        model.encoder.logvar.weight.zero_()
        model.encoder.logvar.bias.fill_(-math.log(precision))
    x = torch.randn(1, 3, generator=torch_stream(0, "x"))
    marginal = torch.distributions.MultivariateNormal(torch.zeros(3), w @ w.T + s2 * torch.eye(3))
    posterior = model.encoder(x)
    codes = posterior.draw(torch_stream(0, "noise"))
    prior = Gaussian(torch.zeros(1, 1), torch.zeros(1, 1))
    weight = model.decoder(codes).log_prob(x) + prior.log_prob(codes) - posterior.log_prob(codes)
    # Then every draw, and not only the mean of many, gives log p(x).
    assert_close(weight, marginal.log_prob(x), rtol=1e-5, atol=1e-5)


def test_beta_weighs_the_kl_alone():
    x = torch.randn(5, 4, generator=torch_stream(0, "x"))
    terms = linear(regulariser=WeightedKL(4.0))(x, 0, torch_stream(0, "noise"))
    logged = terms.logged
    assert_close(logged["loss"], logged["reconstruction"] + 4 * logged["kl"])
    assert_close(logged["kl"], logged["kl_per_code"].sum())


def test_the_reparametrised_gradient_is_unbiased_and_has_its_known_variance():
    # The gradient of E|h|^2 under N(theta, 1) is 2 theta; one draw has variance 4 in each place.
    theta, n = torch.tensor([0.5, -2.0]), 100_000
    mean = theta.expand(n, 2).clone().requires_grad_()
    posterior = Gaussian(mean, torch.zeros(n, 2))
    _, costs = reparametrised(posterior, lambda h, _: h.square().sum(1), torch_stream(0, "noise"))
    (gradients,) = torch.autograd.grad(costs.sum(), mean)
    assert_close(gradients.mean(0), 2 * theta, rtol=0, atol=5 * 2 / math.sqrt(n))
    assert_close(gradients.var(0), torch.full((2,), 4.0), rtol=0.05, atol=0)


def test_a_schedule_adds_to_the_weight_of_the_kl():
    x = torch.randn(5, 4, generator=torch_stream(0, "x"))
    model = linear()
    model.extra_kl = lambda step: 10.0 - step
    logged = model(x, 3, torch_stream(0, "noise")).logged
    assert_close(logged["loss"], logged["reconstruction"] + (1 + 7) * logged["kl"])


class Opponent(Regulariser):
    """Has a parameter of its own, that lowers what the encoder raises."""

    betas = (0.5, 0.9)

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))

    def forward(self, encoded: Encoded):
        return encoded.kl + (encoded.codes * self.weight).mean()

    def own_loss(self, encoded: Encoded):
        return -(encoded.codes * self.weight).mean()


def test_a_regulariser_with_parameters_plays_against_the_model():
    model = linear(regulariser=Opponent())
    autoencoder, opponent = model.players()
    assert opponent.parameters == (model.regulariser.weight,)
    assert opponent.betas == (0.5, 0.9)
    terms = model(torch.ones(3, 4), 0, torch_stream(0, "noise"))
    of_model, own = terms.losses
    assert (
        torch.autograd.grad(own, autoencoder.parameters, allow_unused=True, retain_graph=True)[0]
        is None
    )
    first = torch.autograd.grad(of_model, opponent.parameters, retain_graph=True)[0]
    second = torch.autograd.grad(own, opponent.parameters)[0]
    assert_close(first, -second)
