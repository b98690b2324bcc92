"""Gradient estimators: how an expectation under the posterior becomes something to descend."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from unbraid.training.distributions import Gaussian

# The cost of each sample's codes, (batch, codes) -> (batch,).
Cost = Callable[[Tensor], Tensor]

# Draws codes and returns them with a cost per sample whose gradient estimates that of E_q[cost].
Estimator = Callable[[Gaussian, Cost, torch.Generator], tuple[Tensor, Tensor]]


def reparametrised(
    posterior: Gaussian, cost: Cost, generator: torch.Generator
) -> tuple[Float[Tensor, "batch codes"], Float[Tensor, " batch"]]:
    """Draw codes as a function of noise, so that gradients flow through them.

    Parameters
    ----------
    posterior
        The distribution of the codes.
    cost
        The cost of each sample's codes.
    generator
        The stream of the noise.

    Returns
    -------
    tuple of torch.Tensor
        The codes (batch, codes) and the cost (batch,), one draw each; the gradient is unbiased.

    References
    ----------
    Kingma and Welling (2014), Auto-encoding variational Bayes, arXiv:1312.6114, section 2.4.
    """
    codes = posterior.draw(generator)
    return codes, cost(codes)
