"""Convolutions of stride 2 as one matrix product each, for models that have an axis of their own.

Stock convolutions treat such models as groups, one after the other; products of matrices have
them on an axis of their own. Images have their channels last. In blocks of 2 x 2 pixels a kernel
of 4 x 4 is one of 2 x 2, and that is four products: with what is shifted laid side by side before
one product, or with one product added up after it was shifted, whichever is smaller.
"""

from itertools import product

import torch
import torch.nn.functional as F  # noqa: N812 (as torch writes it)
from torch import Tensor

_SHIFTS = tuple(product((0, 1), (0, 1)))


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
        y = _blocks(x) @ weight.permute(2, 3, 1, 0).reshape(4 * c, out)
        return _biased(y, bias)
    blocks = _blocks(F.pad(x, (0, 0, 1, 1, 1, 1)))
    h, w = blocks.shape[1] - 1, blocks.shape[2] - 1
    # [a, b, s, t, c, out]: pixel (s, t) of the block that is (a, b) further.
    taps = weight.view(out, c, 2, 2, 2, 2).permute(2, 4, 3, 5, 1, 0)
    if 4 * c <= out:
        shifted = torch.cat([blocks[:, a : a + h, b : b + w] for a, b in _SHIFTS], -1)
        y = shifted @ taps.reshape(16 * c, out)
    else:
        parts = blocks @ taps.reshape(4, 4 * c, out).permute(1, 0, 2).reshape(4 * c, 4 * out)
        shifted_parts = zip(parts.chunk(4, -1), _SHIFTS, strict=True)
        y = _sum([part[:, a : a + h, b : b + w] for part, (a, b) in shifted_parts])
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
    h, w = x.shape[1:3]
    taps = weight.view(c, out, 2, 2, 2, 2).permute(2, 4, 0, 3, 5, 1)  # [a, b, c, s, t, out]
    if 4 * out <= c:
        parts = x @ taps.reshape(4, c, 4 * out).permute(1, 0, 2).reshape(c, 16 * out)
        blocks = _sum(
            [
                F.pad(part, (0, 0, b, 1 - b, a, 1 - a))
                for part, (a, b) in zip(parts.chunk(4, -1), _SHIFTS, strict=True)
            ]
        )
    else:
        padded = F.pad(x, (0, 0, 1, 1, 1, 1))
        shifted = [padded[:, 1 - a : h + 2 - a, 1 - b : w + 2 - b] for a, b in _SHIFTS]
        blocks = torch.cat(shifted, -1) @ taps.reshape(4 * c, 4 * out)
    y = _pixels(blocks)[:, 1:-1, 1:-1]
    return _biased(y, bias)


def _biased(y: Tensor, bias: Tensor) -> Tensor:
    # Where the product is in bfloat16, so is the sum.
    return (y + bias.to(y.dtype)).permute(0, 3, 1, 2)


def _blocks(x: Tensor) -> Tensor:
    """(batch, 2h, 2w, c) -> (batch, h, w, 4c)."""
    n, h, w, c = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2, c).transpose(2, 3).reshape(n, h // 2, w // 2, 4 * c)


def _pixels(blocks: Tensor) -> Tensor:
    """(batch, h, w, 4c) -> (batch, 2h, 2w, c)."""
    n, h, w, c = blocks.shape
    return blocks.view(n, h, w, 2, 2, c // 4).transpose(2, 3).reshape(n, 2 * h, 2 * w, c // 4)


def _sum(parts: list[Tensor]) -> Tensor:
    first, *others = parts
    for other in others:
        first = first + other
    return first
