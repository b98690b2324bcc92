"""Networks that start linear: where nonlinear ICA begins, at sources loud by segment."""

import math
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from unbraid.numerics.segments import directions, shrunk_variances
from unbraid.training.identifiable import SegmentPrior, WithPrior
from unbraid.training.networks import Encoder, GaussianDecoder, initialise

# The widths of hidden layers: the inverse of a mixture is harder than the mixture.
_DOWN, _UP = (128, 128, 128), (128, 128)
# The standard deviation of the noise at the start, where the features' is one.
NOISE = 0.1
# How much of their usual first weights curves get beside the linear path.
_CURVES = 0.1


class _Curve(nn.Module):
    """A hidden layer's curve of a decoder: like tanh, and never flat."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(x) + 0.1 * x


class _Kink(nn.LeakyReLU):
    """A hidden layer's curve of an encoder."""

    def __init__(self) -> None:
        super().__init__(0.1)


class _Beside(nn.Module):
    """Return what comes in, and beside it what hidden layers make of it."""

    def __init__(self, widths: tuple[int, ...], curve: type[nn.Module]) -> None:
        super().__init__()
        self.hidden = nn.Sequential(
            *(layer for pair in pairwise(widths) for layer in (nn.Linear(*pair), curve()))
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.hidden(x)], dim=1)


def networks_beside_lines(
    shape: tuple[int, ...], n_codes: int, generator: torch.Generator
) -> tuple[Encoder, nn.Module]:
    """Return an encoder and the body of a decoder that bend a linear path.

    A mixture that saturates is smooth, and its inverse is steep: the decoder's curves are like
    tanh, the encoder's are leaky rectifiers, of which few make a steep bend.

    Parameters
    ----------
    shape
        The shape of a sample as the network sees it.
    n_codes
        How many codes.
    generator
        Draws the initial weights.

    Returns
    -------
    tuple of torch.nn.Module
        Hidden layers of 128 with a linear path beside them: three in the encoder, with leaky
        rectifiers of slope 0.1, two in the decoder, with tanh(x) + x / 10.
    """
    features = math.prod(shape)
    with torch.device("meta"):  # without storage nothing is drawn from the global generator
        down = nn.Sequential(nn.Flatten(), _Beside((features, *_DOWN), _Kink))
        encoder = Encoder(down, features + _DOWN[-1], n_codes)
        last = nn.Linear(n_codes + _UP[-1], features)
        up = _Beside((n_codes, *_UP), _Curve)
        body = nn.Sequential(up, last, nn.Unflatten(1, shape))
    for module in (encoder, body):
        module.to_empty(device="cpu")
        initialise(module, generator)
    return encoder, body


def start_linear(
    encoder: WithPrior,
    decoder: GaussianDecoder,
    x: Float[np.ndarray, "samples features"],
    known: Int[np.ndarray, " samples"],
) -> None:
    """Set weights so that codes are linear, uncorrelated in each segment, and decode to samples.

    Parameters
    ----------
    encoder
        Its features are the samples, and after them those of hidden layers, if there are any.
    decoder
        Its last linear layer takes the codes, and after them what hidden layers make of them.
    x
        The samples, shape (samples, features).
    known
        The number of each sample's segment.
    """
    n_codes, centre = encoder.mean.out_features, x.mean(axis=0)
    down = directions(x, known, n_codes)
    up = np.linalg.pinv(down)
    residual = (x - centre) @ (np.eye(len(centre)) - up @ down).T
    noise = (NOISE**2 * x.var(axis=0).mean() + np.mean(residual**2)) or NOISE**2
    precision = up.T @ up / noise + np.eye(n_codes)
    factor = np.linalg.cholesky(np.linalg.inv(precision))
    factor[np.diag_indices(n_codes)] = 2 * np.log(np.diag(factor))
    (last,) = [m for m in decoder.body.children() if isinstance(m, nn.Linear)]
    with torch.no_grad():
        _set(encoder.mean, down, -down @ centre)
        _set(last, up, centre)
        encoder.factor.bias.copy_(_as(factor[np.tril_indices(n_codes)]))
        if isinstance(encoder.prior, SegmentPrior):
            codes = (x - centre) @ down.T
            variances = np.where(down.any(axis=1), shrunk_variances(codes, known), 1.0)
            encoder.prior.logvar[: len(variances)] = _as(np.log(variances))
        if isinstance(decoder.logvar, nn.Parameter):
            decoder.logvar.fill_(math.log(noise))


def _set(layer: nn.Linear, weight: np.ndarray, bias: np.ndarray) -> None:
    layer.weight.mul_(_CURVES)
    layer.weight[:, : weight.shape[1]] = _as(weight)
    layer.bias.copy_(_as(bias))


def _as(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values).float()
