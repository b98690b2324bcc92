"""A trained network of several layers of codes, used with arrays and kept in a file."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Num
from torch import Tensor, nn

from unbraid.training import annealed
from unbraid.training.autoencoder import WEIGHED, Autoencoder
from unbraid.training.hierarchy import Hierarchy
from unbraid.training.importance import log_likelihoods
from unbraid.training.memory import keep_freed_memory
from unbraid.training.observations import Likelihood, binarised, simulate
from unbraid.training.samples import Layout, places

_BATCH = 128


class Sandwich(NamedTuple):
    """Bounds of the log likelihood of samples that a model made itself.

    Parameters
    ----------
    lower, upper
        The bounds, in nats, shape (n,) each.
    samples
        The samples, shape (n, ...), scaled.
    """

    lower: Float[np.ndarray, " samples"]
    upper: Float[np.ndarray, " samples"]
    samples: Float[np.ndarray, "samples ..."]


@dataclass(frozen=True, slots=True, eq=False)
class DeepAutoencoder:
    """An encoder and a decoder of several layers of codes, between arrays.

    Parameters
    ----------
    model
        The networks.
    layout
        How samples become tensors.
    n_codes
        How many codes each layer has.
    binarised
        Whether likelihoods are those of samples made binary by a draw.
    """

    model: Hierarchy
    layout: Layout
    n_codes: tuple[int, ...]
    binarised: bool = False

    @property
    def decoder(self) -> nn.Module:
        """What turns features of the lowest codes into the distribution of samples."""
        return self.model.decoder.observe

    def compute_in_float64(self) -> None:
        """Compute in double precision from now on; training is over.

        Sums of float32 depend on the size of the batch in the seventh digit.
        """
        self.model.double().eval()

    def posterior(
        self, samples: Num[np.ndarray, "samples ..."], layer: int = 1
    ) -> tuple[Float[np.ndarray, "samples codes"], Float[np.ndarray, "samples codes"]]:
        """Encode samples, by the means of the layers that are inferred before.

        Parameters
        ----------
        samples
            The samples, shape (n, ...).
        layer
            Which layer's codes, from 1 to L.

        Returns
        -------
        tuple of numpy.ndarray
            The posterior's means and standard deviations, shape (n, codes) each.

        Raises
        ------
        InputError
            If the samples do not fit the decoder.
        """
        keep_freed_memory()
        with torch.inference_mode():
            parts = [
                self.model.infer(self._tensor(samples[place]), lambda q: q.mean)[layer - 1]
                for place in places(len(samples), _BATCH)
            ]
            means = torch.cat([part.posterior.mean for part in parts])
            return means.numpy(), torch.cat([part.posterior.std for part in parts]).numpy()

    def decode(
        self, codes: Float[np.ndarray, "samples codes"], layer: int = 1
    ) -> Float[np.ndarray, "samples ..."]:
        """Decode the codes of a layer, by the means of the layers below.

        Parameters
        ----------
        codes
            The codes, shape (n, codes).
        layer
            Which layer's they are.

        Returns
        -------
        numpy.ndarray
            The means of the samples' distributions, shape (n, ...), scaled.
        """
        decoder = self.model.decoder
        with torch.inference_mode():
            given = torch.from_numpy(np.ascontiguousarray(codes)).to(self._dtype)
            parts = [
                decoder(decoder.descend(given[place], layer, lambda p: p.mean)).mean
                for place in places(len(given), _BATCH)
            ]
            return self.layout.array(torch.cat(parts))

    def sample(self, n: int, generator: torch.Generator) -> Float[np.ndarray, "samples ..."]:
        """Draw codes from the top layer down, and decode them.

        Parameters
        ----------
        n
            How many.
        generator
            The stream to draw from.

        Returns
        -------
        numpy.ndarray
            The means of the samples' distributions, shape (n, ...), scaled.
        """
        with torch.inference_mode():
            codes = self.model.decoder.unfold(self._noise(n, generator))
            return self.layout.array(self.model.decoder(codes).mean)

    def bound(
        self, samples: Num[np.ndarray, "samples ..."], noise: torch.Generator
    ) -> Float[np.ndarray, " samples"]:
        """Return the evidence lower bound of each sample.

        Parameters
        ----------
        samples
            The samples, shape (n, ...).
        noise
            The stream of the one draw of codes per sample, and of the binary samples.

        Returns
        -------
        numpy.ndarray
            In nats, shape (n,).

        Raises
        ------
        InputError
            If the samples do not fit the decoder.
        """
        with torch.inference_mode():
            parts = [
                self.model.bound(self._observed(samples[place], noise), noise)
                for place in places(len(samples), _BATCH)
            ]
            return torch.cat(parts).numpy()

    def log_likelihood(
        self, samples: Num[np.ndarray, "samples ..."], n_draws: int, noise: torch.Generator
    ) -> tuple[Float[np.ndarray, " samples"], Float[np.ndarray, " samples"]]:
        """Estimate log p(x) of each sample by many draws, computed in float32.

        Parameters
        ----------
        samples
            The samples, shape (n, ...).
        n_draws
            How many draws per sample.
        noise
            The stream of all draws.

        Returns
        -------
        tuple of numpy.ndarray
            Estimates in nats, and how many draws they are worth, shape (n,) each.

        Raises
        ------
        InputError
            If the samples do not fit the decoder.
        """
        # Rounding is some 1e-4 nats, in half the time.
        model = copy.deepcopy(self.model).float()
        batches = (samples[place] for place in places(len(samples), WEIGHED))
        parts = (self._observed(batch, noise).float() for batch in batches)
        return log_likelihoods(model, parts, n_draws, noise)

    def sandwich(self, n: int, n_steps: int, n_chains: int, noise: torch.Generator) -> Sandwich:
        """Bound log p(x) of simulated samples from below and above.

        Parameters
        ----------
        n
            How many samples to simulate.
        n_steps
            How many temperatures lie between prior and posterior.
        n_chains
            How many chains per sample and direction.
        noise
            The stream of all draws.

        Returns
        -------
        Sandwich
            The bounds, and the samples.
        """
        decoder = self.model.decoder
        with torch.no_grad():
            made_of = self._noise(n, noise)
            made = simulate(decoder(decoder.unfold(made_of)), noise)
        x = made.repeat(n_chains, *[1] * (made.dim() - 1))

        def evidence(state: Tensor) -> Tensor:
            observation: Likelihood = decoder(decoder.unfold(state))
            return observation.log_prob(x)

        path = annealed.tuned(evidence, self._noise(len(x), noise), n_steps, noise)
        low = annealed.forward(evidence, self._noise(len(x), noise), path, noise)
        high = annealed.backward(evidence, made_of.repeat(n_chains, 1), path, noise)
        lower = annealed.log_mean(low.view(n_chains, n))
        upper = -annealed.log_mean(-high.view(n_chains, n))
        return Sandwich(lower.numpy(), upper.numpy(), self.layout.array(made))

    def digest(self) -> str:
        """Return a digest of all weights.

        Returns
        -------
        str
            sha256, in hexadecimal.
        """
        return self._stored().digest()

    def save(self, path: Path) -> None:
        """Write the weights as a safetensors file.

        Parameters
        ----------
        path
            The file.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        self._stored().save(path)

    def load(self, path: Path) -> None:
        """Read the weights from a safetensors file.

        Parameters
        ----------
        path
            A file that `save` wrote.

        Raises
        ------
        StoreError
            If it is missing, damaged, or of another network.
        """
        self._stored().load(path)

    def _stored(self) -> Autoencoder:
        return Autoencoder(self.model.encoder, self.model.decoder, self.layout)

    @property
    def _dtype(self) -> torch.dtype:
        return next(self.model.parameters()).dtype

    def _tensor(self, batch: np.ndarray) -> Tensor:
        return self.layout.tensor(batch).to(self._dtype)

    def _observed(self, batch: np.ndarray, noise: torch.Generator) -> Tensor:
        x = self._tensor(batch)
        return binarised(x, noise) if self.binarised else x

    def _noise(self, n: int, generator: torch.Generator) -> Tensor:
        return torch.empty(n, sum(self.n_codes), dtype=self._dtype).normal_(generator=generator)
