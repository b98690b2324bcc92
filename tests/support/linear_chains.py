"""Layered networks in which everything is linear and normal, and so known in closed form."""

import torch

from unbraid.training.assembly import Architecture, bottom_up
from unbraid.training.layers import Hidden
from unbraid.training.streams import torch_stream

FEATURES, NOISE = 5, 0.3


def built(build, widths, covariance="full"):
    plan = Architecture(
        shape=(FEATURES,),
        n_codes=widths,
        hidden=(Hidden(activation="linear"),) * len(widths),
        covariance=(covariance,) * len(widths),
        decoder="gaussian",
        noise_variance=NOISE,
        noise_learned=False,
    )
    return build(plan, torch_stream(0, "weights")).double().eval()


def set_linear(layer, weight, bias):
    layer.weight.copy_(weight)
    layer.bias.copy_(bias)


def set_conditional(conditional, weight, bias, covariance):
    """Make a layer N(weight given + bias, covariance)."""
    factor = torch.linalg.cholesky(covariance)
    set_linear(conditional.mean, weight, bias)
    set_linear(conditional.logvar, torch.zeros(()), 2 * factor.diagonal().log())
    if conditional.beside is not None:
        row, column = torch.tril_indices(*factor.shape, offset=-1)
        set_linear(conditional.beside, torch.zeros(()), factor[row, column])


def random_covariance(n, noise):
    root = torch.randn(n, n, generator=noise, dtype=torch.float64)
    return 0.3 * root @ root.T + 0.2 * torch.eye(n, dtype=torch.float64)


@torch.no_grad()
def chain(widths, seed=0):
    """A linear network with the exact reversed encoder, and the moments of its samples."""
    model, noise = built(bottom_up, widths), torch_stream(seed, "chain")
    variance = model.decoder.observe.logvar.exp()
    mean = torch.zeros(widths[-1], dtype=torch.float64)
    covariance = torch.eye(widths[-1], dtype=torch.float64)
    encoders = list(model.encoder)
    for layer in reversed(range(len(widths))):
        below = widths[layer - 1] if layer else FEATURES
        weight = torch.randn(below, widths[layer], generator=noise, dtype=torch.float64)
        bias = torch.randn(below, generator=noise, dtype=torch.float64)
        if layer:
            added = random_covariance(below, noise)
            set_conditional(model.decoder.conditionals[layer - 1], weight, bias, added)
        else:
            added = variance * torch.eye(below, dtype=torch.float64)
            set_linear(model.decoder.observe.body[1], weight, bias)
        mean_below = weight @ mean + bias
        covariance_below = weight @ covariance @ weight.T + added
        back = covariance @ weight.T @ torch.linalg.inv(covariance_below)
        left = covariance - back @ weight @ covariance
        set_conditional(encoders[layer], back, mean - back @ mean_below, (left + left.T) / 2)
        mean, covariance = mean_below, covariance_below
    return model, torch.distributions.MultivariateNormal(mean, covariance)


def samples(n=20):
    return 2 * torch.randn(n, FEATURES, generator=torch_stream(1, "x"), dtype=torch.float64)
