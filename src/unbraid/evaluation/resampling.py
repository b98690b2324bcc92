"""What scores say where rows are left out, halved, cut into parts or drawn afresh.

The number that an interval is to cover is the expected score at this number of samples, so the
score's own spread at this n is needed and no correction of its bias. Drawing rows with replacement
does not give it: a row that occurs twice looks like information. Instead rows are left out.
`unbraid.evaluation.variance` makes spreads of what is measured here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from unbraid.core.rng import integer_seed
from unbraid.core.scoring import ScoreFunction, Variation
from unbraid.core.values import Representation
from unbraid.evaluation.measure import values
from unbraid.evaluation.parts import deleted, pieces

# Fresh sets of samples that are scored where a pool holds so many.
N_FRESH = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How often rows are left out, by what a score costs.

    Parameters
    ----------
    deletions
        How many groups of rows are left out in turn.
    parts
        How many parts rows are cut into, each measured by itself, where there are rows enough;
        groups are left out where there are not.
    halves
        How often rows are halved.
    repeats
        How often a score that draws samples is repeated on the same rows.
    learns
        From how many rows a score learns at most; 0 for all that there are.

    Examples
    --------
    >>> cheap = Plan(deletions=50, halves=20)
    >>> cheap.repeats
    0
    """

    deletions: int = 0
    parts: int = 0
    halves: int = 0
    repeats: int = 0
    learns: int = 0

    def share(self, n: int) -> float:
        """Return what part of the rows that a score learns from it has in a half of them.

        Parameters
        ----------
        n
            How many rows there are.

        Returns
        -------
        float
            From 1/2 to 1, where half of the rows are as many as it takes.
        """
        most = self.learns or n
        return min(most, n / 2) / min(most, n)

    @property
    def kind(self) -> "Plan":
        """The plan that it is, from however many rows a score learns."""
        return replace(self, learns=0)


COUNTING = Plan(deletions=50, halves=20)
LEARNING = Plan(halves=5)
JUMPING = Plan(deletions=8, halves=5)
TREES = Plan(halves=5, parts=4)
DRAWING = Plan(halves=4, repeats=6)
REACHING = Plan(halves=10)

# In the order in which they are measured, by how a score varies.
PLANS: Mapping[Variation, Plan] = {
    "counting": COUNTING,
    "drawing": DRAWING,
    "learning": LEARNING,
    "jumping": JUMPING,
    "trees": TREES,
    "reaching": REACHING,
}

# From fewer rows, or half as many held out, nothing can be left out.
_ROWS = 8

# Rows of a part from which trees can learn.
_PART = 1000

# The plans of scores that are cheap enough to be measured on fresh samples.
_FRESHLY = (COUNTING, LEARNING, JUMPING, REACHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampled:
    """What scores say of other rows than all: each table has one column per score.

    Parameters
    ----------
    fresh
        Of fresh sets of as many samples, shape (times, scores).
    parts
        Of disjoint parts of the rows, shape (parts, scores).
    again
        Of the same rows, by scores that draw samples, shape (times, scores).
    left
        Without each group of rows, shape (groups, scores).
    halves
        Of both halves of the rows, shape (times, 2, scores).
    share
        What part of the rows that a score learns from it has in a half of them.
    answers
        How many answers are judged for each score that is an accuracy, 0 for others, shape
        (scores,); None if all are others.

    Examples
    --------
    >>> one, other = (Resampled(left=np.full((3, 1), value)) for value in (0.5, 0.2))
    >>> (one - other).mean
    array([0.3])
    """

    fresh: np.ndarray | None = None
    parts: np.ndarray | None = None
    again: np.ndarray | None = None
    left: np.ndarray | None = None
    halves: np.ndarray | None = None
    share: float = 0.5
    answers: np.ndarray | None = None

    def __sub__(self, other: "Resampled") -> "Resampled":
        """Return by how much scores differ on the same rows; that is no share of answers."""
        pairs = {
            each.name: (getattr(self, each.name), getattr(other, each.name))
            for each in fields(self)
            if each.name not in ("share", "answers")
        }
        tables = {
            name: None if a is None or b is None else a - b for name, (a, b) in pairs.items()
        }
        return Resampled(**tables, share=self.share)

    @property
    def mean(self) -> np.ndarray:
        """What each score says on average, of rows as near to all as were measured."""
        for table in (self.again, self.fresh, self.parts, self.left, self.halves):
            if table is not None:
                return np.asarray(table.reshape(-1, table.shape[-1]).mean(axis=0))
        raise ValueError("nothing was measured")


def resampled(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    plan: Plan,
    rng: np.random.Generator,
    seed: int,
) -> Resampled:
    """Measure scores of one plan on other rows than all.

    Parameters
    ----------
    functions
        The score functions.
    rows
        Codes and factors.
    plan
        How often rows are left out.
    rng
        Draws which; the same stream draws the same of as many rows.
    seed
        What the scores' own randomness is fixed by where fresh samples are scored.

    Returns
    -------
    Resampled
        The scores; nan for one that has no value, and for all where rows are too few.
    """
    if _too_few(rows):
        none = np.full((2, 2, len(functions)), np.nan)
        return Resampled(again=none[0], left=none[0], halves=none)

    def scored(some: Sequence[Representation], seed: int) -> np.ndarray:
        return np.array([values(functions, one, seed) for one in some])

    fresh = _fresh(rows, rng) if plan.kind in _FRESHLY else []
    if fresh:
        return Resampled(fresh=scored(fresh, seed))
    if len(rows.codes) >= plan.parts * _PART > 0:
        # One fit in all, where leaving out takes several.
        draw = integer_seed(rng)
        return Resampled(parts=scored(pieces(rows, plan.parts, rng), draw))
    found = {}
    if plan.repeats:
        again = [values(functions, rows, integer_seed(rng)) for _ in range(plan.repeats)]
        found["again"] = np.array(again)
    if plan.deletions:
        draw = integer_seed(rng)
        found["left"] = scored(deleted(rows, plan.deletions, rng), draw)
    if plan.halves:
        draw = integer_seed(rng)
        halves = [scored(deleted(rows, 2, rng), draw) for _ in range(plan.halves)]
        found["halves"] = np.array(halves)
    return Resampled(**found, share=plan.share(len(rows.codes)))


def _too_few(rows: Representation) -> bool:
    tables = (rows.codes, rows.codes_test)
    least = (_ROWS, _ROWS // 2)  # a third is held out, where none is given
    return any(t is not None and len(t) < few for t, few in zip(tables, least, strict=True))


def _fresh(rows: Representation, rng: np.random.Generator) -> list[Representation]:
    """Draw sets of samples of the same size from the pool, without overlap; none if too small."""
    if rows.pool_codes is None or rows.pool_factors is None:
        return []
    n, m = len(rows.codes), 0 if rows.codes_test is None else len(rows.codes_test)
    if len(rows.pool_codes) < N_FRESH * (n + m):
        return []
    order = rng.permutation(len(rows.pool_codes))[: N_FRESH * (n + m)].reshape(N_FRESH, n + m)
    return [
        replace(
            rows,
            codes=rows.pool_codes[chosen[:n]],
            factors=rows.pool_factors[chosen[:n]],
            codes_test=rows.pool_codes[chosen[n:]] if m else None,
            factors_test=rows.pool_factors[chosen[n:]] if m else None,
        )
        for chosen in order
    ]
