"""Normal distributions between layers of codes: with full covariance, compared and combined."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from unbraid.training.distributions import Gaussian
from unbraid.training.posteriors import Posterior


@dataclass(frozen=True, slots=True, eq=False)
class FullGaussian(Posterior):
    """Normal variables per sample, dependent on one another: N(mean, factor factor').

    Parameters
    ----------
    mean
        The means, shape (batch, codes).
    factor
        The lower triangular (Cholesky) factor of the covariance, its diagonal positive, shape
        (batch, codes, codes).

    Examples
    --------
    >>> unit = FullGaussian(torch.zeros(1, 2), torch.eye(2).expand(1, 2, 2))
    >>> round(unit.log_prob(torch.zeros(1, 2)).item(), 4)
    -1.8379
    """

    mean: Float[Tensor, "batch codes"]
    factor: Float[Tensor, "batch codes codes"]

    @property
    def std(self) -> Float[Tensor, "batch codes"]:
        """The standard deviation of each code by itself."""
        return self.factor.square().sum(2).sqrt()

    def draw(self, generator: torch.Generator) -> Float[Tensor, "batch codes"]:
        """Draw one value per sample, as a differentiable function of mean and factor.

        Parameters
        ----------
        generator
            The stream to draw from.

        Returns
        -------
        torch.Tensor
            ``mean + factor @ noise``.
        """
        return shifted(self, torch.empty_like(self.mean).normal_(generator=generator))

    def log_prob_per_code(
        self, codes: Float[Tensor, "batch codes"]
    ) -> Float[Tensor, "batch codes"]:
        """Return the log density of each code given those before it.

        Parameters
        ----------
        codes
            Where to evaluate it, shape (batch, codes).

        Returns
        -------
        torch.Tensor
            In nats, shape (batch, codes).
        """
        centred = (codes - self.mean)[:, :, None]
        white: Tensor = torch.linalg.solve_triangular(self.factor, centred, upper=False)[..., 0]
        log_variance = 2 * self.factor.diagonal(dim1=1, dim2=2).log()
        return -0.5 * (white.square() + log_variance + math.log(2 * math.pi))

    def kl_per_code(self) -> Float[Tensor, "batch codes"]:
        """Return KL(N(mean, factor factor') || N(0, 1)), in nats, by the chain rule.

        Returns
        -------
        torch.Tensor
            The share of each code given those before it, >= 0; they sum to the whole.
        """
        spread = self.factor.square().sum(2)
        log_variance = 2 * self.factor.diagonal(dim1=1, dim2=2).log()
        return 0.5 * (self.mean.square() + spread - log_variance - 1)


Normal = Gaussian | FullGaussian


def standard(like: Float[Tensor, "batch codes"]) -> Gaussian:
    """Return N(0, 1) for each code.

    Parameters
    ----------
    like
        Anything of the shape wanted, (batch, codes).

    Returns
    -------
    Gaussian
        The prior of the top layer.
    """
    zero = like.new_zeros(1).expand_as(like)
    return Gaussian(zero, zero)


def shifted(normal: Normal, noise: Float[Tensor, "batch codes"]) -> Float[Tensor, "batch codes"]:
    """Turn draws from N(0, 1) into draws from another normal distribution.

    Parameters
    ----------
    normal
        That distribution.
    noise
        The draws, shape (batch, codes).

    Returns
    -------
    torch.Tensor
        Shape (batch, codes).
    """
    if isinstance(normal, FullGaussian):
        return normal.mean + (normal.factor @ noise[:, :, None])[:, :, 0]
    return normal.mean + normal.std * noise


def divergence(of: Gaussian, to: Gaussian) -> Float[Tensor, "batch codes"]:
    """Return KL(of || to) of each code, in nats.

    Parameters
    ----------
    of
        The distribution that draws, shape (batch, codes).
    to
        The other one.

    Returns
    -------
    torch.Tensor
        Each >= 0, shape (batch, codes).

    Examples
    --------
    >>> one = Gaussian(torch.ones(1, 1), torch.zeros(1, 1))
    >>> divergence(one, one).item(), divergence(one, standard(one.mean)).item()
    (0.0, 0.5)
    """
    ratio = of.logvar - to.logvar
    distance = (of.mean - to.mean).square() * torch.exp(-to.logvar)
    return 0.5 * (ratio.exp() + distance - ratio - 1)


def product(one: Gaussian, other: Gaussian) -> Gaussian:
    """Combine what two distributions say of the same codes, weighing each by its precision.

    Parameters
    ----------
    one
        A distribution, shape (batch, codes).
    other
        Another.

    Returns
    -------
    Gaussian
        Proportional to the product of the two densities.

    References
    ----------
    Sønderby et al. (2016), Ladder variational autoencoders, arXiv:1602.02282, equations 10-12.

    Examples
    --------
    >>> low, high = (Gaussian(torch.full((1, 1), m), torch.zeros(1, 1)) for m in (0.0, 2.0))
    >>> product(low, high).mean.item()
    1.0
    """
    logvar = -torch.logaddexp(-one.logvar, -other.logvar)
    share = torch.sigmoid(other.logvar - one.logvar)
    return Gaussian(share * one.mean + (1 - share) * other.mean, logvar)
