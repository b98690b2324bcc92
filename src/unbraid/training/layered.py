"""What a network of several layers of codes minimises."""

from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from unbraid.training.hierarchy import Hierarchy, Level
from unbraid.training.objective import ACTIVE, Objective, Player, Terms
from unbraid.training.observations import binarised
from unbraid.training.weighted import weighted_bound


class Layered(Objective):
    """Minimise minus the evidence lower bound, or minus that of several weighted draws.

    Parameters
    ----------
    model
        What is trained.
    weight
        The weight of the KL in a step.
    n_draws
        How many draws per sample the bound is made of in a step.
    free_nats
        How much KL each layer may have that costs nothing; for one draw only.
    binarise
        Whether each sample is made binary anew in each step, its values being probabilities.

    References
    ----------
    Burda et al. (2016), Importance weighted autoencoders, arXiv:1509.00519, equation 8. Kingma et
    al. (2016), Improved variational inference with inverse autoregressive flow, arXiv:1606.04934,
    appendix C.8, free bits.
    """

    def __init__(
        self,
        model: Hierarchy,
        weight: Callable[[int], float] = lambda _: 1.0,
        n_draws: Callable[[int], int] = lambda _: 1,
        free_nats: float = 0.0,
        *,
        binarise: bool = False,
    ) -> None:
        super().__init__()
        self.model = model
        self.weight = weight
        self.n_draws = n_draws
        self.free_nats = free_nats
        self.binarise = binarise
        self._last: Tensor | None = None

    def players(self) -> tuple[Player, ...]:
        """Return the model.

        Returns
        -------
        tuple of Player
            One.
        """
        return (Player(tuple(self.model.parameters())),)

    def forward(
        self, x: Float[Tensor, "batch ..."], step: int, generator: torch.Generator
    ) -> Terms:
        """Return the loss of a batch.

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
            Logged are ``loss``, ``reconstruction``, ``kl`` and ``kl_per_layer``, layer 1 first.
        """
        if self.binarise:
            x = binarised(x, generator)
        weight, n_draws = self.weight(step), self.n_draws(step)
        if n_draws > 1:
            bound, levels, reconstruction = weighted_bound(
                self.model, x, n_draws, weight, generator
            )
            loss, kl = -bound, _kl_per_layer(levels)
        else:
            levels = self.model.infer(x, lambda q: q.draw(generator))
            reconstruction, kl = -self.model.evidence(x, levels).mean(), _kl_per_layer(levels)
            loss = reconstruction + weight * kl.clamp(min=self.free_nats).sum()
        self._last = x
        logged = {
            "loss": loss,
            "reconstruction": reconstruction,
            "kl": kl.sum(),
            "kl_per_layer": kl,
        }
        return Terms((loss,), {name: value.detach() for name, value in logged.items()})

    def summary(self) -> Mapping[str, Tensor]:
        """Return the number of active codes in the last batch.

        Returns
        -------
        mapping
            ``active_codes``, those of all layers whose means, given the means of what is inferred
            before them, have a variance above 0.01.

        References
        ----------
        Burda et al. (2016), Importance weighted autoencoders, arXiv:1509.00519, section 5.2.
        """
        if self._last is None:
            return {}
        self.model.eval()  # to look leaves no trace in batch normalisation
        with torch.no_grad():
            levels = self.model.infer(self._last, lambda q: q.mean)
        self.model.train(self.training)
        means = torch.cat([level.posterior.mean for level in levels], dim=1)
        return {"active_codes": (means.var(0, correction=0) > ACTIVE).sum()}


def _kl_per_layer(levels: Sequence[Level]) -> Tensor:
    return torch.stack([level.kl_per_code.sum(1).mean() for level in levels])
