"""Samples of any shape and size, read a batch at a time."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import issparse

from unbraid.core.errors import InputError
from unbraid.core.values import Samples
from unbraid.learners._settings import whole

# One batch of samples is read and encoded at a time: about 32 MiB of float64.
_NUMBERS_PER_BATCH = 2**22
# What is learned from at once unless more is asked for: 256 MiB of float64.
_NUMBERS_PER_FIT = 2**25


def is_lazy(X: object) -> bool:
    """Tell samples that are made when indexed from arrays, frames and sparse matrices.

    Parameters
    ----------
    X
        What was given.

    Returns
    -------
    bool
        Whether it is indexed like an array and is none.

    Examples
    --------
    >>> is_lazy(np.zeros((2, 2)))
    False
    """
    strange = isinstance(X, np.ndarray) or issparse(X) or hasattr(X, "iloc")
    return not strange and isinstance(X, Samples) and len(X.shape) > 1


def check_images(samples: Samples, least: int, *, read: bool) -> None:
    """Refuse images and lazy samples that cannot be learned from or encoded.

    Parameters
    ----------
    samples
        The samples, shape (n, ...).
    least
        The fewest that will do.
    read
        Whether to look for NaN and infinity now, and not when a batch is read.

    Raises
    ------
    InputError
        If they are no numbers, too few, or have a shape that no learner takes.
    """
    if np.dtype(samples.dtype).kind not in "biuf":
        raise InputError(
            "samples must be numbers",
            got=f"an array of {samples.dtype}",
            allowed="integers or floats",
        )
    if len(samples.shape) > 4 or 0 in samples.shape:
        raise InputError(
            "samples cannot be used",
            got=f"shape {tuple(samples.shape)}",
            allowed="(n, features), (n, height, width) or (n, height, width, channels)",
        )
    if len(samples) < least:
        raise InputError("too few samples", got=len(samples), allowed=f"{least} or more")
    if read:
        for _, batch in batches(samples):
            check_finite(batch)


def check_finite(batch: np.ndarray) -> None:
    """Refuse samples that are no finite numbers.

    Parameters
    ----------
    batch
        The samples.

    Raises
    ------
    InputError
        If one holds NaN or infinity.
    """
    if batch.dtype.kind == "f" and not np.isfinite(batch).all():
        raise InputError("samples hold NaN or infinity", allowed="finite numbers")


def batches(samples: Samples, size: int | None = None) -> Iterator[tuple[slice, np.ndarray]]:
    """Read samples a batch at a time, in order.

    Parameters
    ----------
    samples
        The samples, shape (n, ...).
    size
        How many per batch; None for about 32 MiB as float64.

    Yields
    ------
    tuple of slice and numpy.ndarray
        The place of the batch and the batch itself, in the type that the samples have.

    Examples
    --------
    >>> [place.stop for place, _ in batches(np.zeros((5, 3)), size=2)]
    [2, 4, 5]
    """
    size = size or max(1, _NUMBERS_PER_BATCH // max(1, int(np.prod(samples.shape[1:]))))
    for start in range(0, len(samples), size):
        place = slice(start, min(start + size, len(samples)))
        batch = np.asarray(samples[place])
        if not isinstance(samples, np.ndarray):  # arrays are checked at the door
            check_finite(batch)
        yield place, batch


def rows(batch: np.ndarray) -> np.ndarray:
    """Lay each sample out as a row of float64.

    Parameters
    ----------
    batch
        The samples, shape (m, ...).

    Returns
    -------
    numpy.ndarray
        Shape (m, features), C-contiguous.

    Examples
    --------
    >>> rows(np.zeros((2, 4, 4), dtype=np.uint8)).shape
    (2, 16)
    """
    return np.ascontiguousarray(batch.reshape(len(batch), -1), dtype=np.float64)


def some_rows(samples: Samples, most: int | None, rng: np.random.Generator) -> np.ndarray:
    """Read at most so many samples, drawn without replacement, as rows of float64.

    Parameters
    ----------
    samples
        The samples, shape (n, ...).
    most
        How many to read; None for as many as make 256 MiB.
    rng
        The stream to draw from.

    Returns
    -------
    numpy.ndarray
        Shape (min(n, most), features), in the order of the samples.

    Examples
    --------
    >>> some_rows(np.arange(8.0).reshape(4, 2), 2, np.random.default_rng(0)).shape
    (2, 2)
    """
    n, features = len(samples), int(np.prod(samples.shape[1:]))
    if most is None:
        most = max(1, _NUMBERS_PER_FIT // features)
    most = whole("max_samples", most)
    if n <= most and isinstance(samples, np.ndarray):
        return rows(samples)
    chosen = np.arange(n) if n <= most else np.sort(rng.choice(n, size=most, replace=False))
    table = np.empty((len(chosen), features))
    size = max(1, _NUMBERS_PER_BATCH // features)
    for start in range(0, len(chosen), size):
        place = slice(start, start + size)
        batch = np.asarray(samples[chosen[place]])
        check_finite(batch)
        table[place] = rows(batch)
    return table


def is_rounding(variances: float | np.ndarray, largest: float) -> np.ndarray:
    """Tell variances that are nothing but rounding.

    Parameters
    ----------
    variances
        One or several, of principal axes.
    largest
        The largest of the same samples.

    Returns
    -------
    numpy.ndarray
        Where a variance is at most 1e-12 of the largest.

    Examples
    --------
    >>> is_rounding(np.array([1.0, 1e-17]), 3.0)
    array([False,  True])
    """
    return np.asarray(variances <= 1e-12 * largest)


def refuse_constant(table: np.ndarray) -> None:
    """Refuse rows that are all equal: nothing can be learned from them.

    Parameters
    ----------
    table
        The samples as rows, shape (n, features).

    Raises
    ------
    InputError
        If no feature varies.

    Examples
    --------
    >>> refuse_constant(np.eye(2))
    """
    if not np.ptp(table, axis=0).any():
        raise InputError(
            "these samples do not vary", got=f"{len(table)} equal samples", hint="other samples"
        )
