"""The networks: the study's convolutional one, perceptrons, a linear one, a discriminator.

Kernels start glorot-uniform and biases at zero, drawn from a given generator.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from unbraid.core.errors import unknown
from unbraid.training import products
from unbraid.training.distributions import Bernoulli, Gaussian, Observation
from unbraid.training.kernels import (
    are_side_by_side,
    channels_last,
    deconvolution_relu,
    last_deconvolution,
)

NETWORKS = ("conv", "mlp", "linear")
HIDDEN = (256, 256)


class Encoder(nn.Module):
    """Map a batch to the posterior of its codes.

    Parameters
    ----------
    body
        Maps a batch to features, shape (batch, features).
    features
        How many features it gives.
    n_codes
        How many codes.
    """

    def __init__(self, body: nn.Module, features: int, n_codes: int) -> None:
        super().__init__()
        self.body = body
        self.mean = nn.Linear(features, n_codes)
        self.logvar = nn.Linear(features, n_codes)

    def forward(self, x: Float[Tensor, "batch ..."]) -> Gaussian:
        """Return the posterior.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).

        Returns
        -------
        Gaussian
            Mean and logvar have shape (batch, codes), float32 at least.
        """
        features = self.body(x)
        mean, logvar = self.mean(features), self.logvar(features)
        return Gaussian(_at_least_float32(mean), _at_least_float32(logvar))


class BernoulliDecoder(nn.Module):
    """Map codes to independent Bernoulli variables.

    Parameters
    ----------
    body
        Maps codes to logits.
    """

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, codes: Float[Tensor, "batch codes"]) -> Observation:
        """Return the distribution of samples.

        Parameters
        ----------
        codes
            The codes, shape (batch, codes).

        Returns
        -------
        Bernoulli
            One variable per pixel or feature.
        """
        return Bernoulli(_at_least_float32(self.body(codes)))


class GaussianDecoder(nn.Module):
    """Map codes to independent normal variables with one variance.

    Parameters
    ----------
    body
        Maps codes to means.
    variance
        The variance, or where learning it starts.
    learned
        Whether the variance is learned.
    """

    def __init__(self, body: nn.Module, variance: float, *, learned: bool) -> None:
        super().__init__()
        self.body = body
        self.logvar: Tensor
        logvar = torch.tensor(math.log(variance))
        if learned:
            self.logvar = nn.Parameter(logvar)
        else:
            self.register_buffer("logvar", logvar)

    @property
    def variance(self) -> float:
        """The variance as it stands."""
        return math.exp(self.logvar.item())

    def forward(self, codes: Float[Tensor, "batch codes"]) -> Observation:
        """Return the distribution of samples.

        Parameters
        ----------
        codes
            The codes, shape (batch, codes).

        Returns
        -------
        Gaussian
            One variable per pixel or feature.
        """
        mean = _at_least_float32(self.body(codes))
        return Gaussian(mean, self.logvar.to(mean.dtype).expand_as(mean))


Decoder = BernoulliDecoder | GaussianDecoder


def observe(body: nn.Module, variance: float | None, *, learned: bool = False) -> Decoder:
    """Return a decoder of Bernoulli variables, or of normal ones of one variance.

    Parameters
    ----------
    body
        Maps codes to logits, or to means.
    variance
        The variance, or where learning it starts; None for Bernoulli variables.
    learned
        Whether the variance is learned.

    Returns
    -------
    BernoulliDecoder or GaussianDecoder
        With the body as given.
    """
    if variance is None:
        return BernoulliDecoder(body)
    return GaussianDecoder(body, variance, learned=learned)


class _Convolution(nn.Conv2d):
    """Kernel 4, stride 2, padding 1; or kernel 2, stride 2, no padding."""

    def __init__(self, inputs: int, outputs: int, side: int) -> None:
        super().__init__(inputs, outputs, kernel_size=side, stride=2, padding=side // 2 - 1)

    def forward(self, input: Tensor) -> Tensor:
        if are_side_by_side():
            return products.convolution(input, self.weight, _bias(self))
        return super().forward(input)


class _Deconvolution(nn.ConvTranspose2d):
    """Kernel 4, stride 2, padding 1, rectified."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, kernel_size=4, stride=2, padding=1)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:  # noqa: ARG002
        return deconvolution_relu(x, self.weight, _bias(self))


class _LastDeconvolution(nn.ConvTranspose2d):
    """Kernel 4, stride 2, padding 1, to few channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, kernel_size=4, stride=2, padding=1)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:  # noqa: ARG002
        return last_deconvolution(x, self.weight, _bias(self))


def build(
    network: str, shape: tuple[int, ...], n_codes: int, generator: torch.Generator
) -> tuple[Encoder, nn.Module]:
    """Return an encoder and the body of a decoder for samples of a shape.

    Parameters
    ----------
    network
        ``"conv"`` is the network of the study, for images of 64 x 64: four convolutions with
        stride 2 (4x4 with 32 channels twice, 2x2 with 64 channels twice), 256 features; back
        through 256 and 1024 features and four transposed convolutions 4x4 with stride 2 (64, 32,
        32 channels). ``"mlp"`` has two hidden layers of 256 each way; ``"linear"`` has none.
        Hidden layers are rectified.
    shape
        The shape of a sample as the network sees it: (features,) or (channels, height, width).
    n_codes
        How many codes.
    generator
        Draws the initial weights.

    Returns
    -------
    tuple of torch.nn.Module
        With 10 codes and one channel the study's encoder has 309,204 parameters and its decoder
        381,313. Images are in the memory format with channels last.

    Raises
    ------
    InputError
        If there is no such network.

    References
    ----------
    Locatello et al. (2019), Challenging common assumptions in the unsupervised learning of
    disentangled representations, arXiv:1811.12359, table 1 of the supplement.
    """
    if network not in NETWORKS:
        raise unknown("network", network, NETWORKS)
    with _unfilled():
        encoder, body = (
            _conv(shape[0], n_codes)
            if network == "conv"
            else _dense(shape, n_codes, HIDDEN if network == "mlp" else ())
        )
    for module in (encoder, body):
        module.to_empty(device="cpu")
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        initialise(module, generator)
    return encoder, body


def discriminator(n_codes: int, width: int, generator: torch.Generator) -> nn.Module:
    """Return a network that tells two kinds of codes apart.

    Parameters
    ----------
    n_codes
        How many codes.
    width
        The size of its six hidden layers.
    generator
        Draws the initial weights.

    Returns
    -------
    torch.nn.Module
        Maps codes (batch, codes) to logits (batch, 2), through leaky rectifiers of slope 0.2.
        With 10 codes and a width of 1000, as in the study, it has 5,018,002 parameters.

    References
    ----------
    Kim and Mnih (2018), Disentangling by factorising, arXiv:1802.05983, appendix A.
    """
    with _unfilled():
        hidden = [
            layer
            for pair in pairwise((n_codes, *[width] * 6))
            for layer in (nn.Linear(*pair), nn.LeakyReLU(0.2, inplace=True))
        ]
        network = nn.Sequential(*hidden, nn.Linear(width, 2))
    network.to_empty(device="cpu")
    initialise(network, generator)
    return network


def perceptron(widths: tuple[int, ...], generator: torch.Generator) -> nn.Module:
    """Return a smooth network that is zero before it learns.

    Parameters
    ----------
    widths
        The sizes of its layers, from input to output.
    generator
        Draws the initial weights, all but those of the last layer, which are zero.

    Returns
    -------
    torch.nn.Module
        Maps (batch, widths[0]) to (batch, widths[-1]), through hyperbolic tangents.
    """
    with _unfilled():
        hidden = [
            layer for pair in pairwise(widths[:-1]) for layer in (nn.Linear(*pair), nn.Tanh())
        ]
        last = nn.Linear(widths[-2], widths[-1])
    network = nn.Sequential(*hidden, last)
    network.to_empty(device="cpu")
    initialise(network, generator)
    nn.init.zeros_(last.weight)
    return network


def _conv(channels: int, n_codes: int) -> tuple[Encoder, nn.Module]:
    down = nn.Sequential(
        *(_Convolution(channels, 32, 4), nn.ReLU(inplace=True)),
        *(_Convolution(32, 32, 4), nn.ReLU(inplace=True)),
        *(_Convolution(32, 64, 2), nn.ReLU(inplace=True)),
        *(_Convolution(64, 64, 2), nn.ReLU(inplace=True)),
        *(nn.Flatten(), nn.Linear(1024, 256), nn.ReLU(inplace=True)),
    )
    up = nn.Sequential(
        *(nn.Linear(n_codes, 256), nn.ReLU(inplace=True)),
        *(nn.Linear(256, 1024), nn.ReLU(inplace=True)),
        _ToImage(64, 4, 4),
        _Deconvolution(64, 64),
        _Deconvolution(64, 32),
        _Deconvolution(32, 32),
        _LastDeconvolution(32, channels),
    )
    return Encoder(down, 256, n_codes), up


class _ToImage(nn.Unflatten):
    def __init__(self, *shape: int) -> None:
        super().__init__(1, shape)

    def forward(self, input: Tensor) -> Tensor:
        return channels_last(super().forward(input))


def _dense(
    shape: tuple[int, ...], n_codes: int, hidden: tuple[int, ...]
) -> tuple[Encoder, nn.Module]:
    features = math.prod(shape)
    encoder = Encoder(
        nn.Sequential(nn.Flatten(), *_layers((features, *hidden))),
        (features, *hidden)[-1],
        n_codes,
    )
    up = _layers((n_codes, *hidden[::-1]))
    last = nn.Linear((n_codes, *hidden[::-1])[-1], features)
    return encoder, nn.Sequential(*up, last, nn.Unflatten(1, shape))


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw the weights anew: kernels glorot-uniform, biases zero.

    Parameters
    ----------
    module
        Whose weights they are; changed in place.
    generator
        The stream to draw from.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d) and layer.weight.numel():
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            nn.init.zeros_(_bias(layer))


def _layers(widths: tuple[int, ...]) -> list[nn.Module]:
    return [
        layer for pair in pairwise(widths) for layer in (nn.Linear(*pair), nn.ReLU(inplace=True))
    ]


@contextmanager
def _unfilled() -> Iterator[None]:
    # Without storage, torch's own initialisation draws nothing from the global generator.
    with torch.device("meta"):
        yield


def _bias(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> Tensor:
    assert layer.bias is not None
    return layer.bias


def _at_least_float32(x: Tensor) -> Tensor:
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
