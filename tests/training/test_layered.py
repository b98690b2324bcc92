"""Gradients of layered networks: every estimator, of all layers at once, against its twin."""

import math
from functools import cache

import pytest
import torch
from linear_chains import built, chain, samples
from scipy.stats import norm
from torch.testing import assert_close

from unbraid.training.assembly import bottom_up, top_down
from unbraid.training.estimators import importance_weighted, reparametrised
from unbraid.training.gradients import NORMAL
from unbraid.training.joint import JointPosterior
from unbraid.training.layered import Averaged, Estimated, Weighted
from unbraid.training.layers import Conditional
from unbraid.training.streams import torch_stream

WIDTHS = (3, 2)


def tame(build, covariance):
    """A network whose variances follow what is given a little, so that moments exist."""
    model, noise = built(build, WIDTHS, covariance), torch_stream(0, "tame")
    with torch.no_grad():
        for part in model.modules():
            if isinstance(part, Conditional):
                part.logvar.weight.mul_(0.05)
                if part.beside is not None:
                    part.beside.bias.normal_(std=0.3, generator=noise)
    return model


MODELS = {
    "bottom up, full": lambda: tame(bottom_up, "full"),
    "bottom up, diagonal": lambda: tame(bottom_up, "diagonal"),
    "top down": lambda: tame(top_down, "diagonal"),
}
EVERY = pytest.mark.parametrize("which", MODELS)


def estimated(name, n_draws=None):
    kind = NORMAL[name]
    estimator = kind.estimator(sum(WIDTHS), n_draws, torch_stream(0, "weights"))
    return Estimated(estimator, draws_kl=kind.draws_kl)


def gradient(model, bound, x, noise):
    model.zero_grad()
    bound(model, x, 1.0, noise).loss.backward()
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.requires_grad])


def gradients(model, bound, x, name, n=60):
    return torch.stack([gradient(model, bound, x, torch_stream(i, name)) for i in range(n)])


def assert_agree(found, same):
    error = ((found.var(0) + same.var(0)) / len(found)).sqrt()
    z = (found.mean(0) - same.mean(0)) / error
    # With Bonferroni's correction for how many there are.
    assert 2 * norm.sf(z.abs().max().item()) * len(z) > 1e-3


@cache
def twin(which):
    """Gradients of the bound as it is differentiated without a joint posterior."""
    return gradients(MODELS[which](), Averaged(), samples(2).repeat(200, 1), "twin")


@EVERY
@pytest.mark.parametrize("name", [name for name, kind in NORMAL.items() if not kind.bound])
def test_the_gradient_of_all_layers_is_unbiased(which, name):
    model, x = MODELS[which](), samples(2).repeat(200, 1)
    found = gradients(model, estimated(name), x, "estimator")
    assert_agree(found, twin(which))


@EVERY
@pytest.mark.parametrize("name", [importance_weighted, "doubly_reparametrised"])
def test_gradients_of_the_weighted_bound_agree(which, name):
    model, x = MODELS[which](), samples(2).repeat(100, 1)
    other = Estimated(name, draws_kl=True) if callable(name) else estimated(name)
    found = gradients(model, other, x, "estimator")
    same = gradients(model, Weighted(4), x, "twin")
    assert_agree(found, same)


@EVERY
def test_reparametrised_codes_of_all_layers_are_those_of_layer_after_layer(which):
    model, x = MODELS[which](), samples(3)
    one = gradient(model, Averaged(n_draws=2), x, torch_stream(0, "noise"))
    joint = estimated("reparametrised", 2)
    assert_close(gradient(model, joint, x, torch_stream(0, "noise")), one)
    assert_close(
        joint(model, x, 0.5, torch_stream(0, "noise")).loss,
        Averaged(n_draws=2)(model, x, 0.5, torch_stream(0, "noise")).loss,
    )


@EVERY
def test_the_joint_density_is_that_of_the_layers(which):
    model, x = MODELS[which](), samples(3)
    posterior = JointPosterior(model, x).repeated(2)
    codes = posterior.draw(torch_stream(0, "noise"))
    noise = torch_stream(0, "noise")
    levels = model.infer(x, lambda q: q.draw(noise), 2)
    assert_close(
        posterior.log_prob(codes), sum(level.posterior.log_prob(level.codes) for level in levels)
    )
    again = posterior.levels(codes)
    for level, same in zip(levels, again, strict=True):
        assert_close(level.codes, same.codes)
        assert_close(level.kl_per_code, same.kl_per_code)


def test_sticking_the_landing_is_still_where_the_encoder_is_exact():
    model, _ = chain(WIDTHS)
    x = samples(3)
    model.zero_grad()
    estimated("sticking_the_landing")(model, x, 1.0, torch_stream(0, "noise")).loss.backward()
    largest = max(p.grad.abs().max().item() for p in model.encoder.parameters())
    assert largest < 1e-9
    model.zero_grad()
    Averaged()(model, x, 1.0, torch_stream(0, "noise")).loss.backward()
    assert max(p.grad.abs().max().item() for p in model.encoder.parameters()) > 1e-3


def test_the_bound_of_weighted_draws_has_their_value():
    model, x = MODELS["bottom up, full"](), samples(3)
    codes = JointPosterior(model, x).repeated(5).draw(torch_stream(0, "noise"))
    assert codes.shape == (15, 5)
    log_weights = model.log_weights(x, torch_stream(0, "noise"), 5)
    found = estimated("doubly_reparametrised", 5)(model, x, 1.0, torch_stream(0, "noise"))
    assert_close(found.loss, -(log_weights.logsumexp(0) - math.log(5)).mean())
    twin = Estimated(reparametrised, draws_kl=True)(model, x, 1.0, torch_stream(0, "noise"))
    assert_close(twin.loss, -model.log_weights(x, torch_stream(0, "noise"), 1).mean())
