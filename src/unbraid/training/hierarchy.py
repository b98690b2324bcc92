"""Directed networks of layers of codes: p(x, h^1 ... h^L), with an encoder q(h^1 ... h^L | x).

Layer 1 is next to the samples and layer L at the top:

    p(x, h) = p(h^L) p(h^{L-1} | h^L) ... p(h^1 | h^2) p(x | h^1)

`BottomUp` infers against that direction, q(h^1 | x) q(h^2 | h^1) ... q(h^L | h^{L-1}); `TopDown`
along it, q(h^L | x) q(h^{L-1} | h^L, x) ... q(h^1 | h^2, x).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from unbraid.training.distributions import Gaussian
from unbraid.training.gaussians import (
    Normal,
    divergence,
    product,
    shifted,
    standard,
)
from unbraid.training.layers import Conditional
from unbraid.training.observations import Likelihood

# Takes one value from each distribution: a draw, or its mean.
Draw = Callable[[Normal], Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One layer of codes as inferred.

    Parameters
    ----------
    codes
        What was drawn from the posterior, shape (rows, codes).
    posterior
        q of this layer, given what was drawn before it.
    prior
        p of this layer, given the layer above.
    kl_per_code
        What the layer costs, in nats, shape (rows, codes), with mean KL(posterior || prior): the
        analytic KL where the prior was known before the draw, else the log ratio at the draw.
    """

    codes: Float[Tensor, "rows codes"]
    posterior: Normal
    prior: Normal
    kl_per_code: Float[Tensor, "rows codes"]

    def log_ratio(self) -> Float[Tensor, " rows"]:
        """Return log q - log p at the codes that were drawn.

        Returns
        -------
        torch.Tensor
            In nats, shape (rows,).
        """
        return _log_ratio(self.codes, self.posterior, self.prior).sum(1)


class Decoder(nn.Module):
    """p(h^L) p(h^{L-1} | h^L) ... p(x | h^1).

    Parameters
    ----------
    observe
        Maps codes of layer 1 to the distribution of samples.
    conditionals
        p(h^1 | h^2), p(h^2 | h^3), ..., p(h^{L-1} | h^L).
    """

    def __init__(self, observe: nn.Module, conditionals: Sequence[Conditional]) -> None:
        super().__init__()
        self.observe = observe
        self.conditionals = nn.ModuleList(conditionals)
        self.widths = [conditional.mean.out_features for conditional in conditionals]

    def forward(self, codes: Float[Tensor, "rows codes"]) -> Likelihood:
        """Return p(x | h^1).

        Parameters
        ----------
        codes
            The codes of layer 1, shape (rows, codes).

        Returns
        -------
        Bernoulli, Gaussian, Categorical or DiscretisedLogistic
            The distribution of samples.
        """
        observation: Likelihood = self.observe(codes)
        return observation

    def descend(
        self, codes: Float[Tensor, "rows codes"], layer: int, draw: Draw
    ) -> Float[Tensor, "rows first"]:
        """Go from a layer down to layer 1.

        Parameters
        ----------
        codes
            The codes of the layer.
        layer
            Which one, from 1 to L.
        draw
            Takes a value from each distribution on the way.

        Returns
        -------
        torch.Tensor
            Codes of layer 1.
        """
        for conditional in reversed(self.conditionals[: layer - 1]):
            codes = draw(conditional(codes))
        return codes

    def unfold(self, noise: Float[Tensor, "rows numbers"]) -> Float[Tensor, "rows codes"]:
        """Turn standard normal noise for all layers into codes of layer 1.

        Parameters
        ----------
        noise
            That of layer 1, 2, ..., L side by side, shape (rows, codes of all layers).

        Returns
        -------
        torch.Tensor
            A draw from p(h^1) where the noise is one from N(0, I).
        """
        sizes = [*self.widths, noise.shape[1] - sum(self.widths)]
        *below, top = torch.split(noise, sizes, dim=1)
        return self.descend(top, len(sizes), lambda normal: shifted(normal, below.pop()))


class Hierarchy(nn.Module):
    """An encoder and a decoder of L layers of codes.

    Parameters
    ----------
    encoder
        Its networks.
    decoder
        p(x, h).
    """

    def __init__(self, encoder: nn.Module, decoder: Decoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def infer(self, x: Float[Tensor, "batch ..."], draw: Draw, n_draws: int = 1) -> list[Level]:
        """Encode a batch.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).
        draw
            Takes a value from each posterior.
        n_draws
            How many draws per sample; rows are whole batches one after the other.

        Returns
        -------
        list of Level
            Layer 1 first; n_draws * batch rows.
        """
        raise NotImplementedError

    def forward(self, x: Float[Tensor, "batch ..."], draw: Draw, n_draws: int) -> list[Level]:
        """Encode a batch, as `infer` does.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).
        draw
            Takes a value from each posterior.
        n_draws
            How many draws per sample.

        Returns
        -------
        list of Level
            Layer 1 first; n_draws * batch rows.
        """
        return self.infer(x, draw, n_draws)

    def evidence(
        self, x: Float[Tensor, "batch ..."], levels: Sequence[Level]
    ) -> Float[Tensor, " rows"]:
        """Return log p(x | h^1) of each row.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).
        levels
            What was inferred from it.

        Returns
        -------
        torch.Tensor
            In nats, shape (rows,).
        """
        codes = levels[0].codes
        times = len(codes) // len(x)
        observation: Likelihood = self.decoder(codes)
        return observation.log_prob(x.repeat(times, *[1] * (x.dim() - 1)))

    def log_weights(
        self, x: Float[Tensor, "batch ..."], generator: torch.Generator, n_draws: int
    ) -> Float[Tensor, "draws batch"]:
        """Return log p(x, h) - log q(h | x) for draws h from q.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).
        generator
            The stream to draw from.
        n_draws
            How many draws per sample.

        Returns
        -------
        torch.Tensor
            In nats, shape (draws, batch): the mean of their exponentials estimates p(x) without
            bias.
        """
        levels = self.infer(x, lambda normal: normal.draw(generator), n_draws)
        ratios = torch.stack([level.log_ratio() for level in levels]).sum(0)
        return (self.evidence(x, levels) - ratios).view(n_draws, len(x))

    def bound(
        self, x: Float[Tensor, "batch ..."], generator: torch.Generator
    ) -> Float[Tensor, " batch"]:
        """Return the evidence lower bound of each sample, by one draw.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).
        generator
            The stream to draw from.

        Returns
        -------
        torch.Tensor
            Reconstruction minus the KL of each layer, analytic where it can be, in nats.
        """
        levels = self.infer(x, lambda normal: normal.draw(generator))
        kl = torch.stack([level.kl_per_code.sum(1) for level in levels]).sum(0)
        return self.evidence(x, levels) - kl


class BottomUp(Hierarchy):
    """Infer q(h^1 | x) q(h^2 | h^1) ... q(h^L | h^{L-1}), against the decoder's direction.

    Parameters
    ----------
    conditionals
        q(h^1 | x), q(h^2 | h^1), ..., q(h^L | h^{L-1}).
    decoder
        p(x, h).

    References
    ----------
    Rezende et al. (2014), Stochastic backpropagation and approximate inference in deep generative
    models, arXiv:1401.4082; Burda et al. (2016), Importance weighted autoencoders,
    arXiv:1509.00519, equation 1 and section 2.
    """

    def __init__(self, conditionals: Sequence[Conditional], decoder: Decoder) -> None:
        super().__init__(nn.ModuleList(conditionals), decoder)

    def infer(  # noqa: D102 (as in Hierarchy)
        self, x: Float[Tensor, "batch ..."], draw: Draw, n_draws: int = 1
    ) -> list[Level]:
        posteriors: list[Normal] = []
        codes: list[Tensor] = []
        for conditional in self.encoder.children():
            posterior = conditional(codes[-1]) if codes else conditional(x).repeated(n_draws)
            posteriors.append(posterior)
            codes.append(draw(posterior))
        below = [
            _sampled(h, q, p(above))
            for h, q, p, above in zip(
                codes[:-1], posteriors[:-1], self.decoder.conditionals, codes[1:], strict=True
            )
        ]
        top = posteriors[-1]
        return [*below, Level(codes[-1], top, standard(codes[-1]), top.kl_per_code())]


class TopDown(Hierarchy):
    """Infer q(h^L | x) q(h^{L-1} | h^L, x) ... q(h^1 | h^2, x), in the decoder's direction.

    A deterministic pass upwards tells each layer what the sample says of it, and skips the layers
    between; downwards, that is combined with what the decoder expects given the layer above.

    Parameters
    ----------
    ladder
        The pass upwards.
    decoder
        p(x, h), its conditionals with diagonal covariance.

    References
    ----------
    Sønderby et al. (2016), Ladder variational autoencoders, arXiv:1602.02282, section 2.2.
    """

    def __init__(self, ladder: "Ladder", decoder: Decoder) -> None:
        super().__init__(ladder, decoder)

    def infer(  # noqa: D102 (as in Hierarchy)
        self, x: Float[Tensor, "batch ..."], draw: Draw, n_draws: int = 1
    ) -> list[Level]:
        *below, top = (said.repeated(n_draws) for said in self.encoder(x))
        levels = [_analytic(draw(top), top, standard(top.mean))]
        for said, conditional in zip(
            reversed(below), reversed(self.decoder.conditionals), strict=True
        ):
            prior = conditional(levels[0].codes)
            posterior = product(said, prior)
            levels.insert(0, _analytic(draw(posterior), posterior, prior))
        return levels


class Ladder(nn.Module):
    """The deterministic pass upwards: each layer's features, and what they say of its codes.

    Parameters
    ----------
    bodies
        Maps the sample to the features of layer 1, these to those of layer 2, and so on.
    heads
        Map each layer's features to a distribution of its codes.
    """

    def __init__(self, bodies: Sequence[nn.Module], heads: Sequence[Conditional]) -> None:
        super().__init__()
        self.bodies = nn.ModuleList(bodies)
        self.heads = nn.ModuleList(heads)

    def forward(self, x: Float[Tensor, "batch ..."]) -> list[Gaussian]:
        """Return what a batch says of each layer.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).

        Returns
        -------
        list of Gaussian
            Layer 1 first.
        """
        said: list[Gaussian] = []
        for body, head in zip(self.bodies, self.heads, strict=True):
            x = body(x)
            said.append(head(x))
        return said


def _log_ratio(codes: Tensor, posterior: Normal, prior: Normal) -> Tensor:
    return posterior.log_prob_per_code(codes) - prior.log_prob_per_code(codes)


def _sampled(codes: Tensor, posterior: Normal, prior: Normal) -> Level:
    return Level(codes, posterior, prior, _log_ratio(codes, posterior, prior))


def _analytic(codes: Tensor, posterior: Gaussian, prior: Gaussian) -> Level:
    return Level(codes, posterior, prior, divergence(posterior, prior))
