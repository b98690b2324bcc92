"""The operations of the 64x64 network, in the form that suits what it is trained on.

On a CPU three are written out whose gradients torch computes slowly. Together they save a sixth of
a training step at batch size 64; under autocast the stock operations are the faster ones. Where a
gradient is itself to be differentiated, it is that of the stock operation. Models side by side
take products of matrices. All equal the stock operation to rounding.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (as torch writes it)
from torch import Tensor

from unbraid.training import products

_SIDE_BY_SIDE = ContextVar("_SIDE_BY_SIDE", default=False)


@contextmanager
def side_by_side() -> Iterator[None]:
    """Use the operations that `torch.func` sees through, and that treat models side by side.

    Yields
    ------
    None
        Nothing; gradients of what was computed inside may be taken outside.
    """
    token = _SIDE_BY_SIDE.set(True)
    try:
        yield
    finally:
        _SIDE_BY_SIDE.reset(token)


def are_side_by_side() -> bool:
    """Tell whether `side_by_side` holds.

    Returns
    -------
    bool
        Whether it does.
    """
    return _SIDE_BY_SIDE.get()


def channels_last(x: Tensor) -> Tensor:
    """Return images with the channels last in memory, which changes speed alone.

    Parameters
    ----------
    x
        Shape (batch, c, h, w).

    Returns
    -------
    torch.Tensor
        The same numbers; of models side by side, as they are.
    """
    return x if are_side_by_side() else x.contiguous(memory_format=torch.channels_last)


def bernoulli_log_prob(logits: Tensor, x: Tensor) -> Tensor:
    """Return minus the sigmoid cross-entropy, summed over all axes but the first.

    Parameters
    ----------
    logits
        The log odds, shape (batch, ...).
    x
        Values in [0, 1], same shape; no gradient flows to them.

    Returns
    -------
    torch.Tensor
        Shape (batch,), in nats.
    """
    if are_side_by_side():
        return (x * logits - F.softplus(logits)).flatten(1).sum(1)
    return _BernoulliLogProb.apply(logits, x)  # type: ignore[no-any-return, no-untyped-call]


class _BernoulliLogProb(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, x: Tensor) -> Tensor:  # noqa: ANN401 (torch's own)
        ctx.save_for_backward(logits, x)
        return (x * logits).sub_(F.softplus(logits)).flatten(1).sum(1)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        logits, x = ctx.saved_tensors
        per_sample = gradient.reshape(-1, *[1] * (x.dim() - 1))
        if torch.is_grad_enabled():
            return (x - torch.sigmoid(logits)) * per_sample, None
        return torch.sigmoid(logits).neg_().add_(x).mul_(per_sample), None


def deconvolution_relu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return the rectified transposed convolution with kernel 4, stride 2 and padding 1.

    Parameters
    ----------
    x
        Shape (batch, c, h, w).
    weight
        Shape (c, out, 4, 4).
    bias
        Shape (out,).

    Returns
    -------
    torch.Tensor
        Shape (batch, out, 2h, 2w).
    """
    if _plain_is_faster(x):
        return _plain_deconvolution_relu(x, weight, bias)
    return _DeconvolutionReLU.apply(x, weight, bias)  # type: ignore[no-any-return, no-untyped-call]


class _DeconvolutionReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:  # noqa: ANN401
        y = F.conv_transpose2d(x, weight, bias, 2, 1).relu_()
        ctx.save_for_backward(x, weight, bias, y)
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        x, weight, bias, y = ctx.saved_tensors
        if torch.is_grad_enabled():
            return _plain_gradients(ctx, _plain_deconvolution_relu, (x, weight, bias), gradient)
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        gradient = torch.ops.aten.threshold_backward(gradient, y, 0)
        of_x, of_weight, _ = torch.ops.aten.convolution_backward(
            gradient, x, weight, [0], [2, 2], [1, 1], [1, 1], True, [0, 0], 1, [True, True, False]
        )
        return of_x, of_weight, _sum_over_pixels(gradient)


def _sum_over_pixels(image: Tensor) -> Tensor:
    # A matrix-vector product: the plain reduction is slow when the channels come last.
    rows = image.permute(0, 2, 3, 1).reshape(-1, image.shape[1])
    return torch.mv(rows.t(), rows.new_ones(len(rows)))


def last_deconvolution(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return the transposed convolution with kernel 4, stride 2 and padding 1.

    To a single channel, one matrix product gives the sixteen taps of every input pixel, and they
    are added where they overlap: half the time of the stock operation. To three it is no faster.

    Parameters
    ----------
    x
        Shape (batch, c, h, w).
    weight
        Shape (c, out, 4, 4).
    bias
        Shape (out,).

    Returns
    -------
    torch.Tensor
        Shape (batch, out, 2h, 2w).
    """
    if weight.shape[1] > 1 or _plain_is_faster(x):
        return _plain_deconvolution(x, weight, bias)
    return _LastDeconvolution.apply(x, weight, bias)  # type: ignore[no-any-return, no-untyped-call]


class _LastDeconvolution(torch.autograd.Function):
    # Tap (2a + s, 2b + t) of input pixel (i, j) falls on padded output pixel
    # (2(i + a) + s, 2(j + b) + t): planes are indexed [s, t], shifts by (a, b).

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:  # noqa: ANN401
        n, c, h, w = x.shape
        pixels = _pixels(x)
        taps = torch.mm(weight.reshape(c, 16).t(), pixels.t()).view(2, 2, 2, 2, n, h, w)
        planes = taps.new_zeros(2, 2, n, h + 1, w + 1)
        for a in (0, 1):
            for b in (0, 1):
                planes[..., a : a + h, b : b + w] += taps[a, :, b]
        ctx.save_for_backward(x, weight, bias)
        image = planes.permute(2, 3, 0, 4, 1).reshape(n, 1, 2 * h + 2, 2 * w + 2)
        return image[..., 1:-1, 1:-1] + bias

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        x, weight, bias = ctx.saved_tensors
        if torch.is_grad_enabled():
            return _plain_gradients(ctx, _plain_deconvolution, (x, weight, bias), gradient)
        pixels = _pixels(x)
        n, h, w = len(gradient), gradient.shape[2] // 2, gradient.shape[3] // 2
        padded = F.pad(gradient, (1, 1, 1, 1)).view(n, h + 1, 2, w + 1, 2)
        planes = padded.permute(2, 4, 0, 1, 3).contiguous()
        taps = planes.new_empty(2, 2, 2, 2, n, h, w)
        for a in (0, 1):
            for b in (0, 1):
                taps[a, :, b] = planes[..., a : a + h, b : b + w]
        taps = taps.view(16, -1)
        of_weight = torch.mm(taps, pixels).t().reshape(weight.shape)
        of_pixels = torch.mm(taps.t(), weight.reshape(-1, 16).t())
        of_x = of_pixels.view(n, h, w, -1).permute(0, 3, 1, 2)
        return of_x, of_weight, gradient.sum().view(1)


def _plain_is_faster(x: Tensor) -> bool:
    return are_side_by_side() or x.device.type != "cpu" or torch.is_autocast_enabled("cpu")


def _pixels(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


def _plain_deconvolution(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if are_side_by_side():
        return products.deconvolution(x, weight, bias)
    return F.conv_transpose2d(x, weight, bias, 2, 1)


def _plain_deconvolution_relu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.relu(_plain_deconvolution(x, weight, bias))


def _plain_gradients(
    ctx: Any,  # noqa: ANN401 (torch's own)
    plain: Callable[..., Tensor],
    inputs: tuple[Tensor, ...],
    gradient: Tensor,
) -> tuple[Tensor | None, ...]:
    wanted = [x for x, needed in zip(inputs, ctx.needs_input_grad, strict=True) if needed]
    found = iter(torch.autograd.grad(plain(*inputs), wanted, gradient, create_graph=True))
    return tuple(next(found) if needed else None for needed in ctx.needs_input_grad)
