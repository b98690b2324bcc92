"""Generator against critic, with codes that can be read back from what is generated."""

import math
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import softplus

from unbraid.training.distributions import Gaussian, Observation
from unbraid.training.networks import Encoder
from unbraid.training.objective import Objective, Player, Terms
from unbraid.training.precision import autocast

PRIORS = ("uniform", "normal")
# The weight of the gradient penalty, per unit of the samples' total variance: gamma in Mescheder
# et al. is this times that, 10 for dSprites.
_PENALTY = 0.06
# Its derivative costs three times that of the critic itself: one sample in so many is enough.
_PENALISED = 8
# Adam's decay rates for both sides, from the same paper: with momentum they circle.
_BETAS = (0.0, 0.99)
# A mean is this far from 0 and 1 at least where a generator that ends in a sigmoid starts.
_LEAST = 0.01


class Generator(nn.Module):
    """Map codes, and noise that nothing is asked of, to samples.

    Parameters
    ----------
    decoder
        Maps codes and noise, side by side, to a distribution whose mean is the sample.
    n_noise
        How many of its inputs are noise; may be 0.
    """

    def __init__(self, decoder: nn.Module, n_noise: int) -> None:
        super().__init__()
        self.decoder = decoder
        self.n_noise = n_noise

    @property
    def bias(self) -> Tensor:
        """The bias of the last layer, one number per channel or feature."""
        named = self.decoder.named_parameters()
        return [parameter for name, parameter in named if name.endswith("bias")][-1]

    def forward(self, codes: Float[Tensor, "batch codes"]) -> Observation:
        """Return the distribution of samples where the noise is at its mean, zero.

        Parameters
        ----------
        codes
            The codes, shape (batch, codes).

        Returns
        -------
        Bernoulli or Gaussian
            One variable per pixel or feature.
        """
        observation: Observation = self.decoder(_joined(codes, codes.new_zeros(self._size(codes))))
        return observation

    def draw(
        self, codes: Float[Tensor, "batch codes"], generator: torch.Generator
    ) -> Float[Tensor, "batch ..."]:
        """Return samples that show the codes, with noise that is drawn.

        Parameters
        ----------
        codes
            The codes, shape (batch, codes).
        generator
            The stream of the noise.

        Returns
        -------
        torch.Tensor
            Shape (batch, ...).
        """
        noise = codes.new_empty(self._size(codes)).normal_(generator=generator)
        observation: Observation = self.decoder(_joined(codes, noise))
        return observation.mean

    def _size(self, codes: Tensor) -> tuple[int, int]:
        return len(codes), self.n_noise


def _joined(codes: Tensor, noise: Tensor) -> Tensor:
    return torch.cat([codes, noise], 1) if noise.shape[1] else codes


def draw_codes(
    prior: str, size: tuple[int, int], generator: torch.Generator
) -> Float[Tensor, "batch codes"]:
    """Draw codes from the prior.

    Parameters
    ----------
    prior
        ``"uniform"`` on [-1, 1], or ``"normal"``, N(0, 1).
    size
        How many samples, and codes for each.
    generator
        The stream to draw from.

    Returns
    -------
    torch.Tensor
        Shape (batch, codes).

    Examples
    --------
    >>> codes = draw_codes("uniform", (100, 2), torch.Generator().manual_seed(0))
    >>> bool(codes.abs().max() <= 1)
    True
    """
    codes = torch.empty(size)
    if prior == "normal":
        return codes.normal_(generator=generator)
    return codes.uniform_(-1, 1, generator=generator)


def entropy(prior: str) -> float:
    """Return the differential entropy of one code, in nats.

    Parameters
    ----------
    prior
        ``"uniform"`` or ``"normal"``.

    Returns
    -------
    float
        log 2, or log(2 pi e) / 2.

    Examples
    --------
    >>> round(entropy("uniform"), 4), round(entropy("normal"), 4)
    (0.6931, 1.4189)
    """
    return 0.5 * math.log(2 * math.pi * math.e) if prior == "normal" else math.log(2)


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], real: Float[Tensor, "batch ..."]
) -> Float[Tensor, ""]:
    """Return how steep the critic is at real samples.

    Where made samples are like real ones the critic must be flat, or it pushes them away again.

    Parameters
    ----------
    critic
        Maps samples to one number each.
    real
        Samples, shape (batch, ...).

    Returns
    -------
    torch.Tensor
        The mean square of the gradient's norm.

    References
    ----------
    Mescheder, Geiger and Nowozin (2018), Which training methods for GANs do actually converge?,
    arXiv:1801.04406, equation 9.
    """
    at = real.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(critic(at).sum(), at, create_graph=True)
    return slope.flatten(1).square().sum(1).mean()


def spread(x: Float[np.ndarray, "samples ..."]) -> float:
    """Return how far samples lie from their mean.

    Parameters
    ----------
    x
        The samples, shape (n, ...).

    Returns
    -------
    float
        The root of the total variance, the sum of the variances of all features.

    Examples
    --------
    >>> spread(np.array([[1.0, 0.0], [-1.0, 0.0]]))
    1.0
    """
    return float(np.sqrt(x.reshape(len(x), -1).var(axis=0).sum()))


def leak(body: nn.Module) -> None:
    """Let rectifiers pass a fifth of what is negative: a critic that is silent gives no direction.

    Parameters
    ----------
    body
        The network, changed in place.

    Examples
    --------
    >>> body = nn.Sequential(nn.ReLU())
    >>> leak(body)
    >>> body(torch.tensor([-1.0, 1.0]))
    tensor([-0.2000,  1.0000])
    """
    for name, layer in list(body.named_children()):
        if isinstance(layer, nn.ReLU):
            setattr(body, name, nn.LeakyReLU(0.2, inplace=True))


def start_at(bias: Tensor, mean: Float[np.ndarray, "features ..."], *, sigmoid: bool) -> None:
    """Let a generator start at the mean of the samples, so that the critic must look for more.

    Parameters
    ----------
    bias
        The bias of its last layer, one number per channel or feature; changed in place.
    mean
        The mean of the samples, shape (features,) or (channels, height, width).
    sigmoid
        Whether a sigmoid follows.

    Examples
    --------
    >>> bias = torch.zeros(2)
    >>> start_at(bias, np.array([0.0, 0.5]), sigmoid=True)
    >>> bias.sigmoid()
    tensor([0.0100, 0.5000])
    """
    start = torch.from_numpy(mean.reshape(len(bias), -1).mean(axis=1))
    with torch.no_grad():
        bias.copy_(start.clamp(_LEAST, 1 - _LEAST).logit() if sigmoid else start)


class Adversarial(Objective):
    """Make samples that a critic cannot tell from real ones, and keep their codes readable.

    The generator minimises the surprise at made samples being taken for real, less a weight times
    ``E[log q(codes | sample)] + entropy``, a bound from below of the mutual information of codes
    and samples. The critic minimises the surprise at what is real and what is made, plus half the
    gradient penalty; the reader of codes shares its features and, with it, raises the same bound.
    Both sides move at once, from the same batch. What the critic sees is blurred by noise that
    fades, so that it does not win by details before there is anything to correct.

    Parameters
    ----------
    reader
        Maps samples to the distribution q of their codes.
    generator
        Maps codes and noise to samples.
    verdict
        Maps the reader's features to the log odds that a sample is real.
    prior
        The distribution of codes, ``"uniform"`` or ``"normal"``.
    weight
        The weight of the information.
    spread
        How far samples lie from their mean, the unit of penalty and noise.
    noise
        The standard deviation of the noise on what the critic sees, in each step, per feature,
        where that of samples is 1.

    References
    ----------
    Chen et al. (2016), InfoGAN: interpretable representation learning by information maximizing
    generative adversarial nets, arXiv:1606.03657, equation 6. Mescheder,
    Geiger and Nowozin (2018), Which training methods for GANs do actually converge?,
    arXiv:1801.04406, equations 1 and 9. Sonderby et al. (2017), Amortised MAP inference for image
    super-resolution, arXiv:1610.04490: the noise before the critic.
    """

    def __init__(
        self,
        reader: Encoder,
        generator: Generator,
        verdict: nn.Linear,
        *,
        prior: str,
        weight: float,
        spread: float,
        noise: Callable[[int], float],
    ) -> None:
        super().__init__()
        self.reader = reader
        self.generator = generator
        self.verdict = verdict
        self.prior = prior
        self.weight = weight
        self.spread = spread
        self.noise = noise

    def players(self) -> tuple[Player, ...]:
        """Return the generator, then the critic with the reader.

        Returns
        -------
        tuple of Player
            Two.
        """
        seeing = (*self.reader.parameters(), *self.verdict.parameters())
        return Player(tuple(self.generator.parameters()), _BETAS), Player(seeing, _BETAS)

    def forward(
        self, x: Float[Tensor, "batch ..."], step: int, generator: torch.Generator
    ) -> Terms:
        """Return the loss of the generator and that of the critic.

        Parameters
        ----------
        x
            Real samples, shape (batch, ...).
        step
            How many steps were made before this one.
        generator
            The stream of codes and noise.

        Returns
        -------
        Terms
            Logged are ``loss``; ``information``, the bound in nats; ``critic_loss``, which is
            2 log 2 = 1.39 where nothing tells real from made; and ``penalty``.
        """
        # The critic's slope is differentiated once more: too coarse for bfloat16.
        with autocast(bfloat16=False):
            return self._terms(x, step, generator)

    def _terms(self, x: Tensor, step: int, generator: torch.Generator) -> Terms:
        codes = draw_codes(self.prior, (len(x), self.reader.mean.out_features), generator)
        level = self.noise(step) * self.spread / math.sqrt(x[0].numel())
        made = _noisy(self.generator.draw(codes, generator), level, generator)
        real = _noisy(x, level, generator)
        features = self.reader.body(made)
        # softplus(-t) is minus the log probability of "real" where t is its log odds.
        fooled = softplus(-self._log_odds(features)).mean()
        loss = fooled - self.weight * self._information(features, codes)
        of_real, of_made = self.reader.body(torch.cat([real, made.detach()])).chunk(2)
        information = self._information(of_made, codes)
        told = softplus(-self._log_odds(of_real)).mean() + softplus(self._log_odds(of_made)).mean()
        penalty = self.spread**2 * gradient_penalty(
            lambda part: self._log_odds(self.reader.body(part)), real[: -(-len(x) // _PENALISED)]
        )
        logged = {
            "loss": loss,
            "information": information,
            "critic_loss": told,
            "penalty": penalty,
        }
        losses = (loss, told + 0.5 * _PENALTY * penalty - self.weight * information)
        return Terms(losses, {name: value.detach() for name, value in logged.items()})

    def _log_odds(self, features: Tensor) -> Tensor:
        return self.verdict(features)[:, 0]  # type: ignore[no-any-return]

    def _information(self, features: Tensor, codes: Tensor) -> Tensor:
        """Return a bound from below of what samples tell of their codes, in nats."""
        read = Gaussian(self.reader.mean(features), self.reader.logvar(features))
        return read.log_prob(codes).mean() + codes.shape[1] * entropy(self.prior)


def _noisy(x: Tensor, level: float, generator: torch.Generator) -> Tensor:
    return x + level * torch.empty_like(x).normal_(generator=generator) if level else x
