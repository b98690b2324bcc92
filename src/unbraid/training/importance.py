"""The log likelihood of samples by many weighted draws from the encoder."""

import math
from collections.abc import Iterable
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from unbraid.training.memory import keep_freed_memory

# Numbers that are decoded at once: 4096 draws of 784 features.
_NUMBERS = 4096 * 784


@runtime_checkable
class Weighs(Protocol):
    """What has codes that can be drawn and weighed."""

    def log_weights(
        self, x: Float[Tensor, "batch ..."], generator: torch.Generator, n_draws: int
    ) -> Float[Tensor, "draws batch"]:
        """Return log p(x, codes) - log q(codes | x) of draws from the encoder q.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).
        generator
            The stream to draw from.
        n_draws
            How many draws per sample.

        Returns
        -------
        torch.Tensor
            In nats, shape (n_draws, batch).
        """
        ...


def log_likelihoods(
    model: Weighs, batches: Iterable[Tensor], n_draws: int, generator: torch.Generator
) -> tuple[Float[np.ndarray, " samples"], Float[np.ndarray, " samples"]]:
    """Estimate log p(x) of all samples, a batch at a time.

    Parameters
    ----------
    model
        The encoder and the decoder.
    batches
        The samples in batches, shape (batch, ...) each; drawn from as they are reached.
    n_draws
        How many draws per sample.
    generator
        The stream to draw from.

    Returns
    -------
    tuple of numpy.ndarray
        What `log_likelihood` returns, shape (samples,) each.
    """
    keep_freed_memory()
    with torch.inference_mode():
        parts = [log_likelihood(model, x, n_draws, generator) for x in batches]
        found, worth = (torch.cat(part).double().numpy() for part in zip(*parts, strict=True))
        return found, worth


def log_likelihood(
    model: Weighs, x: Float[Tensor, "batch ..."], n_draws: int, generator: torch.Generator
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
    most = max(1, _NUMBERS // x.numel())
    once, squared = [], []
    for start in range(0, n_draws, most):
        log_weights = model.log_weights(x, generator, min(most, n_draws - start))
        once.append(log_weights.logsumexp(0))
        squared.append((2 * log_weights).logsumexp(0))
    total = torch.stack(once).logsumexp(0)
    worth = torch.exp(2 * total - torch.stack(squared).logsumexp(0))
    return total - math.log(n_draws), worth
