"""Which rows are held out: some at random, some groups whole, or the latest."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, Num, Shaped

from unbraid.core.errors import InputError

Rows = Int[np.ndarray, " chosen"]
Kept = Int[np.ndarray, " kept"]
HeldOut = Int[np.ndarray, " held_out"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blocks:
    """What ties samples together, so that some held out at random would be known already.

    Parameters
    ----------
    groups
        The group of each sample, such as its patient or its scene, shape (n,): a group is held
        out whole or not at all. None where samples stand for themselves.
    times
        The time of each sample, shape (n,): the latest are held out. None where there is none.
    gap
        How long before the held-out samples those end that are learned from, in the unit of
        ``times``, >= 0.

    Examples
    --------
    >>> blocks = Blocks(times=np.arange(9))
    >>> kept, held_out = blocks.split(9, 1 / 3, np.random.default_rng(0))
    >>> held_out
    array([6, 7, 8])
    """

    groups: Shaped[np.ndarray, " samples"] | None = None
    times: Num[np.ndarray, " samples"] | None = None
    gap: float = 0.0

    def __post_init__(self) -> None:
        if self.groups is not None and self.times is not None:
            raise InputError("both groups and times are given", hint="one of them")
        if self.gap < 0 or (self.gap and self.times is None):
            raise InputError("a gap must be 0 or more, beside times", got=self.gap)

    def of(self, rows: Rows) -> "Blocks":
        """Return the blocks of some samples.

        Parameters
        ----------
        rows
            Which samples, in which order, shape (m,).

        Returns
        -------
        Blocks
            Theirs.
        """
        groups = None if self.groups is None else self.groups[rows]
        times = None if self.times is None else self.times[rows]
        return Blocks(groups=groups, times=times, gap=self.gap)

    def check(self, n: int) -> None:
        """Refuse blocks of another number of samples.

        Parameters
        ----------
        n
            How many samples there are.

        Raises
        ------
        InputError
            If there are not as many groups or times, or times are not finite.
        """
        for what in ("groups", "times"):
            given = getattr(self, what)
            if given is not None and given.shape != (n,):
                raise InputError(
                    f"{what} must have one value per sample",
                    got=f"shape {given.shape} for {n} samples",
                )
        if self.times is not None and not np.isfinite(self.times).all():
            raise InputError("times must be finite", got="NaN or infinity")

    def split(self, n: int, share: float, rng: np.random.Generator) -> tuple[Kept, HeldOut]:
        """Split samples into those to learn from and those held out.

        Parameters
        ----------
        n
            How many samples there are, >= 2.
        share
            The share to hold out, in (0, 1); at least one sample is, and one is not.
        rng
            Draws the samples or the groups.

        Returns
        -------
        tuple of numpy.ndarray
            Two sets of rows, each in increasing order. Groups are drawn at random until the share
            is reached, so it is exceeded by less than a group.

        Raises
        ------
        InputError
            If there is one group, all samples have one time, or the gap leaves none to learn from.
        """
        self.check(n)
        wanted = min(max(round(share * n), 1), n - 1)
        if self.times is not None:
            return self._latest(self.times, wanted)
        if self.groups is not None:
            return self._whole_groups(self.groups, wanted, rng)
        order = rng.permutation(n)
        return np.sort(order[wanted:]), np.sort(order[:wanted])

    def _latest(self, times: np.ndarray, wanted: int) -> tuple[np.ndarray, np.ndarray]:
        # Samples of one time stay together, so that none is learned from that is held out too.
        first = np.sort(times)[len(times) - wanted]
        if first == times.min():
            first = np.unique(times)[1] if times.max() > first else np.inf
        held_out = np.flatnonzero(times >= first)
        kept = np.flatnonzero((times < first) & (times < first - self.gap + 1e-12 * abs(first)))
        if len(held_out) == 0 or len(kept) == 0:
            raise InputError(
                "no earlier samples are left to learn from",
                got=f"{len(np.unique(times))} distinct times and a gap of {self.gap:g}",
            )
        return kept, held_out

    def _whole_groups(
        self, groups: np.ndarray, wanted: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        names, members, counts = np.unique(groups, return_inverse=True, return_counts=True)
        if len(names) < 2:
            raise InputError("there must be two groups or more", got=f"one, {names[0]!r}")
        order = rng.permutation(len(names))
        reached = np.searchsorted(np.cumsum(counts[order]), wanted) + 1
        chosen = order[: min(int(reached), len(names) - 1)]
        held_out = np.isin(members, chosen)
        return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def stratified_order(
    labels: Int[np.ndarray, " samples"], rng: np.random.Generator
) -> Int[np.ndarray, " samples"]:
    """Return an order of samples whose every beginning has the labels in their proportions.

    Parameters
    ----------
    labels
        The label of each sample, shape (n,).
    rng
        Draws the order.

    Returns
    -------
    numpy.ndarray
        A permutation of the rows, shape (n,). Of its first m rows, about m times its share have a
        label: each label's samples are spread evenly, from a start of its own.

    Examples
    --------
    >>> labels = np.array([0] * 60 + [1] * 30)
    >>> order = stratified_order(labels, np.random.default_rng(0))
    >>> np.bincount(labels[order[:9]])
    array([6, 3])
    """
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        steps = rng.permutation(len(members)) + rng.random()
        place[members] = steps / len(members)
    return np.argsort(place, kind="stable")
