"""Convolutions of stride 2 as one matrix product each, for models that have an axis of their own.

Stock convolutions treat such models as groups, one after the other; products of matrices have
them on an axis of their own. Images have their channels last. In blocks of 2 x 2 pixels a kernel
of 4 x 4 is one of 2 x 2, and that is four products: with what is shifted laid side by side before
one product, or with one product added up after it was shifted, whichever is smaller. All that is
done besides the product is to move numbers. Each way to move them is written with its adjoint,
since torch would derive it as a dozen copies.
"""

from collections.abc import Callable
from itertools import product
from typing import Any

import torch
from torch import Tensor

_PLACES = tuple(product((0, 1), (0, 1)))


def convolution(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return the convolution with stride 2.

    Parameters
    ----------
    x
        Shape (batch, c, 2h, 2w).
    weight
        Shape (out, c, 4, 4), with padding 1, or (out, c, 2, 2), without.
    bias
        Shape (out,).

    Returns
    -------
    torch.Tensor
        Shape (batch, out, h, w).

    Examples
    --------
    >>> convolution(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 4, 4), torch.zeros(1)).tolist()
    [[[[9.0, 9.0], [9.0, 9.0]]]]
    """
    out, c, side, _ = weight.shape
    x = x.permute(0, 2, 3, 1)
    if side == 2:
        n, h, w, _ = x.shape
        blocks = x.reshape(n, h // 2, 2, w // 2, 2, c).transpose(2, 3)
        whole = blocks.reshape(n, h // 2, w // 2, 4 * c)
        return _biased(whole @ weight.permute(2, 3, 1, 0).reshape(4 * c, out), bias)
    # [a, b, s, t, c, out]: pixel (s, t) of the block that is (a, b) further.
    taps = weight.view(out, c, 2, 2, 2, 2).permute(2, 4, 3, 5, 1, 0)
    if 4 * c <= out:
        y = _shifted(_to_blocks(x)) @ taps.reshape(16 * c, out)
    else:
        kernel = taps.reshape(4, 4 * c, out).transpose(0, 1).flatten(1)
        y = _shifted_sum(_to_blocks(x) @ kernel)
    return _biased(y, bias)


def deconvolution(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return the transposed convolution with kernel 4, stride 2 and padding 1.

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

    Examples
    --------
    >>> deconvolution(torch.ones(1, 1, 1, 1), torch.ones(1, 1, 4, 4), torch.zeros(1)).tolist()
    [[[[1.0, 1.0], [1.0, 1.0]]]]
    """
    c, out, _, _ = weight.shape
    x = x.permute(0, 2, 3, 1)
    taps = weight.view(c, out, 2, 2, 2, 2).permute(2, 4, 0, 3, 5, 1)  # [a, b, c, s, t, out]
    if 4 * out <= c:
        kernel = taps.reshape(4, c, 4 * out).transpose(0, 1).flatten(1)
        blocks = _put_sum(x @ kernel)
    else:
        blocks = _put(x) @ taps.reshape(4 * c, 4 * out)
    return _biased(_to_pixels(blocks), bias)


def _biased(y: Tensor, bias: Tensor) -> Tensor:
    # Where the product is in bfloat16, so is the sum.
    return (y + bias.to(y.dtype)).permute(0, 3, 1, 2)


def _at(x: Tensor, a: int, b: int) -> Tensor:
    """Return a view of (batch, h + 1, w + 1, ...) at one of its four places of size (h, w)."""
    return x[:, a : x.shape[1] - 1 + a, b : x.shape[2] - 1 + b]


def _blocks_of(x: Tensor) -> Tensor:
    """Cut images (batch, 2h, 2w, c) into blocks (batch, h + 1, w + 1, 4c) across the edges."""
    n, h, w, c = x.shape
    blocks = x.new_zeros(n, h // 2 + 1, w // 2 + 1, 2, 2, c)
    for s, t in _PLACES:
        _at(blocks[..., s, t, :], 1 - s, 1 - t).copy_(x[:, 1 - s :: 2, 1 - t :: 2])
    return blocks.flatten(3)


def _pixels_of(blocks: Tensor) -> Tensor:
    """Join blocks (batch, h + 1, w + 1, 4c) to images (batch, 2h, 2w, c), less their edges."""
    n, h, w, c = blocks.shape
    parts = blocks.view(n, h, w, 2, 2, c // 4)
    x = blocks.new_empty(n, 2 * h - 2, 2 * w - 2, c // 4)
    for s, t in _PLACES:
        x[:, 1 - s :: 2, 1 - t :: 2] = _at(parts[..., s, t, :], 1 - s, 1 - t)
    return x


def _slices(x: Tensor) -> Tensor:
    """Lay the four places of (batch, h, w, c) in (batch, h + 1, w + 1, c) side by side."""
    return torch.cat([_at(x, *place) for place in _PLACES], -1)


def _sum_of_slices(x: Tensor) -> Tensor:
    """Add up four parts of (batch, h + 1, w + 1, 4c), each seen at its own place."""
    parts = zip(x.chunk(4, -1), _PLACES, strict=True)
    first, second, third, fourth = (_at(part, *place) for part, place in parts)
    return (first + second) + (third + fourth)


def _placed(x: Tensor) -> Tensor:
    """Put (batch, h, w, c) at its four places in (batch, h + 1, w + 1, c), side by side."""
    n, h, w, c = x.shape
    y = x.new_zeros(n, h + 1, w + 1, 4 * c)
    for part, place in zip(y.chunk(4, -1), _PLACES, strict=True):
        _at(part, *place).copy_(x)
    return y


def _sum_of_placed(x: Tensor) -> Tensor:
    """Put four parts of (batch, h, w, 4c) at their places in (batch, h + 1, w + 1, c)."""
    n, h, w, c = x.shape
    y = x.new_zeros(n, h + 1, w + 1, c // 4)
    for part, place in zip(x.chunk(4, -1), _PLACES, strict=True):
        _at(y, *place).add_(part)
    return y


class _Linear(torch.autograd.Function):
    """A linear map, with its adjoint as its gradient."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        x: Tensor, there: Callable[[Tensor], Tensor], _: Callable[[Tensor], Tensor]
    ) -> Tensor:
        return there(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ANN401, ARG004
        _, *ctx.maps = inputs

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401
        there, back = ctx.maps
        return _Linear.apply(gradient, back, there), None, None  # type: ignore[no-untyped-call]


def _linear(
    there: Callable[[Tensor], Tensor], back: Callable[[Tensor], Tensor]
) -> Callable[[Tensor], Tensor]:
    return lambda x: _Linear.apply(x, there, back)  # type: ignore[no-untyped-call]


_to_blocks, _to_pixels = _linear(_blocks_of, _pixels_of), _linear(_pixels_of, _blocks_of)
_shifted, _put_sum = _linear(_slices, _sum_of_placed), _linear(_sum_of_placed, _slices)
_put, _shifted_sum = _linear(_placed, _sum_of_slices), _linear(_sum_of_slices, _placed)
