"""An autoencoder of binary codes, and what it minimises."""

from collections.abc import Callable, Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

from unbraid.training.binary import Relax
from unbraid.training.distributions import Observation
from unbraid.training.estimators import Estimator
from unbraid.training.objective import Objective, Player, Terms, as_often, n_active
from unbraid.training.posteriors import BinaryCodes, Posterior


class BinaryEncoder(nn.Module):
    """Map a batch to the posterior of its binary codes.

    Parameters
    ----------
    body
        Maps a batch to features, shape (batch, features).
    logits
        Maps features to the log odds of codes.
    """

    def __init__(self, body: nn.Module, logits: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.logits = logits

    def forward(self, x: Float[Tensor, "batch ..."]) -> BinaryCodes:
        """Return the posterior.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).

        Returns
        -------
        BinaryCodes
            Its logits have shape (batch, codes), float32 at least.
        """
        logits: Tensor = self.logits(self.body(x))
        return BinaryCodes(logits.to(torch.promote_types(logits.dtype, torch.float32)))


class BinaryVariational(Objective):
    """Minimise ``reconstruction + (1 + extra_kl(step)) * kl`` in nats, where codes are binary.

    The KL to the prior, a fair coin for each code, is in closed form.

    Parameters
    ----------
    encoder
        Maps a batch to the posterior of its codes.
    decoder
        Maps codes to the distribution of samples.
    estimator
        How gradients pass through the draw of the codes; `Relax` is trained beside the model.
    extra_kl
        What a schedule adds to the weight of the KL in a step.

    References
    ----------
    Mnih and Gregor (2014), Neural variational inference and learning in belief networks,
    arXiv:1402.0030, equation 3.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        estimator: Estimator,
        extra_kl: Callable[[int], float | Tensor] = lambda _: 0.0,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.estimator = estimator
        self.extra_kl = extra_kl
        self._means: Tensor | None = None

    def players(self) -> tuple[Player, ...]:
        """Return the autoencoder and, where there is one, the control variate.

        Returns
        -------
        tuple of Player
            One or two.
        """
        model = Player((*self.encoder.parameters(), *self.decoder.parameters()))
        own = self.estimator
        if not isinstance(own, Relax):
            return (model,)
        return model, Player(tuple(own.parameters()), own.betas, own.learning_rate)

    def forward(
        self, x: Float[Tensor, "batch ..."], step: int, generator: torch.Generator
    ) -> Terms:
        """Return the loss of a batch, and the control variate's own where there is one.

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
            Logged are ``loss``, ``reconstruction``, ``kl``, ``kl_per_code`` and, of a control
            variate, the ``squared_gradient`` in the logits.
        """

        def cost(codes: Tensor, _: Posterior) -> Tensor:
            observation: Observation = self.decoder(codes)
            return -observation.log_prob(as_often(x, codes))

        posterior: BinaryCodes = self.encoder(x)
        self._means = posterior.mean.detach()
        _, costs = self.estimator(posterior, cost, generator)
        kl_per_code = posterior.kl_per_code().mean(0)
        kl, reconstruction = kl_per_code.sum(), costs.mean()
        loss = reconstruction + (1 + self.extra_kl(step)) * kl
        logged = {
            "loss": loss,
            "reconstruction": reconstruction,
            "kl": kl,
            "kl_per_code": kl_per_code,
        }
        losses: tuple[Tensor, ...] = (loss,)
        if isinstance(self.estimator, Relax):
            logged["squared_gradient"] = self.estimator.own_loss()
            losses += (logged["squared_gradient"],)
        return Terms(losses, {name: value.detach() for name, value in logged.items()})

    def summary(self) -> Mapping[str, Tensor]:
        """Return the number of active codes in the last batch.

        Returns
        -------
        mapping
            ``active_codes``, those whose probabilities have a variance above 0.01.
        """
        if self._means is None:
            return {}
        return {"active_codes": n_active(self._means)}
