"""Which samples a run encodes."""

from dataclasses import dataclass

import numpy as np

from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.core.values import Samples

# The study learns its scores on 10,000 samples and tests them on 5,000.
N_TRAIN, N_TEST = 10_000, 5_000
# A pool of more bytes than this is cut: raw images as codes would fill the disk and the memory.
POOL_BYTES = 2**28


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Which samples play which part, as indices.

    Parameters
    ----------
    pool
        All that are encoded; the other two are its first rows.
    n_train
        How many of them scores learn on.
    n_test
        How many after those are held out.

    Examples
    --------
    >>> rows = choose_rows(30, pool=100, seed=0)
    >>> len(rows.pool), rows.n_train, rows.n_test
    (30, 20, 10)
    """

    pool: np.ndarray
    n_train: int
    n_test: int


def affordable(pool: int, n_codes: int) -> int:
    """Return how many samples to encode, so that their codes fill 256 MiB at the most.

    Parameters
    ----------
    pool
        How many are asked for.
    n_codes
        How many codes a sample has, in float32.

    Returns
    -------
    int
        As many as asked for, or fewer; enough to learn scores on and to test them, in any case.

    Examples
    --------
    >>> affordable(100_000, 10), affordable(100_000, 4096), affordable(100_000, 100_000)
    (100000, 16384, 15000)
    """
    return min(pool, max(POOL_BYTES // (4 * n_codes), N_TRAIN + N_TEST))


def choose_rows(n: int, *, pool: int, seed: int) -> Rows:
    """Choose which of n samples to encode, and which of them to hold out.

    Parameters
    ----------
    n
        How many samples there are.
    pool
        How many to encode at the most.
    seed
        Fixes the choice.

    Returns
    -------
    Rows
        Distinct rows in random order; 10,000 to learn on and 5,000 held out, or 2:1 of what
        there is.

    Raises
    ------
    InputError
        If there are fewer than 3 samples.
    """
    if n < 3:
        raise InputError("too few samples to score a representation on", got=n, allowed=">= 3")
    chosen = stream(seed, "rows").permutation(n)[: max(3, pool)]
    n_test = min(N_TEST, len(chosen) // 3)
    return Rows(pool=chosen, n_train=min(N_TRAIN, len(chosen) - n_test), n_test=n_test)


@dataclass(frozen=True, slots=True)
class Subset:
    """Some of the samples, read when they are indexed.

    Parameters
    ----------
    samples
        All samples.
    rows
        Which of them these are, in order.

    Examples
    --------
    >>> Subset(np.arange(10).reshape(5, 2), np.array([4, 0]))[:1]
    array([[8, 9]])
    """

    samples: Samples
    rows: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, samples first."""
        return (len(self.rows), *self.samples.shape[1:])

    @property
    def dtype(self) -> np.dtype:
        """The type of one number."""
        return self.samples.dtype

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: object, /) -> np.ndarray:
        return self.samples[self.rows[index]]  # type: ignore[call-overload]
