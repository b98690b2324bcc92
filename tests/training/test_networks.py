"""The networks have the published shapes, and draw weights from the given stream alone."""

import math

import pytest
import torch
from torch import nn

from unbraid.core.errors import InputError
from unbraid.training.networks import build
from unbraid.training.streams import torch_stream


def parameters(module):
    return sum(weight.numel() for weight in module.parameters())


def made(network, shape, n_codes=10, seed=0):
    return build(network, shape, n_codes, torch_stream(seed, "weights"))


def test_the_studys_network_has_the_published_number_of_parameters():
    encoder, body = made("conv", (1, 64, 64))
    assert parameters(encoder) == 309_204
    assert parameters(body) == 381_313


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        *(("conv", (1, 64, 64)), ("conv", (3, 64, 64))),
        *(("mlp", (2, 8, 6)), ("mlp", (5,)), ("linear", (5,))),
    ],
)
def test_networks_map_samples_to_codes_and_back(network, shape):
    encoder, body = made(network, shape, n_codes=4)
    posterior = encoder(torch.zeros(3, *shape))
    assert posterior.mean.shape == posterior.logvar.shape == (3, 4)
    assert body(posterior.mean).shape == (3, *shape)


def test_kernels_start_glorot_uniform_and_biases_at_zero():
    for module in made("conv", (1, 64, 64)):
        layers = [x for x in module.modules() if hasattr(x, "weight")]
        assert all(bool((layer.bias == 0).all()) for layer in layers)
        for layer in layers:
            taps = math.prod(layer.weight.shape[2:])
            bound = math.sqrt(6 / (taps * (layer.weight.shape[0] + layer.weight.shape[1])))
            assert layer.weight.abs().max() <= bound
            # The standard error of the spread of n uniform numbers is below 0.5 / sqrt(n).
            spread = layer.weight.std().item() / (bound / math.sqrt(3))
            assert spread == pytest.approx(1, abs=2.5 / math.sqrt(layer.weight.numel()))


def test_the_second_and_third_kernel_sizes_are_the_studys():
    encoder, _ = made("conv", (1, 64, 64))
    sizes = [x.kernel_size for x in encoder.modules() if isinstance(x, nn.Conv2d)]
    assert sizes == [(4, 4), (4, 4), (2, 2), (2, 2)]


def test_weights_depend_on_the_given_stream_and_leave_the_global_one_alone():
    before = torch.get_rng_state()
    (first, _), (same, _), (other, _) = (made("mlp", (5,), seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first.mean.weight, same.mean.weight)
    assert not torch.equal(first.mean.weight, other.mean.weight)
    assert torch.equal(before, torch.get_rng_state())


def test_an_unknown_network_is_met_with_the_nearest_one():
    with pytest.raises(InputError, match="try 'mlp'"):
        made("mpl", (5,))
