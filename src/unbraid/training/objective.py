"""What is minimised: the reconstruction, plus the one regulariser that makes a method."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from unbraid.training.distributions import Gaussian, Observation
from unbraid.training.estimators import Estimator, reparametrised


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A batch as the encoder sees it: all that a regulariser may look at.

    Parameters
    ----------
    posterior
        The distribution of the codes, its mean and logvar of shape (batch, codes).
    codes
        The codes that were drawn, shape (batch, codes).
    kl_per_code
        KL from posterior to prior, mean over the batch, shape (codes,), in nats.
    step
        How many steps were made before this one.
    """

    posterior: Gaussian
    codes: Float[Tensor, "batch codes"]
    kl_per_code: Float[Tensor, " codes"]
    step: int

    @property
    def kl(self) -> Float[Tensor, ""]:
        """The KL of the whole code, mean over the batch, in nats."""
        return self.kl_per_code.sum()

    def detached(self) -> "Encoded":
        """Return the same batch with no gradient to the encoder.

        Returns
        -------
        Encoded
            For a regulariser's own loss.
        """
        posterior = Gaussian(self.posterior.mean.detach(), self.posterior.logvar.detach())
        return Encoded(posterior, self.codes.detach(), self.kl_per_code.detach(), self.step)


class Regulariser(nn.Module):
    """What a method adds to the reconstruction; each method supplies one.

    ``forward(encoded)`` returns a scalar in nats. A regulariser that has parameters of its own,
    such as a discriminator, also returns the loss that these minimise from `own_loss`; it sees
    the same batch, and both are updated at once.
    """

    # Adam's two decay rates for the regulariser's own parameters.
    betas = (0.9, 0.999)

    def forward(self, encoded: Encoded) -> Float[Tensor, ""]:
        """Return what is added to the reconstruction.

        Parameters
        ----------
        encoded
            The batch as the encoder sees it.

        Returns
        -------
        torch.Tensor
            A scalar.
        """
        raise NotImplementedError

    def own_loss(self, encoded: Encoded) -> Float[Tensor, ""]:
        """Return what the regulariser's own parameters minimise.

        Parameters
        ----------
        encoded
            The batch, detached from the encoder.

        Returns
        -------
        torch.Tensor
            A scalar; only called where there are parameters.
        """
        raise NotImplementedError


class WeightedKL(Regulariser):
    """The KL from posterior to prior, times a weight.

    Parameters
    ----------
    beta
        The weight; 1 gives the evidence lower bound.

    References
    ----------
    Higgins et al. (2017), beta-VAE: learning basic visual concepts with a constrained variational
    framework, ICLR, equation 4.
    """

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        self.beta = beta

    def forward(self, encoded: Encoded) -> Float[Tensor, ""]:
        """Return beta times the KL.

        Parameters
        ----------
        encoded
            The batch as the encoder sees it.

        Returns
        -------
        torch.Tensor
            A scalar, in nats.
        """
        return self.beta * encoded.kl


@dataclass(frozen=True, slots=True, eq=False)
class Player:
    """Parameters that one optimiser moves, to lower a loss of their own.

    Parameters
    ----------
    parameters
        The parameters.
    betas
        Adam's two decay rates.
    """

    parameters: tuple[nn.Parameter, ...]
    betas: tuple[float, float] = (0.9, 0.999)


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What an objective says of a batch.

    Parameters
    ----------
    losses
        One scalar per player, in the order of the objective's players.
    logged
        What goes to the log, detached: scalars, and vectors with one number per code.
    """

    losses: tuple[Tensor, ...]
    logged: Mapping[str, Tensor]


class Objective(nn.Module):
    """Everything that training changes; ``forward(x, step, generator)`` returns `Terms`."""

    def players(self) -> tuple[Player, ...]:
        """Return who is trained, the model first.

        Returns
        -------
        tuple of Player
            One per loss.
        """
        raise NotImplementedError

    def forward(self, x: Tensor, step: int, generator: torch.Generator) -> Terms:
        """Return the losses of a batch.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).
        step
            How many steps were made before this one.
        generator
            The stream of all noise.

        Returns
        -------
        Terms
            The losses and what is logged.
        """
        raise NotImplementedError


class Variational(Objective):
    """Minimise ``reconstruction + regulariser(encoded) + extra_kl(step) * kl``, in nats.

    Parameters
    ----------
    encoder
        Maps a batch to the posterior of its codes.
    decoder
        Maps codes to the distribution of samples.
    regulariser
        What the method adds to the reconstruction.
    estimator
        How gradients pass through the draw of the codes.
    extra_kl
        What a schedule adds to the weight of the KL in a step, whatever the method; for most, and
        by default, nothing.

    References
    ----------
    Kingma and Welling (2014), Auto-encoding variational Bayes, arXiv:1312.6114, equation 10.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        regulariser: Regulariser,
        estimator: Estimator = reparametrised,
        extra_kl: Callable[[int], float] = lambda _: 0.0,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.regulariser = regulariser
        self.estimator = estimator
        self.extra_kl = extra_kl

    def players(self) -> tuple[Player, ...]:
        """Return the autoencoder and, where it has parameters, the regulariser.

        Returns
        -------
        tuple of Player
            One or two.
        """
        model = Player((*self.encoder.parameters(), *self.decoder.parameters()))
        other = Player(tuple(self.regulariser.parameters()), self.regulariser.betas)
        return (model, other) if other.parameters else (model,)

    def forward(
        self, x: Float[Tensor, "batch ..."], step: int, generator: torch.Generator
    ) -> Terms:
        """Return the loss of a batch, and the regulariser's own where it has one.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).
        step
            How many steps were made before this one.
        generator
            The stream of the noise.

        Returns
        -------
        Terms
            Logged are ``loss``, ``reconstruction``, ``kl`` and ``kl_per_code``.
        """

        def cost(codes: Tensor) -> Tensor:
            observation: Observation = self.decoder(codes)
            return -observation.log_prob(x)

        posterior: Gaussian = self.encoder(x)
        codes, costs = self.estimator(posterior, cost, generator)
        encoded = Encoded(posterior, codes, posterior.kl_per_code().mean(0), step)
        reconstruction = costs.mean()
        loss = reconstruction + self.regulariser(encoded)
        extra = self.extra_kl(step)
        if extra:
            loss = loss + extra * encoded.kl
        logged = {
            "loss": loss,
            "reconstruction": reconstruction,
            "kl": encoded.kl,
            "kl_per_code": encoded.kl_per_code,
        }
        losses: tuple[Tensor, ...] = (loss,)
        if any(True for _ in self.regulariser.parameters()):
            losses += (self.regulariser.own_loss(encoded.detached()),)
        return Terms(losses, {name: value.detach() for name, value in logged.items()})
