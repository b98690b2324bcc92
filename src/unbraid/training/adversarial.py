"""Generator against critic, with codes that can be read back from what is generated."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import softplus

from unbraid.training.distributions import Gaussian, Observation
from unbraid.training.networks import Encoder
from unbraid.training.objective import Objective, Player, Terms
from unbraid.training.precision import autocast

PRIORS = ("uniform", "normal")
# The weight of the gradient penalty, gamma in Mescheder et al.
_PENALTY = 1.0
# Its derivative costs three times that of the critic itself: one sample in so many is enough.
_PENALISED = 4
# Adam's decay rates for both sides, from the same paper: with momentum they circle.
_BETAS = (0.0, 0.99)


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


class Critic(nn.Module):
    """Map samples to the log odds that they are real.

    Parameters
    ----------
    encoder
        A network for one code, whose mean is taken for that number.
    """

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.body = encoder.body
        self.last = encoder.mean

    def forward(self, x: Float[Tensor, "batch ..."]) -> Float[Tensor, " batch"]:
        """Return one number per sample.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).

        Returns
        -------
        torch.Tensor
            Shape (batch,).
        """
        return self.last(self.body(x))[:, 0]  # type: ignore[no-any-return]


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


class Adversarial(Objective):
    """Make samples that a critic cannot tell from real ones, and keep their codes readable.

    The generator and the reader of codes minimise the surprise at made samples being taken for
    real, less a weight times ``E[log q(codes | sample)] + entropy``, a bound from below of the
    mutual information of codes and samples. The critic minimises the surprise at what is real and
    what is made, plus half the gradient penalty. Both move at once, from the same batch.

    Parameters
    ----------
    reader
        Maps samples to the distribution q of their codes.
    generator
        Maps codes and noise to samples.
    critic
        Maps samples to one number each.
    prior
        The distribution of codes, ``"uniform"`` or ``"normal"``.
    weight
        The weight of the information.

    References
    ----------
    Chen et al. (2016), InfoGAN: interpretable representation learning by information maximizing
    generative adversarial nets, arXiv:1606.03657, equation 6. Mescheder,
    Geiger and Nowozin (2018), Which training methods for GANs do actually converge?,
    arXiv:1801.04406, equations 1 and 9.
    """

    def __init__(
        self,
        reader: Encoder,
        generator: Generator,
        critic: Critic,
        *,
        prior: str,
        weight: float,
    ) -> None:
        super().__init__()
        self.reader = reader
        self.generator = generator
        self.critic = critic
        self.prior = prior
        self.weight = weight

    def players(self) -> tuple[Player, ...]:
        """Return generator and reader, then the critic.

        Returns
        -------
        tuple of Player
            Two.
        """
        makers = (*self.reader.parameters(), *self.generator.parameters())
        return Player(makers, _BETAS), Player(tuple(self.critic.parameters()), _BETAS)

    def forward(
        self,
        x: Float[Tensor, "batch ..."],
        step: int,  # noqa: ARG002 (nothing changes from step to step)
        generator: torch.Generator,
    ) -> Terms:
        """Return the loss of the makers and that of the critic.

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
            return self._terms(x, generator)

    def _terms(self, x: Tensor, generator: torch.Generator) -> Terms:
        codes = draw_codes(self.prior, (len(x), self.reader.mean.out_features), generator)
        made = self.generator.draw(codes, generator)
        read: Gaussian = self.reader(made)
        information = read.log_prob(codes).mean() + codes.shape[1] * entropy(self.prior)
        # softplus(-t) is minus the log probability of "real" where t is its log odds.
        loss = softplus(-self.critic(made)).mean() - self.weight * information
        says_real, says_made = self.critic(torch.cat([x, made.detach()])).chunk(2)
        critic_loss = softplus(-says_real).mean() + softplus(says_made).mean()
        penalty = gradient_penalty(self.critic, x[: -(-len(x) // _PENALISED)])
        logged = {
            "loss": loss,
            "information": information,
            "critic_loss": critic_loss,
            "penalty": penalty,
        }
        losses = (loss, critic_loss + 0.5 * _PENALTY * penalty)
        return Terms(losses, {name: value.detach() for name, value in logged.items()})
