"""A trained encoder and decoder, used with arrays and kept in a file."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Num
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from unbraid.core.errors import StoreError
from unbraid.core.files import writing
from unbraid.training.distributions import Gaussian, Observation
from unbraid.training.gaussians import standard
from unbraid.training.importance import log_likelihoods
from unbraid.training.memory import keep_freed_memory
from unbraid.training.objective import as_often
from unbraid.training.posteriors import BinaryCodes
from unbraid.training.samples import Layout, places

# Larger batches are no faster: the first feature map of 128 images of 64 x 64 has 16 MiB.
_BATCH = 128
# Of samples whose log likelihood is estimated by many draws each.
WEIGHED = 32


@dataclass(frozen=True, slots=True, eq=False)
class Autoencoder:
    """An encoder and a decoder between arrays.

    Parameters
    ----------
    encoder
        Maps a batch to the posterior of its codes.
    decoder
        Maps codes to the distribution of samples.
    layout
        How samples become tensors.
    """

    encoder: nn.Module
    decoder: nn.Module
    layout: Layout

    def compute_in_float64(self) -> None:
        """Compute in double precision from now on; training is over.

        Sums of float32 depend on the size of the batch in the seventh digit.
        """
        self.encoder.double()
        self.decoder.double()

    def posterior(
        self, samples: Num[np.ndarray, "samples ..."]
    ) -> tuple[Float[np.ndarray, "samples codes"], Float[np.ndarray, "samples codes"]]:
        """Encode samples.

        Parameters
        ----------
        samples
            The samples, shape (n, ...).

        Returns
        -------
        tuple of numpy.ndarray
            The posterior's means and standard deviations, shape (n, codes) each.

        Raises
        ------
        InputError
            If samples must lie in [0, 1] and do not.
        """
        keep_freed_memory()
        with torch.inference_mode():
            parts = [self._posterior(samples[place]) for place in places(len(samples), _BATCH)]
            means = torch.cat([part.mean for part in parts])
            stds = torch.cat([part.std for part in parts])
            return means.numpy(), stds.numpy()

    def decode(
        self, codes: Float[np.ndarray, "samples codes"]
    ) -> Float[np.ndarray, "samples ..."]:
        """Decode codes.

        Parameters
        ----------
        codes
            The codes, shape (n, codes).

        Returns
        -------
        numpy.ndarray
            The means of the samples' distributions, shape (n, ...), scaled.
        """
        with torch.inference_mode():
            parts = [self._observation(codes[place]).mean for place in places(len(codes), _BATCH)]
            return self.layout.array(torch.cat(parts))

    def bound(
        self, samples: Num[np.ndarray, "samples ..."], noise: torch.Generator
    ) -> Float[np.ndarray, " samples"]:
        """Return the evidence lower bound of each sample.

        Parameters
        ----------
        samples
            The samples, shape (n, ...).
        noise
            The stream of the one draw of codes per sample.

        Returns
        -------
        numpy.ndarray
            Reconstruction by one draw minus the analytic KL, in nats, shape (n,).

        Raises
        ------
        InputError
            If samples must lie in [0, 1] and do not.
        """
        with torch.inference_mode():
            parts = [self._bound(samples[place], noise) for place in places(len(samples), _BATCH)]
            return torch.cat(parts).numpy()

    def log_likelihood(
        self, samples: Num[np.ndarray, "samples ..."], n_draws: int, noise: torch.Generator
    ) -> tuple[Float[np.ndarray, " samples"], Float[np.ndarray, " samples"]]:
        """Estimate log p(x) of each sample by many draws.

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
            If samples must lie in [0, 1] and do not.
        """
        parts = (self._tensor(samples[place]) for place in places(len(samples), WEIGHED))
        return log_likelihoods(self, parts, n_draws, noise)

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
            In nats, shape (draws, batch).
        """
        posterior: Gaussian | BinaryCodes = self.encoder(x).repeated(n_draws)
        codes = posterior.draw(generator)
        binary = isinstance(posterior, BinaryCodes)
        prior = BinaryCodes(torch.zeros_like(codes)) if binary else standard(codes)
        observation: Observation = self.decoder(codes)
        evidence = observation.log_prob(as_often(x, codes))
        weights = evidence + prior.log_prob(codes) - posterior.log_prob(codes)
        return weights.view(n_draws, len(x))

    def _posterior(self, batch: np.ndarray) -> Gaussian | BinaryCodes:
        posterior: Gaussian | BinaryCodes = self.encoder(self._tensor(batch))
        return posterior

    def _tensor(self, batch: np.ndarray) -> Tensor:
        return self.layout.tensor(batch).to(self._dtype)

    @property
    def _dtype(self) -> torch.dtype:
        return next(self.encoder.parameters()).dtype

    def _observation(self, codes: np.ndarray) -> Observation:
        given = torch.from_numpy(np.ascontiguousarray(codes))
        observation: Observation = self.decoder(given.to(self._dtype))
        return observation

    def _bound(self, batch: np.ndarray, noise: torch.Generator) -> Tensor:
        x = self._tensor(batch)
        posterior: Gaussian | BinaryCodes = self.encoder(x)
        observation: Observation = self.decoder(posterior.draw(noise))
        return observation.log_prob(x) - posterior.kl_per_code().sum(1)

    def digest(self) -> str:
        """Return a digest of all weights.

        Returns
        -------
        str
            sha256, in hexadecimal.
        """
        digest = hashlib.sha256()
        for name, weight in sorted(self._weights().items()):
            digest.update(name.encode())
            digest.update(weight.numpy().tobytes())
        return digest.hexdigest()

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
        with writing(path) as aside:
            try:
                save_file(self._weights(), aside)
            except SafetensorError as error:  # a full disk, for one
                raise StoreError(f"cannot write {path}", got=str(error)) from error

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
        try:
            weights = load_file(path)
            self._both().load_state_dict(weights)
        except (SafetensorError, OSError, RuntimeError) as error:
            said = " ".join(str(error).split())
            raise StoreError(
                f"the weights in {path} cannot be read", got=said, hint="fitting and saving again"
            ) from error

    def _weights(self) -> dict[str, Tensor]:
        return {name: w.contiguous() for name, w in self._both().state_dict().items()}

    def _both(self) -> nn.ModuleDict:
        return nn.ModuleDict({"encoder": self.encoder, "decoder": self.decoder})
