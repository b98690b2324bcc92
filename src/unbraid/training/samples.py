"""Between samples as users hold them and batches as networks take them."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int, Num
from torch import Tensor

from unbraid.core.errors import InputError
from unbraid.core.values import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How samples become tensors, and back.

    Parameters
    ----------
    shape
        The shape of a sample: (features,), (height, width) or (height, width, channels).
    scale
        What samples are divided by.
    checked
        Whether samples outside [0, 1] are refused.
    clipped
        Whether decoded samples are clipped to [0, 1].

    Examples
    --------
    >>> layout = Layout(shape=(2, 2), scale=255.0, checked=True)
    >>> layout.tensor(np.full((3, 2, 2), 255, dtype=np.uint8)).shape
    torch.Size([3, 1, 2, 2])
    """

    shape: tuple[int, ...]
    scale: float = 1.0
    checked: bool = False
    clipped: bool = False

    @property
    def network_shape(self) -> tuple[int, ...]:
        """The shape of a sample in a tensor: (features,) or (channels, height, width)."""
        if len(self.shape) == 1:
            return self.shape
        return (*self.shape[2:], *self.shape[:2]) if len(self.shape) == 3 else (1, *self.shape)

    def tensor(self, batch: Num[np.ndarray, "batch ..."]) -> Float[Tensor, "batch ..."]:
        """Return a batch as float32, images with channels first in shape and last in memory.

        Parameters
        ----------
        batch
            The samples, shape (batch, ...).

        Returns
        -------
        torch.Tensor
            Shape (batch, features) or (batch, channels, height, width).

        Raises
        ------
        InputError
            If values are not finite, or must lie in [0, 1] after scaling and do not.
        """
        if self.checked or batch.dtype.kind == "f":
            self._check(batch)
        numbers = batch if batch.dtype.itemsize == 1 else batch.astype(np.float32, copy=False)
        x = torch.from_numpy(np.require(numbers, requirements=["C", "W"])).to(torch.float32)
        if self.scale != 1:
            x = x / self.scale
        if len(self.shape) == 3:
            return x.permute(0, 3, 1, 2)
        return x.unsqueeze(1) if len(self.shape) == 2 else x

    def array(self, x: Float[Tensor, "batch ..."]) -> Float[np.ndarray, "batch ..."]:
        """Return a tensor as scaled samples.

        Parameters
        ----------
        x
            Shape (batch, features) or (batch, channels, height, width).

        Returns
        -------
        numpy.ndarray
            The samples, shape (batch, ...).
        """
        if len(self.shape) == 3:
            x = x.permute(0, 2, 3, 1)
        samples = x.reshape(-1, *self.shape).numpy()
        return samples.clip(0, 1) if self.clipped else samples

    def _check(self, batch: np.ndarray) -> None:
        low, high = float(batch.min()), float(batch.max())
        if not (math.isfinite(low) and math.isfinite(high)):
            raise InputError("samples hold NaN or infinity", allowed="finite numbers")
        if self.checked and (low < 0 or high > self.scale):
            raise InputError(
                "samples must lie in [0, 1], or be uint8 from 0 to 255",
                got=f"values from {low:g} to {high:g}, divided by {self.scale:g}",
                hint="dividing them by their largest value, or decoder='gaussian'",
            )


def look(samples: Samples, most: int = 1024) -> np.ndarray:
    """Read some samples, spread evenly over all of them.

    Parameters
    ----------
    samples
        The samples, shape (n, ...).
    most
        How many to read at most.

    Returns
    -------
    numpy.ndarray
        Shape (min(n, most), ...), the first and the last sample among them.

    Examples
    --------
    >>> look(np.arange(9), most=3)
    array([0, 4, 8])
    """
    n = len(samples)
    return np.asarray(samples[np.linspace(0, n - 1, min(n, most)).round().astype(np.int64)])


def limits(samples: Samples, seen: np.ndarray) -> tuple[float, float]:
    """Return the least and the greatest value of samples.

    Parameters
    ----------
    samples
        The samples, shape (n, ...).
    seen
        Some of them, which stand for all where these are made on demand or read from disk.

    Returns
    -------
    tuple of float
        Of all values of an array in memory; of others, of those seen.

    Examples
    --------
    >>> rare = np.zeros(9)
    >>> rare[1] = 7
    >>> limits(rare, look(rare, most=3))
    (0.0, 7.0)
    """
    in_memory = isinstance(samples, np.ndarray) and not isinstance(samples, np.memmap)
    known = np.asarray(samples) if in_memory else seen
    return float(known.min()), float(known.max())


def fingerprint(samples: Samples) -> str:
    """Return a digest of the samples' shape and type and of 256 of them, spread evenly.

    Parameters
    ----------
    samples
        The samples, shape (n, ...).

    Returns
    -------
    str
        sha256, in hexadecimal.

    Examples
    --------
    >>> fingerprint(np.zeros((5, 2))) == fingerprint(np.ones((5, 2)))
    False
    """
    digest = hashlib.sha256(f"{tuple(samples.shape)} {samples.dtype}".encode())
    digest.update(np.ascontiguousarray(look(samples, most=256)).tobytes())
    return digest.hexdigest()


def places(n: int, size: int) -> Iterator[slice]:
    """Return the places of batches of samples, in order.

    Parameters
    ----------
    n
        How many samples.
    size
        How many per batch, >= 1; the last may have fewer.

    Returns
    -------
    iterator of slice
        Their places.

    Examples
    --------
    >>> [len(range(5)[place]) for place in places(5, 2)]
    [2, 2, 1]
    """
    return (slice(start, start + size) for start in range(0, n, size))


@runtime_checkable
class Stream(Protocol):
    """A stream of batches that a checkpoint can take up again."""

    generator: torch.Generator

    def next(self) -> Any:  # noqa: ANN401 (what the objective takes)
        """Draw a batch.

        Returns
        -------
        object
            What the objective takes: a tensor of samples, or that with what goes with them.
        """


class Batches:
    """A stream of samples drawn independently and uniformly, with replacement.

    Parameters
    ----------
    samples
        The samples, shape (n, ...).
    layout
        How they become tensors.
    size
        How many per batch; may exceed n.
    generator
        The stream to draw from.
    """

    def __init__(
        self, samples: Samples, layout: Layout, size: int, generator: torch.Generator
    ) -> None:
        self.samples = samples
        self.layout = layout
        self.size = size
        self.generator = generator

    def next(self) -> Float[Tensor, "batch ..."]:
        """Draw a batch.

        Returns
        -------
        torch.Tensor
            Shape (size, ...).
        """
        return self.read(self.rows())

    def rows(self) -> Int[Tensor, " batch"]:
        """Draw which samples make a batch.

        Returns
        -------
        torch.Tensor
            Their places, shape (size,).
        """
        return torch.randint(len(self.samples), (self.size,), generator=self.generator)

    def read(self, rows: Int[Tensor, " batch"]) -> Float[Tensor, "batch ..."]:
        """Read the samples of a batch.

        Parameters
        ----------
        rows
            Their places, shape (size,).

        Returns
        -------
        torch.Tensor
            Shape (size, ...).
        """
        return self.layout.tensor(np.asarray(self.samples[rows.numpy()]))
