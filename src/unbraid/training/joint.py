"""The codes of all layers of a directed network, taken together as one posterior."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import functional_call

from unbraid.training.gaussians import Normal
from unbraid.training.hierarchy import Draw, Hierarchy, Level
from unbraid.training.posteriors import Posterior


@dataclass(frozen=True, slots=True, eq=False)
class JointPosterior(Posterior):
    """q(h^1, ..., h^L | x): the codes of all layers side by side, in the order of inference.

    A gradient estimator may ask it what it asks the posterior of a single layer.

    Parameters
    ----------
    model
        The encoder and the decoder.
    x
        The batch, shape (batch, ...).
    n_draws
        How often each sample stands for itself: rows are whole batches one after the other.
    still
        Whether no gradient reaches the model's parameters.
    """

    model: Hierarchy
    x: Float[Tensor, "batch ..."]
    n_draws: int = 1
    still: bool = False

    def draw(self, generator: torch.Generator) -> Float[Tensor, "rows codes"]:
        """Draw the codes of all layers, each given those inferred before it.

        Parameters
        ----------
        generator
            The stream to draw from.

        Returns
        -------
        torch.Tensor
            Shape (rows, codes of all layers).
        """
        drawn: list[Tensor] = []

        def draw(normal: Normal) -> Tensor:
            drawn.append(normal.draw(generator))
            return drawn[-1]

        self._infer(draw)
        return torch.cat(drawn, dim=1)

    def log_prob_per_code(self, codes: Float[Tensor, "rows codes"]) -> Float[Tensor, "rows codes"]:
        """Return the log density of each code, given what was inferred before it.

        Parameters
        ----------
        codes
            As `draw` returned them, shape (rows, codes of all layers).

        Returns
        -------
        torch.Tensor
            In nats, the same shape.
        """
        return torch.cat([q.log_prob_per_code(h) for q, h in self._conditionals(codes)], dim=1)

    def scores(self, codes: Float[Tensor, "rows codes"]) -> Float[Tensor, "rows codes"]:
        """Return the derivative of each layer's log density in its means, given the other codes.

        Parameters
        ----------
        codes
            As `draw` returned them, shape (rows, codes of all layers).

        Returns
        -------
        torch.Tensor
            The same shape; no gradient flows through it.
        """
        return torch.cat([q.scores(h) for q, h in self._conditionals(codes)], dim=1)

    def levels(self, codes: Float[Tensor, "rows codes"]) -> list[Level]:
        """Return the layers as they are inferred where these codes are drawn.

        Parameters
        ----------
        codes
            As `draw` returned them, shape (rows, codes of all layers).

        Returns
        -------
        list of Level
            Layer 1 first.
        """
        return self._infer(_Given(codes))

    def repeated(self, n: int) -> "JointPosterior":
        """Return the distributions of the batch repeated as a whole.

        Parameters
        ----------
        n
            How often.

        Returns
        -------
        JointPosterior
            Of n times the batch.
        """
        return replace(self, n_draws=self.n_draws * n)

    def detached(self) -> "JointPosterior":
        """Return the same distributions with no gradient to the model's parameters.

        Returns
        -------
        JointPosterior
            Gradients still flow from a layer to the codes that it is inferred from.
        """
        return replace(self, still=True)

    def _conditionals(self, codes: Tensor) -> Iterator[tuple[Normal, Tensor]]:
        """Return each layer's posterior and its codes, in the order of inference."""
        given = _Given(codes)
        self._infer(given)
        return zip(given.normals, given.parts, strict=True)

    def _infer(self, draw: Draw) -> list[Level]:
        if not self.still:
            return self.model.infer(self.x, draw, self.n_draws)
        still = {name: weight.detach() for name, weight in self.model.named_parameters()}
        levels: list[Level] = functional_call(self.model, still, (self.x, draw, self.n_draws))
        return levels


class _Given:
    """Draws what was drawn before: the next columns, at each call."""

    def __init__(self, codes: Tensor) -> None:
        self.rest = codes
        self.normals: list[Normal] = []
        self.parts: list[Tensor] = []

    def __call__(self, normal: Normal) -> Tensor:
        width = normal.mean.shape[1]
        part, self.rest = self.rest[:, :width], self.rest[:, width:]
        self.normals.append(normal)
        self.parts.append(part)
        return part
