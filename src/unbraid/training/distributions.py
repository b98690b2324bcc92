"""The distributions that networks return: posteriors, priors and observation models."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from unbraid.training.kernels import bernoulli_log_prob
from unbraid.training.posteriors import Posterior


@dataclass(frozen=True, slots=True, eq=False)
class Gaussian(Posterior):
    """Independent normal variables per sample, N(mean, exp(logvar)).

    Parameters
    ----------
    mean
        The means, shape (batch, ...).
    logvar
        The logarithms of the variances, same shape.

    Examples
    --------
    >>> Gaussian(torch.ones(1, 10), torch.zeros(1, 10)).kl_per_code().sum().item()
    5.0
    """

    mean: Float[Tensor, "batch ..."]
    logvar: Float[Tensor, "batch ..."]

    @property
    def std(self) -> Float[Tensor, "batch ..."]:
        """The standard deviations, the shape of the mean."""
        return torch.exp(0.5 * self.logvar)

    def draw(self, generator: torch.Generator) -> Float[Tensor, "batch ..."]:
        """Draw one value per sample, as a differentiable function of mean and logvar.

        Parameters
        ----------
        generator
            The stream to draw from.

        Returns
        -------
        torch.Tensor
            ``mean + exp(logvar / 2) * noise``.
        """
        noise = torch.empty_like(self.mean).normal_(generator=generator)
        return self.mean + torch.exp(0.5 * self.logvar) * noise

    def log_prob_per_code(self, codes: Float[Tensor, "batch ..."]) -> Float[Tensor, "batch ..."]:
        """Return the log density of each variable.

        Parameters
        ----------
        codes
            Where to evaluate it, the shape of the mean.

        Returns
        -------
        torch.Tensor
            In nats, the same shape.
        """
        squares = (codes - self.mean).square() * torch.exp(-self.logvar)
        return -0.5 * (squares + self.logvar + math.log(2 * math.pi))

    def kl_per_code(self) -> Float[Tensor, "batch ..."]:
        """Return KL(N(mean, exp(logvar)) || N(0, 1)) of each variable, in nats.

        Returns
        -------
        torch.Tensor
            Each >= 0, the shape of the mean.

        References
        ----------
        Kingma and Welling (2014), Auto-encoding variational Bayes, arXiv:1312.6114, appendix B.
        """
        return 0.5 * (self.mean.square() + self.logvar.exp() - self.logvar - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Bernoulli:
    """Independent binary variables per sample; values between 0 and 1 are soft labels.

    Parameters
    ----------
    logits
        The log odds, shape (batch, ...).

    Examples
    --------
    >>> coin = Bernoulli(torch.zeros(1, 2))
    >>> round(coin.log_prob(torch.tensor([[0.0, 1.0]])).item(), 4)
    -1.3863
    """

    logits: Float[Tensor, "batch ..."]

    @property
    def mean(self) -> Float[Tensor, "batch ..."]:
        """The probabilities of one, the shape of the logits."""
        return torch.sigmoid(self.logits)

    def log_prob(self, x: Float[Tensor, "batch ..."]) -> Float[Tensor, " batch"]:
        """Return minus the sigmoid cross-entropy of each sample, in nats.

        Parameters
        ----------
        x
            Values in [0, 1], the shape of the logits.

        Returns
        -------
        torch.Tensor
            Summed over all axes but the first; where x is binary this is a log probability.
        """
        return bernoulli_log_prob(self.logits, x)


Observation = Bernoulli | Gaussian
