"""The distributions of codes given a sample, and what a gradient estimator asks of them."""

import math
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.nn.functional as F  # noqa: N812 (as torch writes it)
from jaxtyping import Float
from torch import Tensor

from unbraid.training import gaussians
from unbraid.training.distributions import Gaussian, parameters


@dataclass(frozen=True, slots=True, eq=False)
class BinaryCodes:
    """Independent codes that are 0 or 1.

    Parameters
    ----------
    logits
        The log odds of one, shape (batch, codes).

    Examples
    --------
    >>> certain = BinaryCodes(torch.tensor([[0.0, 50.0]]))
    >>> certain.kl_per_code()
    tensor([[0.0000, 0.6931]])
    """

    logits: Float[Tensor, "batch codes"]

    @property
    def mean(self) -> Float[Tensor, "batch codes"]:
        """The probabilities of one."""
        return torch.sigmoid(self.logits)

    @property
    def std(self) -> Float[Tensor, "batch codes"]:
        """The standard deviations, at most 1/2."""
        return torch.exp(0.5 * (F.logsigmoid(self.logits) + F.logsigmoid(-self.logits)))

    def draw(self, generator: torch.Generator) -> Float[Tensor, "batch codes"]:
        """Draw one value per sample; no gradient flows through it.

        Parameters
        ----------
        generator
            The stream to draw from.

        Returns
        -------
        torch.Tensor
            Zeros and ones.
        """
        uniform = torch.rand(self.logits.shape, generator=generator, dtype=self.logits.dtype)
        return (uniform < self.mean.detach()).to(self.logits.dtype)

    def log_prob(self, codes: Float[Tensor, "batch codes"]) -> Float[Tensor, " batch"]:
        """Return the log probability of the codes of each sample, in nats.

        Parameters
        ----------
        codes
            Zeros and ones, shape (batch, codes).

        Returns
        -------
        torch.Tensor
            Summed over the codes.
        """
        return log_prob_per_code(self, codes).sum(1)

    def kl_per_code(self) -> Float[Tensor, "batch codes"]:
        """Return the KL to a fair coin of each code, in nats.

        Returns
        -------
        torch.Tensor
            Each in [0, log 2].
        """
        return self.mean * self.logits - F.softplus(self.logits) + math.log(2)


Posterior = Gaussian | BinaryCodes
P = TypeVar("P", bound=Gaussian | BinaryCodes)


def detached(posterior: P) -> P:
    """Return the same posterior with no gradient to the encoder.

    Parameters
    ----------
    posterior
        The distributions of the codes of a batch.

    Returns
    -------
    Posterior
        Of the same kind.
    """
    return type(posterior)(*(p.detach() for p in parameters(posterior).values()))


def log_prob_per_code(
    posterior: Posterior, codes: Float[Tensor, "batch codes"]
) -> Float[Tensor, "batch codes"]:
    """Return the log density, or log probability, of each code by itself.

    Parameters
    ----------
    posterior
        The distributions of the codes of a batch.
    codes
        Where to evaluate them, shape (batch, codes).

    Returns
    -------
    torch.Tensor
        In nats, shape (batch, codes).
    """
    if isinstance(posterior, BinaryCodes):
        return codes * posterior.logits - F.softplus(posterior.logits)
    return gaussians.log_prob_per_code(posterior, codes)
