"""How far scores move where rows are left out, halved, cut into parts or drawn afresh.

The number that an interval is to cover is the expected score at this number of samples, so the
score's own spread at this n is needed and no correction of its bias. Drawing rows with replacement
does not give it: a row that occurs twice looks like information. Instead rows are left out:

- each of G groups of rows in turn, which gives the jackknife variance J. It counts the part of
  the spread that is linear in the rows once, but the part that comes from pairs of rows twice, as
  the bias of mutual information does (Efron and Stein 1981);
- each half of the rows. The variance between two halves, V, is that of a score of n/2 rows; that
  of the mean of the two halves between ways of halving, S, comes from pairs alone. So 4 S / V is
  the share of J that is due to pairs, and half of that is counted twice.

The spread at n is then J (1 - 2 S / V), at least J / 2 and at most V, since scores do not become
less certain with more rows; and at least V / 3, between the V / 2 of a spread that is linear in
the rows and the V / 4 of one that comes from pairs: where rows happen to lie so that leaving out
a few moves nothing, as in the gap between two codes of which one is lucky, J is too small.

Scores that learn jump a little whenever rows are left out, and the jackknife takes that for G - 1
times what it is. They take V / 2 alone, from five ways of halving; SAP and SNC, whose classifiers
may jump far, the larger of V / 2 and J / 2; the probes, which learn from so many rows whatever n
is, J. DCI, whose trees are dear, is measured on quarters of the rows, where there are 4,000 or
more: one fit in all, not five.

Codes that know nothing have a spread that is known better: that of random pairings. Where a pool
of samples is at hand, fresh sets of samples are scored instead, but for DCI.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from unbraid.core.rng import integer_seed
from unbraid.core.scoring import ScoreFunction
from unbraid.core.values import Representation
from unbraid.evaluation.measure import values
from unbraid.evaluation.parts import deleted, pieces
from unbraid.evaluation.spread import Spread

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


COUNTING = Plan(deletions=50, halves=20)
LEARNING = Plan(halves=5)
JUMPING = Plan(deletions=8, halves=5)
TREES = Plan(halves=5, parts=4)
PROBING = Plan(deletions=8)
BOOSTING = Plan(deletions=4)
DRAWING = Plan(halves=4, repeats=6)


def resampled(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    plan: Plan,
    rng: np.random.Generator,
    seed: int,
) -> list[Spread | None]:
    """Measure how far scores of one plan move.

    Parameters
    ----------
    functions
        The score functions.
    rows
        Codes and factors.
    plan
        How often rows are left out.
    rng
        Draws which.
    seed
        What the scores' own randomness is fixed by where fresh samples are scored.

    Returns
    -------
    list of Spread or None
        One per function; None for one that has no value on fewer rows.
    """
    fresh = _fresh(rows, rng) if plan in _FRESHLY else []
    if fresh:
        return _of_fresh(functions, rows, fresh, seed)
    if len(rows.codes) >= plan.parts * _PART > 0:
        return _of_parts(functions, rows, plan, rng)
    return _WAYS[plan](functions, rows, plan, rng)


def _of_fresh(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    fresh: Sequence[Representation],
    seed: int,
) -> list[Spread | None]:
    found = np.array([values(functions, one, seed) for one in fresh])
    spread = [_spread(variance, len(fresh) - 1) for variance in found.var(axis=0, ddof=1)]
    return _with_trials(functions, rows, spread, found)


def _of_counting(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    plan: Plan,
    rng: np.random.Generator,
) -> list[Spread | None]:
    jackknife, _ = _jackknife(functions, rows, plan, rng)
    halves = _halves(functions, rows, plan, rng)
    between = halves.var(axis=1, ddof=1).mean(axis=0)
    means = halves.mean(axis=1).var(axis=0, ddof=1)
    pairs = np.divide(4 * means, between, out=np.zeros_like(means), where=between > 0)
    corrected = np.clip(jackknife * np.clip(1 - pairs / 2, 0.5, 1.0), between / 3, between)
    return [_spread(variance, plan.halves) for variance in corrected]


def _of_probing(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    plan: Plan,
    rng: np.random.Generator,
) -> list[Spread | None]:
    jackknife, left = _jackknife(functions, rows, plan, rng)
    spread = [_spread(variance, plan.deletions - 1) for variance in jackknife]
    return _with_trials(functions, rows, spread, left)


def _of_jumping(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    plan: Plan,
    rng: np.random.Generator,
) -> list[Spread | None]:
    jackknife, left = _jackknife(functions, rows, plan, rng)
    between = _halves(functions, rows, plan, rng).var(axis=1, ddof=1).mean(axis=0)
    larger = np.maximum(jackknife, between) / 2
    dof = plan.deletions - 1 + plan.halves
    spread = [_spread(variance, dof) for variance in larger]
    return _with_trials(functions, rows, spread, left)


# Rows of a part from which trees can learn.
_PART = 1000

# Spread falls more slowly than with the root of the rows: on simulated data that of quarters,
# halved, is short by the one, and that of halves by the other.
_OF_QUARTERS, _OF_HALVES = 1.3, 1.1


def _of_halves(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    plan: Plan,
    rng: np.random.Generator,
) -> list[Spread | None]:
    halves = _halves(functions, rows, plan, rng)
    variance = _OF_HALVES**2 * halves.var(axis=1, ddof=1).mean(axis=0) / 2
    spread = [_spread(each, plan.halves) for each in variance]
    return _with_trials(functions, rows, spread, halves.reshape(-1, len(functions)))


def _of_parts(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    plan: Plan,
    rng: np.random.Generator,
) -> list[Spread | None]:
    """Take the variance of disjoint parts: one fit in all, where leaving out takes several."""
    seed = integer_seed(rng)
    apart = np.array([values(functions, one, seed) for one in pieces(rows, plan.parts, rng)])
    variance = _OF_QUARTERS**2 * apart.var(axis=0, ddof=1) / plan.parts
    spread = [_spread(each, plan.parts - 1) for each in variance]
    return _with_trials(functions, rows, spread, apart)


def _of_drawing(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    plan: Plan,
    rng: np.random.Generator,
) -> list[Spread | None]:
    """Take the variance of the draws in full, and half of what halves of the rows add to it."""
    again = np.array([values(functions, rows, integer_seed(rng)) for _ in range(plan.repeats)])
    evaluation = again.var(axis=0, ddof=1)
    between = _halves(functions, rows, plan, rng).var(axis=1, ddof=1).mean(axis=0)
    found = []
    for drawn, halved in zip(evaluation, between, strict=True):
        data = max(0.0, halved - drawn) / 2
        one = _spread(drawn + data, _welch((drawn, plan.repeats - 1), (data, plan.halves)))
        found.append(None if one is None else replace(one, evaluation_sd=float(np.sqrt(drawn))))
    return _with_trials(functions, rows, found, again)


# A score that draws samples judges so many averages or votes of them.
_DRAWS = 5_000

# The difference of two accuracies is no share of right answers.
_GAPS = ("sap",)

# A share of pairs that are ranked rightly has at least the spread of so many answers per row: in
# simulations of 1.2 where few are wrong, and of 4 where many are.
_RANKED = {"explicitness": 6}


def _with_trials(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    spread: list[Spread | None],
    found: np.ndarray,
) -> list[Spread | None]:
    """Say of accuracies how many answers have their spread; `found` has a row per measurement."""
    judged = rows.factors if rows.factors_test is None else rows.factors_test
    answers = 0 if judged is None else judged.size
    shares = dict(zip(functions, found.mean(axis=0), strict=True))

    def counted(function: ScoreFunction, one: Spread | None) -> Spread | None:
        per_row = _RANKED.get(function.name, int(function.unit == "accuracy"))
        if one is None or not answers or not per_row or function.name in _GAPS:
            return one
        most = _DRAWS if "sample_codes" in function.needs else per_row * answers
        return one.of_answers(float(shares[function]), most)

    return [counted(*each) for each in zip(functions, spread, strict=True)]


def _welch(*variances: tuple[float, int]) -> float:
    total = sum(variance for variance, _ in variances)
    terms = sum(variance**2 / dof for variance, dof in variances)
    return total**2 / terms if terms > 0 else variances[0][1]


def _spread(variance: float, dof: float) -> Spread | None:
    return None if np.isnan(variance) else Spread(sd=float(np.sqrt(variance)), dof=float(dof))


def _jackknife(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    plan: Plan,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the jackknife's variance of each score, and what all said without each group."""
    seed = integer_seed(rng)
    left = np.array([values(functions, one, seed) for one in deleted(rows, plan.deletions, rng)])
    return (plan.deletions - 1) * left.var(axis=0), left


def _halves(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    plan: Plan,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return what each score says of both halves of the rows, shape (times, 2, functions)."""
    seed = integer_seed(rng)
    return np.array(
        [
            [values(functions, half, seed) for half in deleted(rows, 2, rng)]
            for _ in range(plan.halves)
        ]
    )


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


_WAYS = {
    COUNTING: _of_counting,
    DRAWING: _of_drawing,
    LEARNING: _of_halves,
    JUMPING: _of_jumping,
    TREES: _of_halves,
    PROBING: _of_probing,
    BOOSTING: _of_probing,
}

# The plans in the order in which they are measured, and those of scores that are cheap enough to
# be measured on fresh samples.
PLANS = tuple(_WAYS)
_FRESHLY = (COUNTING, LEARNING, JUMPING, PROBING)
