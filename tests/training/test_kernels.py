"""The written-out operations are torch's own, values and gradients alike."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch.testing import assert_close

from unbraid.training.kernels import bernoulli_log_prob, deconvolution_relu, last_deconvolution
from unbraid.training.streams import torch_stream


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch_stream(seed, "kernels"), dtype=torch.float64)


def values_and_gradients(function, *inputs):
    inputs = [x.clone().requires_grad_() for x in inputs]
    value = function(*inputs)
    weights = normal(*value.shape, seed=9)
    return value, *torch.autograd.grad((value * weights).sum(), inputs)


@pytest.mark.parametrize("channels", [1, 3])
def test_last_deconvolution_is_the_transposed_convolution(channels):
    inputs = normal(2, 5, 3, 4), normal(5, channels, 4, 4, seed=1), normal(channels, seed=2)
    ours = values_and_gradients(last_deconvolution, *inputs)
    stock = values_and_gradients(lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1), *inputs)
    assert_close(ours, stock)


def test_deconvolution_relu_is_the_rectified_transposed_convolution():
    inputs = normal(2, 5, 3, 4), normal(5, 6, 4, 4, seed=1), normal(6, seed=2)
    ours = values_and_gradients(deconvolution_relu, *inputs)
    stock = values_and_gradients(lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1).relu(), *inputs)
    assert_close(ours, stock)


def test_bernoulli_log_prob_is_minus_the_cross_entropy():
    logits, x = 8 * normal(3, 2, 4, 4), torch.sigmoid(normal(3, 2, 4, 4, seed=1))

    def stock(logits):
        losses = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
        return -losses.flatten(1).sum(1)

    ours = values_and_gradients(lambda logits: bernoulli_log_prob(logits, x), logits)
    assert_close(ours, values_and_gradients(stock, logits))


def test_under_autocast_the_stock_operations_are_taken():
    inputs = normal(2, 5, 3, 4).float(), normal(5, 1, 4, 4, seed=1).float(), torch.zeros(1)
    with torch.autocast("cpu", torch.bfloat16):
        assert last_deconvolution(*inputs).dtype == torch.bfloat16
        assert deconvolution_relu(*inputs).dtype == torch.bfloat16


def second_gradients(function, *inputs):
    inputs = [x.clone().requires_grad_() for x in inputs]
    first = torch.autograd.grad(function(*inputs).square().sum(), inputs, create_graph=True)
    return torch.autograd.grad(sum(g.square().sum() for g in first), inputs)


@pytest.mark.parametrize(
    ("ours", "stock"),
    [
        (deconvolution_relu, lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1).relu()),
        (last_deconvolution, lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1)),
    ],
)
def test_gradients_of_deconvolutions_can_be_differentiated(ours, stock):
    inputs = normal(2, 5, 3, 4), normal(5, 1, 4, 4, seed=1), normal(1, seed=2)
    assert_close(second_gradients(ours, *inputs), second_gradients(stock, *inputs))


def test_gradients_of_bernoulli_log_prob_can_be_differentiated():
    logits, x = 8 * normal(3, 5), torch.sigmoid(normal(3, 5, seed=1))

    def stock(logits):
        losses = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
        return -losses.sum(1)

    ours = second_gradients(lambda logits: bernoulli_log_prob(logits, x), logits)
    assert_close(ours, second_gradients(stock, logits))
