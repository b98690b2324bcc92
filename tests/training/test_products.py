"""Products of matrices are torch's own convolutions, values and gradients alike."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch.func import vmap
from torch.testing import assert_close

from unbraid.training.products import convolution, deconvolution
from unbraid.training.streams import torch_stream


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch_stream(seed, "products"), dtype=torch.float64)


def stock_convolution(x, weight, bias):
    return F.conv2d(x, weight, bias, 2, weight.shape[-1] // 2 - 1)


def stock_deconvolution(x, weight, bias):
    return F.conv_transpose2d(x, weight, bias, 2, 1)


# Few channels on one side, and on neither: each takes another way.
CASES = [
    (convolution, stock_convolution, (1, 32, 4)),
    (convolution, stock_convolution, (5, 6, 4)),
    (convolution, stock_convolution, (5, 6, 2)),
    (deconvolution, stock_deconvolution, (32, 1, 4)),
    (deconvolution, stock_deconvolution, (5, 6, 4)),
]


def inputs(kind, channels, models=()):
    c, out, side = channels
    weight = (out, c) if kind is convolution else (c, out)
    return (
        normal(*models, 2, c, 6, 8),
        normal(*models, *weight, side, side, seed=1),
        normal(*models, out, seed=2),
    )


def values_and_gradients(function, given):
    given = [x.clone().requires_grad_() for x in given]
    value = function(*given)
    weights = normal(*value.shape, seed=9)
    first = torch.autograd.grad((value * weights).sum(), given, create_graph=True)
    of_first = sum(g.square().sum() for g in first)
    return value, *first, *torch.autograd.grad(of_first, given[:2])


@pytest.mark.parametrize(("ours", "stock", "channels"), CASES)
def test_they_are_the_stock_operations(ours, stock, channels):
    given = inputs(ours, channels)
    assert_close(values_and_gradients(ours, given), values_and_gradients(stock, given))


@pytest.mark.parametrize(("ours", "stock", "channels"), CASES)
def test_models_side_by_side_do_not_meet(ours, stock, channels):
    given = inputs(ours, channels, models=(3,))

    def one_by_one(*given):
        return torch.stack([stock(*own) for own in zip(*given, strict=True)])

    assert_close(values_and_gradients(vmap(ours), given), values_and_gradients(one_by_one, given))


def test_under_autocast_they_are_in_bfloat16():
    x, weight, bias = (tensor.float() for tensor in inputs(convolution, (5, 6, 4)))
    with torch.autocast("cpu", torch.bfloat16):
        assert convolution(x, weight, bias).dtype == torch.bfloat16
