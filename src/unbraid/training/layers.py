"""One layer of a directed network: a normal distribution whose parameters a network computes."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from unbraid.core.errors import unknown
from unbraid.training import networks
from unbraid.training.distributions import Gaussian
from unbraid.training.gaussians import FullGaussian, Normal

ACTIVATIONS = {"linear": None, "tanh": nn.Tanh, "relu": nn.ReLU, "leaky": nn.LeakyReLU}
COVARIANCES = ("diagonal", "full")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """The hidden layers of a network.

    Parameters
    ----------
    activation
        ``"linear"`` (then there are none), ``"tanh"``, ``"relu"`` or ``"leaky"``.
    width
        How many units in each.
    depth
        How many.
    batch_norm
        Whether what enters each activation is normalised over the batch.
    """

    activation: str = "relu"
    width: int = 256
    depth: int = 2
    batch_norm: bool = False


class Perceptron(nn.Module):
    """Flat input through hidden layers.

    Parameters
    ----------
    inputs
        How many numbers enter.
    hidden
        The hidden layers.

    Raises
    ------
    InputError
        If there is no such activation.
    """

    def __init__(self, inputs: int, hidden: Hidden) -> None:
        super().__init__()
        if hidden.activation not in ACTIVATIONS:
            raise unknown("network", str(hidden.activation), ACTIVATIONS)
        activation = ACTIVATIONS[hidden.activation]
        widths = (inputs, *[hidden.width] * (hidden.depth if activation else 0))
        layers: list[nn.Module] = [nn.Flatten()]
        for pair in pairwise(widths):
            layers.append(nn.Linear(*pair))
            if hidden.batch_norm:
                layers.append(nn.BatchNorm1d(pair[1]))
            assert activation is not None
            layers.append(activation())
        self.layers = nn.Sequential(*layers)
        self.outputs = widths[-1]

    def forward(self, x: Float[Tensor, "batch ..."]) -> Float[Tensor, "batch features"]:
        """Return the features.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).

        Returns
        -------
        torch.Tensor
            Shape (batch, outputs).
        """
        features: Tensor = self.layers(x)
        return features


class Conditional(nn.Module):
    """p(codes | given): normal, with mean and covariance computed from what is given.

    Parameters
    ----------
    body
        Maps what is given to features.
    features
        How many features it gives.
    n_codes
        How many codes.
    covariance
        ``"diagonal"``, or ``"full"`` by a Cholesky factor, which starts without entries beside
        its diagonal.

    Raises
    ------
    InputError
        If there is no such covariance.
    """

    def __init__(
        self, body: nn.Module, features: int, n_codes: int, covariance: str = "diagonal"
    ) -> None:
        super().__init__()
        if covariance not in COVARIANCES:
            raise unknown("covariance", str(covariance), COVARIANCES)
        self.body = body
        self.mean = nn.Linear(features, n_codes)
        self.logvar = nn.Linear(features, n_codes)
        self.beside = (
            nn.Linear(features, n_codes * (n_codes - 1) // 2)
            if covariance == "full" and n_codes > 1
            else None
        )

    def forward(self, given: Float[Tensor, "batch ..."]) -> Normal:
        """Return the distribution of the codes.

        Parameters
        ----------
        given
            What is given, shape (batch, ...).

        Returns
        -------
        Gaussian or FullGaussian
            One distribution per row.
        """
        features = self.body(given)
        mean, logvar = self.mean(features), self.logvar(features)
        if self.beside is None:
            return Gaussian(mean, logvar)
        factor = torch.diag_embed(torch.exp(0.5 * logvar))
        row, column = torch.tril_indices(mean.shape[1], mean.shape[1], offset=-1)
        factor[:, row, column] = self.beside(features)
        return FullGaussian(mean, factor)


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw the weights of a model of layers anew; what makes codes dependent starts at zero.

    Parameters
    ----------
    module
        Whose weights they are; changed in place.
    generator
        The stream to draw from.
    """
    networks.initialise(module, generator)
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm1d):
            layer.reset_parameters()
        elif isinstance(layer, Conditional) and layer.beside is not None:
            nn.init.zeros_(layer.beside.weight)
