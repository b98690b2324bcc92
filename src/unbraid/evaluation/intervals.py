"""How far a score would move if the samples were drawn again.

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

Codes that know nothing have a spread that is known better: that of random pairings. DCI, whose
trees are dear, is measured on quarters of the rows instead, where there are 4,000 or more: one fit
in all, not three. Where a pool of samples is at hand, fresh sets of samples are scored instead,
but for DCI.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.rng import integer_seed, stream
from unbraid.core.scoring import ScoreFunction
from unbraid.core.values import Representation, Score
from unbraid.evaluation.calibration import Scale
from unbraid.evaluation.measure import held_out, values
from unbraid.evaluation.pairings import is_boosted
from unbraid.evaluation.parts import deleted, pieces
from unbraid.evaluation.spread import Spread

# Half of the last digit that a score is shown with.
LEAST = 5e-5

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
LEARNING = Plan(deletions=8)
BOOSTING = Plan(deletions=4)
TREES = Plan(deletions=4, parts=4)
DRAWING = Plan(halves=4, repeats=6)

# With fewer halvings their variances are too uncertain to correct the jackknife's with.
_ENOUGH_HALVES = 8


def spreads(
    functions: Sequence[ScoreFunction],
    representation: Representation,
    *,
    seed: int = 0,
    progress: Listener = silent,
) -> dict[str, Spread]:
    """Measure how uncertain scores are at this number of samples.

    Parameters
    ----------
    functions
        The score functions.
    representation
        Codes and factors.
    seed
        Fixes which rows are left out.
    progress
        Is told how far it has come.

    Returns
    -------
    dict
        The `Spread` by score name, without those scores that have no value on fewer rows.

    References
    ----------
    Efron and Stein (1981), The jackknife estimate of variance, doi:10.1214/aos/1176345462,
    section 2. Politis, Romano and Wolf (1999), Subsampling, chapter 2.
    """
    parted = held_out(representation, seed)
    kinds = [(plan, [f for f in functions if plan_of(f) == plan]) for plan in _PLANS]
    found: dict[str, Spread] = {}
    for done, (plan, members) in enumerate(kinds):
        if not members:
            continue
        progress(Progress(task="measuring intervals", done=done, total=len(kinds)))
        # Scores without held-out rows see all rows, as their values do.
        rows = representation if plan == COUNTING else parted
        rng = stream(seed, "interval", done)
        fresh = _fresh(rows, rng) if plan in (COUNTING, LEARNING) else []
        if fresh:
            measured = _of_fresh(members, rows, fresh, seed)
        elif plan == DRAWING:
            measured = _of_drawing(members, rows, plan, rng)
        elif len(rows.codes) >= plan.parts * _PART > 0:
            measured = _of_parts(members, rows, plan, rng)
        else:
            measured = _of_deletions(members, rows, plan, rng)
        for function, spread in zip(members, measured, strict=True):
            if spread is not None:
                found[function.name] = spread
    progress(Progress(task="measuring intervals", done=len(kinds), total=len(kinds)))
    return found


_PLANS = (COUNTING, DRAWING, LEARNING, BOOSTING, TREES)


def plan_of(function: ScoreFunction) -> Plan:
    """Return how a score's interval is measured.

    Parameters
    ----------
    function
        The score function.

    Returns
    -------
    Plan
        `DRAWING` for scores that draw samples themselves, `TREES` for those of one fit of boosted
        trees to all rows, `BOOSTING` for others of such trees, `LEARNING` for others that learn,
        `COUNTING` for the rest.
    """
    if "sample_codes" in function.needs:
        return DRAWING
    if is_boosted(function):
        return TREES
    if function.name.startswith(("probe_gbt", "efficiency_gbt")):
        return BOOSTING
    return LEARNING if "codes_test" in function.needs else COUNTING


def with_interval(
    score: Score,
    spread: Spread | None,
    scale: Scale | None = None,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Score:
    """Return a score with its 95% interval.

    Parameters
    ----------
    score
        The score.
    spread
        How uncertain it is; None where that is not known.
    scale
        Its floor and ceiling, where they are known: a value that chance gives to codes that know
        nothing is as uncertain as random pairings are.
    bounds
        The least and the greatest value that there can be; 0 and 1 for a fraction and an
        accuracy.

    Returns
    -------
    Score
        With ``low`` and ``high``, and the parts ``sd`` and ``evaluation_sd``, shape (1,).
    """
    if score.value is None:
        return score
    if scale is not None and scale.is_chance(score.value):
        spread = Spread(sd=scale.spread, dof=scale.dof)
    if spread is None:
        return score
    if score.unit in ("fraction", "accuracy"):
        bounds = (0.0, 1.0)
    low, high = spread.interval(score.value, top=bounds[1] if bounds[0] == 0 else None)
    # None is narrower than the digits that are shown.
    low, high = min(low, score.value - LEAST), max(high, score.value + LEAST)
    low, high = max(low, bounds[0]), min(high, bounds[1])
    parts = {"sd": np.array([spread.sd]), "evaluation_sd": np.array([spread.evaluation_sd])}
    return replace(score, low=low, high=high, parts={**score.parts, **parts})


def _of_fresh(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    fresh: Sequence[Representation],
    seed: int,
) -> list[Spread | None]:
    found = np.array([values(functions, one, seed) for one in fresh])
    spread = [_spread(variance, len(fresh) - 1) for variance in found.var(axis=0, ddof=1)]
    return _with_trials(functions, rows, spread, found)


def _of_deletions(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    plan: Plan,
    rng: np.random.Generator,
) -> list[Spread | None]:
    seed = integer_seed(rng)
    left = np.array([values(functions, one, seed) for one in deleted(rows, plan.deletions, rng)])
    jackknife = (plan.deletions - 1) * left.var(axis=0)
    halves = _halves(functions, rows, plan.halves, rng)
    dof = plan.deletions - 1
    if plan.halves < _ENOUGH_HALVES:
        return _with_trials(functions, rows, [_spread(each, dof) for each in jackknife], left)
    between = halves.var(axis=1, ddof=1).mean(axis=0)
    means = halves.mean(axis=1).var(axis=0, ddof=1)
    pairs = np.divide(4 * means, between, out=np.zeros_like(means), where=between > 0)
    corrected = np.clip(jackknife * np.clip(1 - pairs / 2, 0.5, 1.0), between / 3, between)
    return [_spread(variance, plan.halves) for variance in corrected]


# Rows of a part from which trees can learn. Spread falls more slowly than with the root of the
# rows: on simulated data at 4,000 and 10,000 rows that of quarters, halved, is short by this.
_PART = 1000
_SLOWER = 1.3


def _of_parts(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    plan: Plan,
    rng: np.random.Generator,
) -> list[Spread | None]:
    """Take the variance of disjoint parts: one fit in all, where leaving out takes several."""
    seed = integer_seed(rng)
    apart = np.array([values(functions, one, seed) for one in pieces(rows, plan.parts, rng)])
    variance = _SLOWER**2 * apart.var(axis=0, ddof=1) / plan.parts
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
    between = _halves(functions, rows, plan.halves, rng).var(axis=1, ddof=1).mean(axis=0)
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

# A share of pairs that are ranked rightly has the spread of about so many answers per row: in
# simulations 1.2 where few are wrong, and 4 where many are.
_RANKED = {"explicitness": 4}


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


def _halves(
    functions: Sequence[ScoreFunction],
    rows: Representation,
    times: int,
    rng: np.random.Generator,
) -> np.ndarray:
    seed = integer_seed(rng)
    found = [
        [values(functions, half, seed) for half in deleted(rows, 2, rng)] for _ in range(times)
    ]
    return np.array(found).reshape(times, 2, len(functions))


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
