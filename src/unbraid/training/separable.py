"""A start in which one code sees what changes down an image, and one what changes across it.

Where things lie in an image is two factors, and the likelihood does not care how codes turn them:
a network that starts at random ends with codes that lie across the axes as often as along them,
and turns them hardly at all in some thousands of steps. Nor does it care how many codes share
what one could hold. So the schedule ``"separable"`` starts the study's network with a preference,
which training can leave, as nothing is held at zero: two codes lead, and the others start smaller
and are taken up by what those two leave. It is an inductive bias, for data whose factors follow
the axes.
"""

import math

import torch
from torch import Tensor, nn

from unbraid.training.networks import Encoder

# The first weights of the codes that do not lead, over what they would be.
_SMALLER = 0.3


def separate(encoder: Encoder, body: nn.Module) -> None:
    """Let half of the features begin with one axis of the image, half with the other.

    The features of each layer come in halves that see only their own half of the layer below.
    In the first half kernels do not change across the image, in the second not down it, neither
    do the weights that take features from the image and put them there; all have the variances
    of Glorot's. The first code sees the first half, the second the second. All others see both,
    by smaller weights.

    Parameters
    ----------
    encoder
        The study's, freshly drawn; changed in place.
    body
        The decoder's, freshly drawn; changed in place.

    Examples
    --------
    >>> from unbraid.training.networks import build
    >>> encoder, body = build("conv", (1, 64, 64), 2, torch.Generator().manual_seed(0))
    >>> separate(encoder, body)
    >>> image = torch.zeros(2, 1, 64, 64)
    >>> image[0, 0, :, 20:30] = image[1, 0, :, 36:46] = 1  # a bar, moved across by 16 pixels
    >>> near, far = encoder(image).mean
    >>> torch.isclose(near, far).tolist()
    [True, False]
    """
    convolutions = [layer for layer in encoder.modules() if isinstance(layer, nn.Conv2d)]
    (into,) = (layer for layer in encoder.body.modules() if isinstance(layer, nn.Linear))
    first, second = (layer for layer in body.modules() if isinstance(layer, nn.Linear))
    with torch.no_grad():
        for layer in convolutions:
            _still(layer.weight, _halves(layer.out_channels))
        # The first sees the channels of the image, which stay whole.
        for layer in convolutions[1:]:
            _part(layer.weight, _halves(layer.out_channels), _halves(layer.in_channels))
        channels = convolutions[-1].out_channels
        seen = _image(into.weight, channels)
        _still(seen, _halves(into.out_features))
        _part(seen, _halves(into.out_features), _halves(channels))
        drawn = _image(second.weight.t(), channels)
        _still(drawn, _halves(second.in_features))
        if encoder.mean.out_features > 1:
            for head in (encoder.mean, encoder.logvar):
                _part(head.weight[:2], _halves(2), _halves(head.in_features))
            _part(first.weight[:, :2], _halves(first.out_features), _halves(2))
            encoder.mean.weight[2:] *= _SMALLER
            first.weight[:, 2:] *= _SMALLER


def _halves(n: int) -> Tensor:
    return torch.arange(n) >= n // 2


def _image(weight: Tensor, channels: int) -> Tensor:
    """Return a view of weights of shape (features, image) as (features, channels, side, side)."""
    side = math.isqrt(weight.shape[1] // channels)
    return weight.view(len(weight), channels, side, side)


def _still(weight: Tensor, across: Tensor) -> None:
    """Let weights (features, channels, down, across) of one axis not change along the other."""
    for half, axis in ((~across, 3), (across, 2)):
        mean = weight[half].mean(axis, keepdim=True) * math.sqrt(weight.shape[axis])
        weight[half] = mean.expand_as(weight[half])


def _part(weight: Tensor, outputs: Tensor, inputs: Tensor) -> None:
    """Cut what leads from one half to the other, and make up for the variance."""
    kept = outputs[:, None] == inputs
    scale = kept * (len(inputs) / kept.sum(1, keepdim=True)).sqrt()
    weight *= scale.view(*scale.shape, *[1] * (weight.dim() - 2))
