"""Samples that share the value of a factor, drawn from a table or made to order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int, Num

from unbraid.core.errors import InputError
from unbraid.core.scoring import Undefined
from unbraid.core.values import CodeSampler
from unbraid.numerics.discrete import discrete

# So many numbers of codes are in memory at a time.
CHUNK = 1_000_000


@runtime_checkable
class World(Protocol):
    """What samples are drawn from; a draw names a sample, and its codes follow.

    Examples
    --------
    >>> world = world_of(np.arange(4.0)[:, None], np.array([[0], [0], [1], [1]]), None)
    >>> set(world.again(np.array([3, 3, 3]), 0, np.random.default_rng(0)).tolist()) <= {2, 3}
    True
    """

    def draw(self, m: int, rng: np.random.Generator) -> np.ndarray:
        """Draw samples.

        Parameters
        ----------
        m
            How many.
        rng
            The stream to draw from.

        Returns
        -------
        numpy.ndarray
            Row numbers of a table, shape (m,), or factors, shape (m, K).
        """

    def again(self, draws: np.ndarray, factor: int, rng: np.random.Generator) -> np.ndarray:
        """Draw for each sample another one with the same value of a factor.

        Parameters
        ----------
        draws
            The samples, as `draw` returns them.
        factor
            The factor that is held.
        rng
            The stream to draw from.

        Returns
        -------
        numpy.ndarray
            As many samples.
        """

    def rows(self, draws: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return a table of codes, and which of its rows samples are.

        Parameters
        ----------
        draws
            The samples, as `draw` returns them.
        rng
            The stream that nuisances are drawn from.

        Returns
        -------
        table : numpy.ndarray
            Codes, shape (rows, d).
        rows : numpy.ndarray
            The row of each sample, shape (m,).
        """


@dataclass(frozen=True)
class _Table:
    table: np.ndarray
    labels: np.ndarray
    # For each factor: the rows sorted by label, where each label starts, how many rows have it.
    order: np.ndarray
    starts: list[np.ndarray]
    counts: list[np.ndarray]

    def draw(self, m: int, rng: np.random.Generator) -> np.ndarray:
        return rng.integers(len(self.table), size=m)

    def again(self, draws: np.ndarray, factor: int, rng: np.random.Generator) -> np.ndarray:
        label = self.labels[factor][draws]
        steps = (rng.random(len(draws)) * self.counts[factor][label]).astype(np.intp)
        return np.asarray(self.order[factor][self.starts[factor][label] + steps])

    def rows(
        self,
        draws: np.ndarray,
        rng: np.random.Generator,  # noqa: ARG002 (a table has no nuisances)
    ) -> tuple[np.ndarray, np.ndarray]:
        return self.table, draws


@dataclass(frozen=True)
class _Generator:
    values: list[np.ndarray]
    sample_codes: CodeSampler

    def draw(self, m: int, rng: np.random.Generator) -> np.ndarray:
        return np.stack([rng.choice(values, size=m) for values in self.values], axis=1)

    def again(self, draws: np.ndarray, factor: int, rng: np.random.Generator) -> np.ndarray:
        others = self.draw(len(draws), rng)
        others[:, factor] = draws[:, factor]
        return others

    def rows(self, draws: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        made = np.ascontiguousarray(self.sample_codes(draws, rng), dtype=np.float64)
        if made.ndim != 2 or len(made) != len(draws) or not np.isfinite(made).all():
            raise InputError(
                "sample_codes must make the codes of the samples that it is asked for",
                got=f"shape {made.shape}" + ("" if np.isfinite(made).all() else " with NaN"),
                allowed=f"finite numbers of shape ({len(draws)}, codes)",
            )
        return made, np.arange(len(made))


def world_of(
    codes: Float[np.ndarray, "samples codes"],
    factors: Num[np.ndarray, "samples factors"],
    sample_codes: CodeSampler | None,
) -> World:
    """Return what samples are drawn from: the table, unless codes can be made to order.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K).
    sample_codes
        Makes codes of samples that show given factors. Then each factor is drawn independently,
        uniformly over its values in `factors`. None: rows are drawn with replacement.

    Returns
    -------
    World
        Where to draw from.

    Raises
    ------
    Undefined
        As `discrete` does, or if a factor of a table has more values than half the rows: then
        few rows share a value with another.

    Examples
    --------
    >>> world = world_of(np.zeros((2, 1)), np.array([[0], [1]]), lambda factors, rng: factors * 2)
    >>> world.rows(np.array([[1]]), np.random.default_rng(0))
    (array([[2.]]), array([0]))
    """
    if sample_codes is not None:
        return _Generator([np.unique(column) for column in factors.T], sample_codes)
    labels, sizes, *_ = discrete(factors)
    for k in np.flatnonzero(sizes > max(1, len(codes) / 2)):
        raise Undefined(
            f"factor {k} has {sizes[k]} values in {len(codes)} rows: "
            "too few rows share a value to hold it fixed"
        )
    columns = np.ascontiguousarray(labels.T)
    counts = [np.bincount(row, minlength=size) for row, size in zip(columns, sizes, strict=True)]
    starts = [np.cumsum(count) - count for count in counts]
    table = np.ascontiguousarray(codes, dtype=np.float64)
    return _Table(table, columns, np.argsort(columns, axis=1, kind="stable"), starts, counts)


# Measures batches of samples that share a factor: (world, factor, batches, size, rng).
Measure = Callable[[World, int, int, int, np.random.Generator], Float[np.ndarray, "batches codes"]]


def mean_differences(
    world: World, factor: int, batches: int, size: int, rng: np.random.Generator
) -> Float[np.ndarray, "batches codes"]:
    """Return how far apart the codes of two samples are on average that share a factor.

    Parameters
    ----------
    world
        What samples are drawn from.
    factor
        The factor that the two samples of a pair share.
    batches
        How many averages.
    size
        Pairs per average.
    rng
        The stream to draw from.

    Returns
    -------
    numpy.ndarray
        Mean absolute differences, shape (batches, d).
    """
    from unbraid.numerics._batches import mean_differences_of

    first = world.draw(batches * size, rng)
    second = world.again(first, factor, rng)
    return np.asarray(mean_differences_of(*world.rows(first, rng), *world.rows(second, rng), size))


def variances(
    world: World, factor: int, batches: int, size: int, rng: np.random.Generator
) -> Float[np.ndarray, "batches codes"]:
    """Return the variance of the codes of samples that all share one value of a factor.

    Parameters
    ----------
    world
        What samples are drawn from.
    factor
        The factor whose value all samples of a batch share.
    batches
        How many variances.
    size
        Samples per variance, >= 2.
    rng
        The stream to draw from.

    Returns
    -------
    numpy.ndarray
        Unbiased variances, shape (batches, d).
    """
    from unbraid.numerics._batches import variances_of

    draws = np.repeat(world.draw(batches, rng), size, axis=0)
    held = world.again(draws, factor, rng)
    return np.asarray(variances_of(*world.rows(held, rng), size))


def measure_factors(
    measure: Measure, world: World, shape: tuple[int, int], size: int, rng: np.random.Generator
) -> tuple[Int[np.ndarray, " batches"], Float[np.ndarray, "batches codes"]]:
    """Measure batches, each holding a factor that is drawn at random.

    Parameters
    ----------
    measure
        `mean_differences` or `variances`.
    world
        What samples are drawn from.
    shape
        How many batches, and how many factors there are.
    size
        Samples per batch.
    rng
        The stream to draw from.

    Returns
    -------
    held : numpy.ndarray
        The factor that each batch holds, shape (batches,), in increasing order.
    measured : numpy.ndarray
        What is measured of each batch, shape (batches, d).

    Examples
    --------
    >>> codes = np.array([[0.0], [0.0], [1.0], [1.0]])
    >>> world = world_of(codes, codes.astype(int), None)
    >>> measure_factors(variances, world, (3, 1), 5, np.random.default_rng(0))[1].ravel()
    array([0., 0., 0.])
    """
    batches, n_factors = shape
    held = np.sort(rng.integers(n_factors, size=batches))
    width = world.rows(world.draw(1, rng), rng)[0].shape[1]
    step = max(1, CHUNK // (size * width))
    found = [
        measure(world, k, min(step, count - done), size, rng)
        for k, count in enumerate(np.bincount(held, minlength=n_factors).tolist())
        for done in range(0, count, step)
    ]
    return held, np.concatenate(found)
