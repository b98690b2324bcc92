"""Samples that come into being when they are indexed."""

import hashlib
import operator
from collections.abc import Callable

import numpy as np

from unbraid.core.errors import InputError
from unbraid.core.rng import stream

# Makes the samples at given positions, nuisances from the stream.
Make = Callable[[np.ndarray, np.random.Generator], np.ndarray]

_MOST_BYTES = 2**30


class Lazy:
    """Samples made on demand, indexed like an array along the first axis.

    Parameters
    ----------
    make
        Makes the samples at given positions, ``(positions (m,), rng) -> (m, ...)``.
    shape
        The shape, samples first.
    dtype
        The type of one number.
    name
        What the samples are called.
    seed
        The seed of the nuisances. An access draws them from a stream that seed, name and
        positions fix: the same access gives the same samples, whatever came before it, and the
        same sample in another batch has other nuisances.
    """

    def __init__(
        self,
        make: Make,
        shape: tuple[int, ...],
        dtype: type[np.generic],
        *,
        name: str,
        seed: int = 0,
    ) -> None:
        self._make = make
        self._name = name
        self._seed = seed
        self.shape = shape
        self.dtype = np.dtype(dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: object) -> np.ndarray:
        rows = positions(index, len(self))
        access = hashlib.sha256(rows.tobytes()).hexdigest()
        return self.draw(rows, stream(self._seed, self._name, access))

    def draw(self, index: object, rng: np.random.Generator) -> np.ndarray:
        """Return samples with their nuisances drawn from a stream of your own.

        Parameters
        ----------
        index
            An integer, a slice, a boolean mask, or an array of integers.
        rng
            The stream.

        Returns
        -------
        numpy.ndarray
            The samples; an integer gives one without the first axis.

        Raises
        ------
        IndexError
            If a position is out of range.
        InputError
            If the index is of another kind.
        """
        rows = positions(index, len(self))
        made = self._make(rows.ravel(), rng)
        return made.reshape(rows.shape + self.shape[1:])

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        size = int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize
        if size > _MOST_BYTES:
            raise InputError(
                "these samples are made on demand and are too many for one array",
                got=f"{size / 1e9:.1f} GB",
                allowed="1 GB",
                hint="a part, images[:1000], or images[:] where memory allows",
            )
        if copy is False:
            raise ValueError("samples that are made on demand are always new: copy=False")
        return self[:].astype(dtype or self.dtype, copy=False)

    def __repr__(self) -> str:
        return f"<{self.shape[0]} samples of {self.shape[1:]} {self.dtype}, made when indexed>"


def positions(index: object, n: int) -> np.ndarray:
    """Return the positions that an index means, each within [0, n).

    Parameters
    ----------
    index
        An integer, a slice, a boolean mask of length n, or an array of integers.
    n
        How many samples there are.

    Returns
    -------
    numpy.ndarray
        int64; an integer gives shape ().

    Raises
    ------
    IndexError
        If a position is out of range.
    InputError
        If the index is of another kind, or a mask of another length.
    """
    if isinstance(index, slice):
        try:
            return np.arange(*index.indices(n))
        except (TypeError, ValueError) as error:
            raise InputError("no such slice of samples", got=f"{index}: {error}") from error
    rows = _whole(index, n)
    if rows.size and (rows.min() < -n or rows.max() >= n):
        worst = rows.max() if rows.max() >= n else rows.min()
        raise IndexError(f"position {worst} is out of range: there are {n} samples")
    return np.where(rows < 0, rows + n, rows)


def _whole(index: object, n: int) -> np.ndarray:
    if not isinstance(index, bool | np.bool_ | np.ndarray):
        try:
            return np.array(operator.index(index), dtype=np.int64)  # type: ignore[arg-type]
        except (TypeError, OverflowError):
            pass
    refused = isinstance(index, tuple | str | bytes | dict | set) or index is None
    rows = np.empty(0, dtype=object) if refused or index is Ellipsis else np.asarray(index)
    if rows.dtype.kind == "b" and rows.shape == (n,):
        return np.flatnonzero(rows)
    if rows.dtype.kind in "iu":
        return rows.astype(np.int64)
    if not refused and rows.shape == (0,) and rows.dtype.kind == "f":
        return rows.astype(np.int64)  # numpy reads [] as floats
    got = f"a mask of shape {rows.shape}" if rows.dtype.kind == "b" else repr(index)[:60]
    raise InputError(
        "samples are indexed along the first axis only",
        got=got,
        allowed=f"an integer, a slice, an array of integers, a mask of length {n}",
        hint="images[rows][:, top:bottom, left:right]",
    )
