"""What is minimised: the reconstruction, plus the one regulariser that makes a method."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from unbraid.training.distributions import Gaussian, Observation
from unbraid.training.estimators import Estimator, reparametrised
from unbraid.training.posteriors import Posterior, detached
from unbraid.training.total_correlation import in_batch

# The variance of a code's means over samples, below which it says nothing of them.
ACTIVE = 0.01


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
    other_codes
        Codes drawn for other samples, shape (batch, codes), for a regulariser that asks for them.
    """

    posterior: Gaussian
    codes: Float[Tensor, "batch codes"]
    kl_per_code: Float[Tensor, " codes"]
    step: int
    other_codes: Float[Tensor, "batch codes"] | None = None

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
        return replace(
            self,
            posterior=detached(self.posterior),
            codes=self.codes.detach(),
            kl_per_code=self.kl_per_code.detach(),
        )


class Regulariser(nn.Module):
    """What a method adds to the reconstruction; each method supplies one.

    ``forward(encoded)`` returns a scalar in nats. A regulariser that has parameters of its own,
    such as a discriminator, also returns the loss that these minimise from `own_loss`; it sees
    the same batch, and both are updated at once.
    """

    # How the regulariser's own parameters learn: Adam's two decay rates, and the learning rate
    # where it is not the schedule's.
    betas = (0.9, 0.999)
    learning_rate: float | None = None
    # Whether `own_loss` needs codes of other samples: then batches are of twice the size.
    second_batch = False

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

    def per_draw(
        self,
        codes: Float[Tensor, "rows codes"],  # noqa: ARG002 (for those that look at draws)
        posterior: Posterior,  # noqa: ARG002
    ) -> Float[Tensor, " rows"] | None:
        """Return what is added to the reconstruction of each draw, inside the estimator.

        Parameters
        ----------
        codes
            The draws, shape (rows, codes).
        posterior
            What they were drawn from.

        Returns
        -------
        torch.Tensor or None
            Shape (rows,), in nats; None for most methods, that know what they add in closed form.
        """
        return None

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
    learning_rate
        The learning rate in every step; None for the schedule's.
    """

    parameters: tuple[nn.Parameter, ...]
    betas: tuple[float, float] = (0.9, 0.999)
    learning_rate: float | None = None


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

    def summary(self) -> Mapping[str, Tensor]:
        """Return what is too slow to log at every step: it is asked for once per line.

        Returns
        -------
        mapping
            Scalars of the last batch, detached.
        """
        return {}


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
        self.last: Encoded | None = None

    def players(self) -> tuple[Player, ...]:
        """Return the autoencoder and, where it has parameters, the regulariser.

        Returns
        -------
        tuple of Player
            One or two.
        """
        model = Player((*self.encoder.parameters(), *self.decoder.parameters()))
        own = self.regulariser
        other = Player(tuple(own.parameters()), own.betas, own.learning_rate)
        return (model, other) if other.parameters else (model,)

    def forward(
        self, x: Float[Tensor, "batch ..."], step: int, generator: torch.Generator
    ) -> Terms:
        """Return the loss of a batch, and the regulariser's own where it has one.

        Parameters
        ----------
        x
            The batch, shape (batch, ...); where the regulariser asks for a second batch, the two.
        step
            How many steps were made before this one.
        generator
            The stream of the noise.

        Returns
        -------
        Terms
            Logged are ``loss``, ``reconstruction``, ``kl`` and ``kl_per_code``, and ``own_loss``
            of a regulariser that has one.
        """
        x, *rest = x.chunk(2) if self.regulariser.second_batch else (x,)
        reconstructions: list[Tensor] = []

        def cost(codes: Tensor, posterior: Posterior) -> Tensor:
            observation: Observation = self.decoder(codes)
            costs = -observation.log_prob(as_often(x, codes))
            reconstructions.append(costs)
            added = self.regulariser.per_draw(codes, posterior)
            return costs if added is None else costs + added

        posterior: Gaussian = self.encoder(x)
        codes, costs = self.estimator(posterior, cost, generator)
        encoded = Encoded(
            posterior,
            codes,
            posterior.kl_per_code().mean(0),
            step,
            self._codes_alone(rest[0], generator) if rest else None,
        )
        self.last = encoded.detached()
        loss = costs.mean() + self.regulariser(encoded)
        extra = self.extra_kl(step)
        if extra:
            loss = loss + extra * encoded.kl
        logged = {
            "loss": loss,
            "reconstruction": reconstructions[0].mean(),
            "kl": encoded.kl,
            "kl_per_code": encoded.kl_per_code,
        }
        losses: tuple[Tensor, ...] = (loss,)
        if any(True for _ in self.regulariser.parameters()):
            logged["own_loss"] = self.regulariser.own_loss(self.last)
            losses += (logged["own_loss"],)
        return Terms(losses, {name: value.detach() for name, value in logged.items()})

    def _codes_alone(self, x: Tensor, generator: torch.Generator) -> Tensor:
        with torch.no_grad():
            posterior: Gaussian = self.encoder(x)
            return posterior.draw(generator)

    def summary(self) -> Mapping[str, Tensor]:
        """Return the total correlation and the number of active codes, in the last batch.

        Returns
        -------
        mapping
            ``total_correlation``, in nats, that of the mixture of the batch's posteriors; and
            ``active_codes``, those whose means have a variance above 0.01.

        References
        ----------
        Burda et al. (2016), Importance weighted autoencoders, arXiv:1509.00519, section 5.2.
        """
        if self.last is None:
            return {}
        codes, posterior = self.last.codes, self.last.posterior
        active = posterior.mean.var(0, correction=0) > ACTIVE
        return {
            "total_correlation": in_batch(codes, posterior),
            "active_codes": active.sum(),
        }


def as_often(x: Float[Tensor, "batch ..."], codes: Float[Tensor, "rows codes"]) -> Tensor:
    """Return a batch, repeated for codes that are draws after draws of it.

    Parameters
    ----------
    x
        The batch, shape (batch, ...).
    codes
        The codes, shape (draws x batch, codes).

    Returns
    -------
    torch.Tensor
        One sample for each row of the codes.
    """
    n = len(codes) // len(x)
    return x if n == 1 else x.repeat(n, *[1] * (x.dim() - 1))
