"""The log likelihood of samples by many weighted draws from the encoder."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from unbraid.training.hierarchy import Hierarchy

# Draws that are computed at once: of 784 features, 12 MiB of float32.
_ROWS = 4096


def log_likelihood(
    model: Hierarchy, x: Float[Tensor, "batch ..."], n_draws: int, generator: torch.Generator
) -> tuple[Float[Tensor, " batch"], Float[Tensor, " batch"]]:
    """Estimate log p(x) from below, some thousands of draws at a time.

    Parameters
    ----------
    model
        The encoder and the decoder.
    x
        The batch, shape (batch, ...).
    n_draws
        How many draws per sample.
    generator
        The stream to draw from.

    Returns
    -------
    tuple of torch.Tensor
        The log of the mean weight, in nats, whose expectation is at most log p(x) and rises with
        ``n_draws``; and how many equally weighted draws the draws are worth, from 1 to
        ``n_draws``. Shape (batch,) each.

    References
    ----------
    Burda et al. (2016), Importance weighted autoencoders, arXiv:1509.00519, equation 8.
    """
    most = max(1, _ROWS // len(x))
    once, squared = [], []
    for start in range(0, n_draws, most):
        log_weights = model.log_weights(x, generator, min(most, n_draws - start))
        once.append(log_weights.logsumexp(0))
        squared.append((2 * log_weights).logsumexp(0))
    total = torch.stack(once).logsumexp(0)
    worth = torch.exp(2 * total - torch.stack(squared).logsumexp(0))
    return total - math.log(n_draws), worth
