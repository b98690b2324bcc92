"""Observation models beside the Bernoulli and the Gaussian: categories and levels of grey."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 (as torch writes it)
from jaxtyping import Float
from torch import Tensor, nn

from unbraid.core.errors import InputError
from unbraid.training.distributions import Bernoulli, Gaussian, Observation

_LEVELS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Categorical:
    """Independent variables per sample with the values 0, 1, ..., C - 1.

    Parameters
    ----------
    logits
        The log odds of the values, shape (batch, ..., C).

    Examples
    --------
    >>> die = Categorical(torch.zeros(1, 1, 6))
    >>> round(die.log_prob(torch.tensor([[5.0]])).exp().item(), 4), die.mean.item()
    (0.1667, 2.5)
    """

    logits: Float[Tensor, "batch ... values"]

    @property
    def mean(self) -> Float[Tensor, "batch ..."]:
        """The expected values, which mean something where the values are in order."""
        values = torch.arange(self.logits.shape[-1], dtype=self.logits.dtype)
        return self.logits.softmax(-1) @ values

    def log_prob(self, x: Float[Tensor, "batch ..."]) -> Float[Tensor, " batch"]:
        """Return the log probability of each sample, in nats.

        Parameters
        ----------
        x
            Whole numbers from 0 to C - 1, shape (batch, ...).

        Returns
        -------
        torch.Tensor
            Summed over all axes but the first.
        """
        log_probs = self.logits.log_softmax(-1)
        return log_probs.gather(-1, x.long()[..., None]).flatten(1).sum(1)


@dataclass(frozen=True, slots=True, eq=False)
class DiscretisedLogistic:
    """Independent logistic variables, seen as the nearest of 256 levels from 0 to 1.

    The first and the last level take the tails, so that the probabilities of all levels sum to 1.

    Parameters
    ----------
    location
        The centres, shape (batch, ...).
    log_scale
        The logarithms of the scales, a shape that broadcasts.

    References
    ----------
    Kingma et al. (2016), Improved variational inference with inverse autoregressive flow,
    arXiv:1606.04934, appendix C; Salimans et al. (2017), PixelCNN++, arXiv:1701.05517, equation 2.

    Examples
    --------
    >>> pixel = DiscretisedLogistic(torch.full((256, 1), 0.3), torch.tensor(-2.0))
    >>> round(pixel.log_prob(torch.arange(256.0)[:, None] / 255).exp().sum().item(), 4)
    1.0
    """

    location: Float[Tensor, "batch ..."]
    log_scale: Float[Tensor, "..."]

    @property
    def mean(self) -> Float[Tensor, "batch ..."]:
        """The centres, none outside the levels."""
        return self.location.clamp(0, 1)

    def log_prob(self, x: Float[Tensor, "batch ..."]) -> Float[Tensor, " batch"]:
        """Return the log probability of each sample's levels, in nats.

        Parameters
        ----------
        x
            Values in [0, 1], each of which stands for the nearest level.

        Returns
        -------
        torch.Tensor
            Summed over all axes but the first.

        Notes
        -----
        With F the logistic function, ``F(a) - F(b) = F(a) F(-b) (1 - exp(b - a))``, whose
        logarithm loses no digits where F(a) and F(b) are nearly equal.
        """
        level = (x * (_LEVELS - 1)).round()
        half = 0.5 / (_LEVELS - 1)
        precision = torch.exp(-self.log_scale)
        distance = level / (_LEVELS - 1) - self.location
        below = F.logsigmoid((distance + half) * precision)
        above = F.logsigmoid((half - distance) * precision)
        between = torch.log(-torch.expm1(-2 * half * precision))
        lowest, highest = level == 0, level == _LEVELS - 1
        log_probs = (
            torch.where(highest, 0.0, below)
            + torch.where(lowest, 0.0, above)
            + torch.where(lowest | highest, 0.0, between)
        )
        return log_probs.flatten(1).sum(1)


Likelihood = Observation | Categorical | DiscretisedLogistic


def simulate(likelihood: Likelihood, generator: torch.Generator) -> Float[Tensor, "batch ..."]:
    """Draw samples.

    Parameters
    ----------
    likelihood
        Their distribution.
    generator
        The stream to draw from.

    Returns
    -------
    torch.Tensor
        One sample per row, as `log_prob` takes it.
    """
    if isinstance(likelihood, Gaussian):
        return likelihood.draw(generator)
    if isinstance(likelihood, Bernoulli):
        return torch.bernoulli(likelihood.mean, generator=generator)
    if isinstance(likelihood, Categorical):
        odds = likelihood.logits.softmax(-1)
        drawn = torch.multinomial(odds.flatten(0, -2), 1, generator=generator)
        return drawn.view(odds.shape[:-1]).to(odds.dtype)
    uniform = torch.empty_like(likelihood.location).uniform_(generator=generator)
    drawn = likelihood.location + likelihood.log_scale.exp() * torch.logit(uniform, eps=1e-7)
    return (drawn.clamp(0, 1) * (_LEVELS - 1)).round() / (_LEVELS - 1)


def binarised(
    x: Float[Tensor, "batch ..."], generator: torch.Generator
) -> Float[Tensor, "batch ..."]:
    """Draw binary samples, as `torch.bernoulli` does in twice the time.

    Parameters
    ----------
    x
        The probabilities of one.
    generator
        The stream to draw from.

    Returns
    -------
    torch.Tensor
        Zeros and ones, shape of x.
    """
    return torch.empty_like(x).uniform_(generator=generator).lt(x).to(x.dtype)


class OneHot(nn.Module):
    """Lay out whole numbers as rows of zeros with a one.

    Parameters
    ----------
    n_values
        How many values there are.
    """

    def __init__(self, n_values: int) -> None:
        super().__init__()
        self.n_values = n_values

    def forward(self, x: Float[Tensor, "batch ..."]) -> Float[Tensor, "batch ... values"]:
        """Return the rows.

        Parameters
        ----------
        x
            Whole numbers from 0 to ``n_values - 1``.

        Returns
        -------
        torch.Tensor
            One axis more, of ``n_values``.

        Raises
        ------
        InputError
            If x holds anything else.
        """
        values = x.long()
        low, high = values.aminmax()
        if low < 0 or high >= self.n_values or not torch.equal(values.to(x.dtype), x):
            raise InputError(
                "a categorical decoder takes whole numbers",
                got=f"values from {float(x.min()):g} to {float(x.max()):g}",
                allowed=f"0, 1, ..., {self.n_values - 1}",
                hint="numbering the categories from 0, or decoder='gaussian'",
            )
        return F.one_hot(values, self.n_values).to(x.dtype)


class CategoricalDecoder(nn.Module):
    """Map codes to independent categorical variables.

    Parameters
    ----------
    body
        Maps codes to logits, shape (batch, ..., C).
    """

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, codes: Float[Tensor, "batch codes"]) -> Categorical:
        """Return the distribution of samples.

        Parameters
        ----------
        codes
            The codes, shape (batch, codes).

        Returns
        -------
        Categorical
            One variable per feature.
        """
        return Categorical(self.body(codes))


class LogisticDecoder(nn.Module):
    """Map codes to independent discretised logistic variables.

    Parameters
    ----------
    body
        Maps codes to centres.
    shape
        The shape of a sample as the network sees it: each feature learns a scale of its own.
    """

    # A tenth of a level: what is narrower is certain already.
    _least = math.log(0.1 / _LEVELS)

    def __init__(self, body: nn.Module, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.body = body
        self.log_scale = nn.Parameter(torch.full(shape, -2.0))

    def forward(self, codes: Float[Tensor, "batch codes"]) -> DiscretisedLogistic:
        """Return the distribution of samples.

        Parameters
        ----------
        codes
            The codes, shape (batch, codes).

        Returns
        -------
        DiscretisedLogistic
            One variable per feature.
        """
        return DiscretisedLogistic(self.body(codes), self.log_scale.clamp(min=self._least))
