"""What a network of several layers of codes minimises."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from unbraid.training.estimators import Estimator
from unbraid.training.hierarchy import Hierarchy, Level
from unbraid.training.joint import JointPosterior
from unbraid.training.objective import Objective, Player, Terms, n_active
from unbraid.training.observations import binarised
from unbraid.training.posteriors import Posterior
from unbraid.training.weighted import weighted_bound


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """Minus a bound of the log likelihood of a batch, and what it is made of.

    Parameters
    ----------
    loss
        What to descend, in nats, mean over the batch.
    reconstruction
        Minus the log likelihood of the samples given their codes.
    kl_per_layer
        What each layer costs, layer 1 first, shape (layers,).
    """

    loss: Float[Tensor, ""]
    reconstruction: Float[Tensor, ""]
    kl_per_layer: Float[Tensor, " layers"]


# Of a model, a batch, the weight of the KL and a stream of noise.
Bound = Callable[[Hierarchy, Tensor, float, torch.Generator], Bounded]


@dataclass(frozen=True, slots=True)
class Averaged:
    """The evidence lower bound, its draws reparametrised and its KL analytic where it can be.

    Parameters
    ----------
    n_draws
        How many draws per sample to average over.
    free_nats
        How much KL each layer may have that costs nothing.

    References
    ----------
    Kingma et al. (2016), Improved variational inference with inverse autoregressive flow,
    arXiv:1606.04934, appendix C.8, free bits.
    """

    n_draws: int = 1
    free_nats: float = 0.0

    def __call__(
        self, model: Hierarchy, x: Tensor, weight: float, generator: torch.Generator
    ) -> Bounded:
        """Return minus the bound of a batch.

        Parameters
        ----------
        model
            The encoder and the decoder.
        x
            The batch, shape (batch, ...).
        weight
            The weight of the KL.
        generator
            The stream to draw from.

        Returns
        -------
        Bounded
            The loss and its parts.
        """
        levels = model.infer(x, lambda q: q.draw(generator), self.n_draws)
        reconstruction, kl = -model.evidence(x, levels).mean(), _kl_per_layer(levels)
        loss = reconstruction + weight * kl.clamp(min=self.free_nats).sum()
        return Bounded(loss, reconstruction, kl)


@dataclass(frozen=True, slots=True)
class Weighted:
    """The importance-weighted bound, differentiated along the draws that matter.

    Parameters
    ----------
    n_draws
        How many draws per sample to weigh.

    References
    ----------
    Burda et al. (2016), Importance weighted autoencoders, arXiv:1509.00519, equation 8.
    """

    n_draws: int

    def __call__(
        self, model: Hierarchy, x: Tensor, weight: float, generator: torch.Generator
    ) -> Bounded:
        """Return minus the bound of a batch.

        Parameters
        ----------
        model
            The encoder and the decoder.
        x
            The batch, shape (batch, ...).
        weight
            The weight of the KL.
        generator
            The stream to draw from.

        Returns
        -------
        Bounded
            The loss and its parts, these along the draws that are differentiated.
        """
        bound, levels, reconstruction = weighted_bound(model, x, self.n_draws, weight, generator)
        return Bounded(-bound, reconstruction, _kl_per_layer(levels))


class Estimated(nn.Module):
    """What a gradient estimator makes of the codes of all layers together.

    Parameters
    ----------
    estimator
        The estimator.
    draws_kl
        Whether its cost must hold the log ratio of posterior and prior at each draw, in place of
        the KL, which is analytic where it can be.
    """

    def __init__(self, estimator: Estimator, *, draws_kl: bool) -> None:
        super().__init__()
        self.estimator = estimator
        self.draws_kl = draws_kl

    def forward(
        self, model: Hierarchy, x: Tensor, weight: float, generator: torch.Generator
    ) -> Bounded:
        """Return what to descend for a batch.

        Parameters
        ----------
        model
            The encoder and the decoder.
        x
            The batch, shape (batch, ...).
        weight
            The weight of the KL.
        generator
            The stream to draw from.

        Returns
        -------
        Bounded
            The loss and its parts, these the means of all draws.
        """
        posterior = JointPosterior(model, x)
        parts: list[tuple[Tensor, Tensor]] = []

        def cost(codes: Tensor, given: Posterior) -> Tensor:
            levels = posterior.repeated(len(codes) // len(x)).levels(codes)
            reconstruction = -model.evidence(x, levels)
            parts.append((reconstruction.mean(), _kl_per_layer(levels)))
            if self.draws_kl:
                priors = [level.prior.log_prob(level.codes) for level in levels]
                return reconstruction + weight * (given.log_prob(codes) - sum(priors))
            return reconstruction + weight * sum(level.kl_per_code.sum(1) for level in levels)

        _, costs = self.estimator(posterior, cost, generator)
        return Bounded(costs.mean(), *parts[0])


class Layered(Objective):
    """Minimise minus a bound of the log likelihood, its KL weighed.

    Parameters
    ----------
    model
        What is trained.
    bound
        Which bound, and how gradients pass through its draws.
    weight
        The weight of the KL in a step.
    n_first
        How many steps at first make do with another bound.
    first
        Which: the evidence lower bound by one draw, which costs least.
    binarise
        Whether each sample is made binary anew in each step, its values being probabilities.
    """

    def __init__(
        self,
        model: Hierarchy,
        bound: Bound = Averaged(),
        weight: Callable[[int], float] = lambda _: 1.0,
        n_first: float = 0.0,
        *,
        first: Bound = Averaged(),
        binarise: bool = False,
    ) -> None:
        super().__init__()
        self.model = model
        self.bound = bound
        self.weight = weight
        self.n_first = n_first
        self.first = first
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
        bound = self.first if step < self.n_first else self.bound
        found = bound(self.model, x, self.weight(step), generator)
        self._last = x
        logged = {
            "loss": found.loss,
            "reconstruction": found.reconstruction,
            "kl": found.kl_per_layer.sum(),
            "kl_per_layer": found.kl_per_layer,
        }
        return Terms((found.loss,), {name: value.detach() for name, value in logged.items()})

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
        return {"active_codes": n_active(means)}


def _kl_per_layer(levels: Sequence[Level]) -> Tensor:
    return torch.stack([level.kl_per_code.sum(1).mean() for level in levels])
