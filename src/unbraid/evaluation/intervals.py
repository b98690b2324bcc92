"""How far a score would move if the samples were drawn again: its interval."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.rng import stream
from unbraid.core.scoring import ScoreFunction
from unbraid.core.values import Representation, Score
from unbraid.evaluation.boosted import is_boosted
from unbraid.evaluation.calibration import Scale
from unbraid.evaluation.measure import held_out
from unbraid.evaluation.resampling import (
    COUNTING,
    DRAWING,
    JUMPING,
    LEARNING,
    PLANS,
    REACHING,
    TREES,
    Plan,
    Resampled,
    resampled,
)
from unbraid.evaluation.spread import Spread
from unbraid.evaluation.variance import spreads_of

# Half of the last digit that a score is shown with.
LEAST = 5e-5


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
    """
    parted = held_out(representation, seed)
    found: dict[str, Spread] = {}
    for plan, part in elsewhere(functions, representation, parted, seed, progress).items():
        most = _n_answers(part.rows)
        each = zip(part.functions, spreads_of(part.found, plan), part.found.mean, strict=True)
        for function, spread, mean in each:
            if spread is not None:
                found[function.name] = _with_trials(function, spread, float(mean), most)
    return found


class Elsewhere(NamedTuple):
    """What scores of one plan say of other rows than all.

    Parameters
    ----------
    functions
        The score functions.
    rows
        All the rows that they see.
    found
        What they say, a column for each.
    """

    functions: Sequence[ScoreFunction]
    rows: Representation
    found: Resampled


def elsewhere(
    functions: Sequence[ScoreFunction],
    whole: Representation,
    parted: Representation,
    seed: int,
    progress: Listener = silent,
) -> dict[Plan, Elsewhere]:
    """Measure scores on other rows than all, each by its plan.

    Parameters
    ----------
    functions
        The score functions.
    whole
        Codes and factors.
    parted
        The same with rows held out.
    seed
        Fixes which rows are left out: the same of as many rows.
    progress
        Is told how far it has come.

    Returns
    -------
    dict
        What was found by plan, of the plans that some of the functions have.
    """
    found = {}
    plans = sorted({plan_of(function) for function in functions}, key=_place)
    for done, plan in enumerate(plans):
        members = [function for function in functions if plan_of(function) == plan]
        progress(Progress(task="measuring intervals", done=done, total=len(plans)))
        # Scores without held-out rows see all rows, as their values do.
        rows = whole if plan in (COUNTING, REACHING) else parted
        measured = resampled(members, rows, plan, stream(seed, "interval", *_place(plan)), seed)
        judged = _n_answers(rows) * np.array([_is_accuracy(function) for function in members])
        found[plan] = Elsewhere(members, rows, replace(measured, answers=judged))
    progress(Progress(task="measuring intervals", done=len(plans), total=len(plans)))
    return found


def _place(plan: Plan) -> tuple[int, ...]:
    return (PLANS.index(plan.kind), *([plan.learns] if plan.learns else []))


# A score that draws samples judges so many averages or votes of them.
_DRAWS = 5_000

# The difference of two accuracies is no share of right answers.
_GAPS = ("sap",)

# An efficiency compares an accuracy from so many rows with one from more.
_FEWER = 100

# These divide by the codes' greatest distances. What chance gives them follows from those, which
# pairings leave as they are: their spread would be a sixth of the true one.
_OF_REACH = ("irs",)

# A share of pairs that are ranked rightly has at least the spread of so many answers per row: in
# simulations of 1.2 where few are wrong, and of 4 where many are.
_RANKED = {"explicitness": 6}


def _n_answers(rows: Representation) -> int:
    """Return how many answers there are to judge."""
    judged = rows.factors if rows.factors_test is None else rows.factors_test
    return 0 if judged is None else judged.size


def _is_accuracy(function: ScoreFunction) -> bool:
    return function.unit == "accuracy" and function.name not in _GAPS


def _with_trials(function: ScoreFunction, spread: Spread, mean: float, answers: int) -> Spread:
    """Say of an accuracy how many answers have its spread."""
    per_row = _RANKED.get(function.name, int(_is_accuracy(function)))
    if not answers or not per_row:
        return spread
    most = _DRAWS if "sample_codes" in function.needs else per_row * answers
    return spread.of_answers(mean, most)


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
        trees to all rows, `JUMPING` for SAP and SNC, `REACHING` for IRS, `LEARNING` for others
        that learn, `COUNTING` for the rest. The plan of a probe says from how many rows it learns,
        that of an efficiency from how many at least.
    """
    if "sample_codes" in function.needs:
        return DRAWING
    if is_boosted(function):
        return TREES
    if function.name.startswith(("probe_", "efficiency_")):
        return replace(LEARNING, learns=function.options.get("n", _FEWER))
    if function.name in {"sap", "snc"}:
        return JUMPING
    if function.name in _OF_REACH:
        return REACHING
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
        With ``low`` and ``high``, and the part ``sd``, shape (1,); of a score that draws samples
        ``evaluation_sd`` too.
    """
    if score.value is None:
        return score
    if spread is None:
        return score.noting("no interval: it has no value, or too few rows, on half of the rows")
    told = scale is not None and score.name not in _OF_REACH and scale.is_chance(score.value)
    # Pairings that all say the same, as of constant codes, show no spread.
    if scale is not None and told and scale.spread > 1e-9:
        spread = Spread(sd=scale.spread, dof=scale.dof)
    if score.unit in ("fraction", "accuracy"):
        bounds = (0.0, 1.0)
    low, high = spread.interval(score.value, top=bounds[1] if bounds[0] == 0 else None)
    # None is narrower than the digits that are shown.
    low, high = min(low, score.value - LEAST), max(high, score.value + LEAST)
    low, high = max(low, bounds[0]), min(high, bounds[1])
    parts = {"sd": np.array([spread.sd])}
    if spread.evaluation_sd > 0:
        parts["evaluation_sd"] = np.array([spread.evaluation_sd])
    return replace(score, low=low, high=high, parts={**score.parts, **parts})
