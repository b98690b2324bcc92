"""How far a score would move if the samples were drawn again: its interval."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.rng import stream
from unbraid.core.scoring import ScoreFunction
from unbraid.core.values import Representation, Score
from unbraid.evaluation.calibration import Scale
from unbraid.evaluation.measure import held_out
from unbraid.evaluation.resampling import (
    COUNTING,
    PLANS,
    REACHING,
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
        judged = _n_answers(rows) * np.array([function.answers == 1 for function in members])
        found[plan] = Elsewhere(members, rows, replace(measured, answers=judged))
    progress(Progress(task="measuring intervals", done=len(plans), total=len(plans)))
    return found


def _place(plan: Plan) -> tuple[int, ...]:
    return (list(PLANS.values()).index(plan.kind), *([plan.learns] if plan.learns else []))


# A score that draws samples judges so many averages or votes of them.
_DRAWS = 5_000


def _n_answers(rows: Representation) -> int:
    """Return how many answers there are to judge."""
    judged = rows.factors if rows.factors_test is None else rows.factors_test
    return 0 if judged is None else judged.size


def _with_trials(function: ScoreFunction, spread: Spread, mean: float, answers: int) -> Spread:
    """Say of a share of right answers how many would have its spread."""
    most = _DRAWS if function.varies == "drawing" else function.answers * answers
    return spread.of_answers(mean, most) if function.answers and answers else spread


def plan_of(function: ScoreFunction) -> Plan:
    """Return how a score's interval is measured.

    Parameters
    ----------
    function
        The score function.

    Returns
    -------
    Plan
        That of how the score varies; it also says from how many rows a probe learns, or an
        efficiency at least.
    """
    return replace(PLANS[function.varies], learns=function.most_learned)


def with_interval(
    score: Score, spread: Spread | None, function: ScoreFunction, scale: Scale | None = None
) -> Score:
    """Return a score with its 95% interval.

    Parameters
    ----------
    score
        The score.
    spread
        How uncertain it is; None where that is not known.
    function
        What measured it.
    scale
        Its floor and ceiling, where they are known: a value that chance gives to codes that know
        nothing is as uncertain as random pairings are.

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
    # Pairings leave the codes' greatest distances as they are: their spread would be a sixth of
    # the true one. And those that all say the same, as of constant codes, show none.
    told = function.varies != "reaching"
    if told and scale is not None and scale.spread > 1e-9 and scale.is_chance(score.value):
        spread = Spread(sd=scale.spread, dof=scale.dof)
    bounds = function.bounds
    low, high = spread.interval(score.value, top=bounds[1] if bounds[0] == 0 else None)
    # None is narrower than the digits that are shown.
    low, high = min(low, score.value - LEAST), max(high, score.value + LEAST)
    low, high = max(low, bounds[0]), min(high, bounds[1])
    parts = {"sd": np.array([spread.sd])}
    if spread.evaluation_sd > 0:
        parts["evaluation_sd"] = np.array([spread.evaluation_sd])
    return replace(score, low=low, high=high, parts={**score.parts, **parts})
