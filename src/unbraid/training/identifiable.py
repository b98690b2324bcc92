"""What makes codes identifiable: a prior that depends on something known beside each sample."""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float, Num
from torch import Tensor, nn

from unbraid.training.autoencoder import Autoencoder
from unbraid.training.distributions import Gaussian, Observation
from unbraid.training.gaussians import FullGaussian
from unbraid.training.networks import Encoder, build
from unbraid.training.objective import Objective, Player, Terms, as_often, n_active
from unbraid.training.precision import autocast
from unbraid.training.samples import Batches


class SegmentPrior(nn.Module):
    """Give the codes of each segment a mean and a variance of their own.

    Parameters
    ----------
    n_segments
        How many segments.
    n_codes
        How many codes.
    """

    def __init__(self, n_segments: int, n_codes: int) -> None:
        super().__init__()
        # All segments start as N(0, 1): nothing is drawn.
        self.mean = nn.Parameter(torch.zeros(n_segments, n_codes))
        self.logvar = nn.Parameter(torch.zeros(n_segments, n_codes))

    def forward(self, known: Num[Tensor, " batch"]) -> Gaussian:
        """Return the prior of each sample's codes.

        Parameters
        ----------
        known
            The number of each sample's segment, shape (batch,).

        Returns
        -------
        Gaussian
            Mean and logvar have shape (batch, codes).
        """
        return Gaussian(self.mean[known], self.logvar[known])


class NumberPrior(nn.Module):
    """Let a network with two hidden layers map numbers to the prior of the codes.

    Parameters
    ----------
    n_numbers
        How many numbers are known beside each sample.
    n_codes
        How many codes.
    generator
        Draws the initial weights.
    """

    def __init__(self, n_numbers: int, n_codes: int, generator: torch.Generator) -> None:
        super().__init__()
        self.network = build("mlp", (n_numbers,), n_codes, generator)[0]

    def forward(self, known: Num[Tensor, "batch numbers"]) -> Gaussian:
        """Return the prior of each sample's codes.

        Parameters
        ----------
        known
            What is known beside each sample, shape (batch, numbers).

        Returns
        -------
        Gaussian
            Mean and logvar have shape (batch, codes).
        """
        prior: Gaussian = self.network(known)
        return prior


class WithPrior(nn.Module):
    """An encoder to normal posteriors with full covariance, with the prior of codes at its side.

    Independent codes are not independent given a sample, unless the mixing happens to be
    orthogonal: with a diagonal posterior the bound pulls codes away from the sources.

    Parameters
    ----------
    encoder
        A network whose body and mean are taken.
    prior
        Maps what is known beside each sample to the prior of its codes.
    """

    def __init__(self, encoder: Encoder, prior: nn.Module) -> None:
        super().__init__()
        self.body = encoder.body
        self.mean = encoder.mean
        n_codes = encoder.mean.out_features
        self.factor = nn.Linear(encoder.mean.in_features, n_codes * (n_codes + 1) // 2)
        # All posteriors start with the identity for their covariance.
        nn.init.zeros_(self.factor.weight)
        nn.init.zeros_(self.factor.bias)
        self.prior = prior

    def joint(self, x: Float[Tensor, "batch ..."]) -> FullGaussian:
        """Return the posterior.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).

        Returns
        -------
        FullGaussian
            Mean (batch, codes) and factor (batch, codes, codes).
        """
        features = self.body(x)
        mean, given = self.mean(features), self.factor(features)
        n_codes = mean.shape[1]
        rows, columns = torch.tril_indices(n_codes, n_codes)
        factor = given.new_zeros(len(mean), n_codes, n_codes)
        factor[:, rows, columns] = torch.where(rows == columns, (0.5 * given).exp(), given)
        return FullGaussian(mean, factor)

    def forward(self, x: Float[Tensor, "batch ..."]) -> Gaussian:
        """Return each code's posterior by itself.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).

        Returns
        -------
        Gaussian
            Mean and logvar have shape (batch, codes).
        """
        posterior = self.joint(x)
        return Gaussian(posterior.mean, posterior.factor.square().sum(2).log())


def divergence(posterior: FullGaussian, prior: Gaussian) -> Float[Tensor, "batch codes"]:
    """Return KL(posterior || prior), by the chain rule.

    Parameters
    ----------
    posterior
        Normal variables with full covariance, shape (batch, codes).
    prior
        Independent ones.

    Returns
    -------
    torch.Tensor
        The share of each code given those before it, in nats; they sum to the whole.

    Examples
    --------
    >>> zero = torch.zeros(1, 1)
    >>> divergence(FullGaussian(zero, torch.ones(1, 1, 1)), Gaussian(zero + 1, zero)).item()
    0.5
    """
    spread = posterior.factor.square().sum(2)
    log_ratio = 2 * posterior.factor.diagonal(dim1=1, dim2=2).log() - prior.logvar
    distance = (posterior.mean - prior.mean).square() + spread
    return 0.5 * (distance * torch.exp(-prior.logvar) - log_ratio - 1)


def mirrored(
    posterior: FullGaussian, n_draws: int, generator: torch.Generator
) -> Float[Tensor, "rows codes"]:
    """Draw codes, every second draw the mirror image of another at the mean.

    What is linear in the codes cancels out, and with it most of the noise of a gradient.

    Parameters
    ----------
    posterior
        Where to draw from, shape (batch, codes).
    n_draws
        How many draws per sample.
    generator
        The stream to draw from.

    Returns
    -------
    torch.Tensor
        Draw after draw of the batch, shape (n_draws * batch, codes).

    Examples
    --------
    >>> posterior = FullGaussian(torch.ones(1, 1), torch.ones(1, 1, 1))
    >>> mirrored(posterior, 2, torch.Generator().manual_seed(0)).sum().item()
    2.0
    """
    half = posterior.repeated((n_draws + 1) // 2)
    drawn = half.draw(generator)
    return torch.cat([drawn, 2 * half.mean - drawn])[: n_draws * len(posterior.mean)]


class KnownBatches:
    """A stream of samples with what is known beside them, drawn with replacement.

    Parameters
    ----------
    batches
        The stream of samples.
    known
        What is known beside each, shape (n,) or (n, numbers).
    """

    def __init__(self, batches: Batches, known: Num[Tensor, "samples ..."]) -> None:
        self.batches = batches
        self.known = known
        self.generator = batches.generator

    def next(self) -> tuple[Tensor, Tensor]:
        """Draw a batch.

        Returns
        -------
        tuple of torch.Tensor
            The samples (size, ...) and what is known beside them.
        """
        rows = self.batches.rows()
        return self.batches.read(rows), self.known[rows]


class Identifiable(Objective):
    """Minimise the reconstruction plus the KL from the posterior to the prior given what is known.

    Parameters
    ----------
    encoder
        Maps a batch to the posterior of its codes, and holds their prior.
    decoder
        Maps codes to the distribution of samples.
    n_draws
        How many draws of the codes of a sample the reconstruction is the mean of.

    References
    ----------
    Khemakhem et al. (2020), Variational autoencoders and nonlinear ICA: a unifying framework,
    arXiv:1907.04809, equation 9.
    """

    def __init__(self, encoder: WithPrior, decoder: nn.Module, n_draws: int = 1) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.n_draws = n_draws
        self._means: Tensor | None = None

    def players(self) -> tuple[Player, ...]:
        """Return the one player: encoder, prior and decoder.

        Returns
        -------
        tuple of Player
            One.
        """
        return (Player((*self.encoder.parameters(), *self.decoder.parameters())),)

    def forward(  # type: ignore[override]  # the stream gives pairs
        self,
        x: tuple[Tensor, Tensor],
        step: int,  # noqa: ARG002 (nothing changes from step to step)
        generator: torch.Generator,
    ) -> Terms:
        """Return the loss of a batch.

        Parameters
        ----------
        x
            The samples, shape (batch, ...), and what is known beside them.
        step
            How many steps were made before this one; not used.
        generator
            The stream of the noise.

        Returns
        -------
        Terms
            Logged are ``loss``, ``reconstruction``, ``kl`` and ``kl_per_code``.
        """
        samples, known = x
        # A factor with a small diagonal is more than bfloat16 can hold.
        with autocast(bfloat16=False):
            posterior = self.encoder.joint(samples)
            self._means = posterior.mean.detach()
            codes = mirrored(posterior, self.n_draws, generator)
            observation: Observation = self.decoder(codes)
            reconstruction = -observation.log_prob(as_often(samples, codes)).mean()
            kl_per_code = divergence(posterior, self.encoder.prior(known)).mean(0)
        kl = kl_per_code.sum()
        loss = reconstruction + kl
        logged = {
            "loss": loss,
            "reconstruction": reconstruction,
            "kl": kl,
            "kl_per_code": kl_per_code,
        }
        return Terms((loss,), {name: value.detach() for name, value in logged.items()})

    def summary(self) -> Mapping[str, Tensor]:
        """Return the number of active codes in the last batch.

        Returns
        -------
        mapping
            ``active_codes``, those whose means have a variance above 0.01.
        """
        return {} if self._means is None else {"active_codes": n_active(self._means)}


def prior_of(
    model: Autoencoder, known: Num[Tensor, "samples ..."]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the prior of the codes given what is known.

    Parameters
    ----------
    model
        An autoencoder whose encoder holds the prior.
    known
        What is known beside each sample.

    Returns
    -------
    tuple of numpy.ndarray
        Means and standard deviations, shape (n, codes) each.
    """
    with torch.inference_mode():
        prior = _prior(model, known)
        return prior.mean.numpy(), torch.exp(0.5 * prior.logvar).numpy()


def bound(
    model: Autoencoder,
    samples: Num[np.ndarray, "samples ..."],
    known: Num[Tensor, "samples ..."],
    noise: torch.Generator,
) -> Float[np.ndarray, " samples"]:
    """Return the evidence lower bound of each sample given what is known beside it.

    Parameters
    ----------
    model
        An autoencoder whose encoder holds the prior.
    samples
        The samples, shape (n, ...).
    known
        What is known beside each.
    noise
        The stream of the one draw of codes per sample.

    Returns
    -------
    numpy.ndarray
        In nats, shape (n,).
    """
    with torch.inference_mode():
        prior = _prior(model, known)
        x = model.layout.tensor(samples).to(prior.mean.dtype)
        assert isinstance(model.encoder, WithPrior)
        posterior = model.encoder.joint(x)
        observation: Observation = model.decoder(posterior.draw(noise))
        kl = divergence(posterior, prior).sum(1)
        return (observation.log_prob(x) - kl).numpy()


def _prior(model: Autoencoder, known: Tensor) -> Gaussian:
    assert isinstance(model.encoder, WithPrior)
    dtype = next(model.encoder.parameters()).dtype
    prior: Gaussian = model.encoder.prior(known.to(dtype) if known.is_floating_point() else known)
    return prior
