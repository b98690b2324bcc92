"""The objective of variational autoencoders: the reconstruction, plus what makes a method."""

from collections.abc import Callable, Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

from unbraid.training.distributions import Gaussian, Observation
from unbraid.training.estimators import Estimator, reparametrised
from unbraid.training.objective import Objective, Player, Terms, as_often, n_active
from unbraid.training.posteriors import Posterior
from unbraid.training.regulariser import Encoded, Regulariser
from unbraid.training.total_correlation import in_batch


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
        extra_kl: Callable[[int | Tensor], float | Tensor] = lambda _: 0.0,
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
        self, x: Float[Tensor, "batch ..."], step: int | Tensor, generator: torch.Generator
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
        loss = costs.mean() + self.regulariser(encoded) + self.extra_kl(step) * encoded.kl
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
        return {
            "total_correlation": in_batch(codes, posterior),
            "active_codes": n_active(posterior.mean),
        }
