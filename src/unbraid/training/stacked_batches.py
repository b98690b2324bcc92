"""The batches and the noise of models that are trained together, each from streams of its own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from unbraid.core.values import Samples
from unbraid.training.samples import Batches, Layout

_PART = 4096


class Generators(torch.Generator):
    """Several generators, taken down and taken up as one.

    Parameters
    ----------
    *parts
        The generators. This one itself draws nothing.

    Examples
    --------
    >>> both = Generators(torch.Generator(), torch.Generator())
    >>> both.get_state().shape
    torch.Size([2, 5056])
    """

    parts: tuple[torch.Generator, ...]

    def __new__(cls, *parts: torch.Generator) -> "Generators":  # noqa: D102 (as __init__)
        self = super().__new__(cls)
        self.parts = parts
        return self

    def get_state(self) -> Tensor:
        """Return the states of all.

        Returns
        -------
        torch.Tensor
            Shape (generators, bytes).
        """
        return torch.stack([part.get_state() for part in self.parts])

    def set_state(self, new_state: Tensor) -> torch.Generator:
        """Take up the states of all.

        Parameters
        ----------
        new_state
            What `get_state` returned.

        Returns
        -------
        torch.Generator
            Itself.
        """
        for part, state in zip(self.parts, new_state, strict=True):
            part.set_state(state.clone())
        return self


def sent(x: Tensor, device: torch.device) -> Tensor:
    """Return a tensor on a device, without waiting for what the device does.

    Parameters
    ----------
    x
        The tensor, on the CPU.
    device
        The device.

    Returns
    -------
    torch.Tensor
        The same numbers.
    """
    return x.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else x.to(device)


class Resident:
    """Samples that are kept whole in the memory of a device, as they are or as float32.

    Parameters
    ----------
    samples
        The samples, shape (n, ...).
    layout
        How they become tensors.
    device
        Where to keep them.
    """

    def __init__(self, samples: Samples, layout: Layout, device: torch.device) -> None:
        self.scale = layout.scale
        small = np.dtype(samples.dtype) == np.uint8
        kind = torch.uint8 if small else torch.float32
        raw = replace(layout, scale=1.0, checked=False)
        self.pool = torch.empty((len(samples), *layout.network_shape), dtype=kind, device=device)
        for start in range(0, len(samples), _PART):
            part = np.asarray(samples[np.arange(start, min(start + _PART, len(samples)))])
            layout.tensor(part)  # refuses what cannot be learned from
            self.pool[start : start + len(part)] = raw.tensor(part).to(kind)

    def read(self, rows: Int[Tensor, " batch"]) -> Float[Tensor, "batch ..."]:
        """Read the samples of a batch.

        Parameters
        ----------
        rows
            Their places, shape (batch,).

        Returns
        -------
        torch.Tensor
            What the layout makes of them, on the device.
        """
        x = self.pool[sent(rows, self.pool.device)].float()
        return x / self.scale if self.scale != 1 else x


class StackedBatches:
    """One batch, and the noise of its codes, for each of several models.

    Parameters
    ----------
    batches
        The streams of the models' batches; all are of the same samples and size.
    noises
        The streams of the models' noise.
    n_codes
        How many codes a sample has.
    device
        Where the models are. On an accelerator the samples are kept there whole.
    """

    def __init__(
        self,
        batches: Sequence[Batches],
        noises: Sequence[torch.Generator],
        n_codes: int,
        device: torch.device,
    ) -> None:
        self.batches = tuple(batches)
        self.noises = tuple(noises)
        self.n_codes = n_codes
        self.device = device
        self.generator: torch.Generator = Generators(*(b.generator for b in batches), *noises)
        first = self.batches[0]
        self.source: Batches | Resident = (
            first if device.type == "cpu" else Resident(first.samples, first.layout, device)
        )

    def next(
        self,
    ) -> tuple[Float[Tensor, "models batch ..."], Float[Tensor, "models batch codes"]]:
        """Draw a batch for each model.

        Returns
        -------
        tuple of torch.Tensor
            The samples (models, batch, ...) and the noise (models, batch, codes): what each model
            would draw if it were trained alone.
        """
        rows = torch.stack([batches.rows() for batches in self.batches])
        x = self.source.read(rows.flatten())
        x = x.reshape(*rows.shape, *x.shape[1:])
        noise = torch.empty(*rows.shape, self.n_codes)
        for own, generator in zip(noise, self.noises, strict=True):
            own.normal_(generator=generator)
        return x, sent(noise, self.device)
