"""How far a score would move if the samples were drawn again: its interval."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.rng import stream
from unbraid.core.scoring import ScoreFunction
from unbraid.core.values import Representation, Score
from unbraid.evaluation.calibration import Scale
from unbraid.evaluation.measure import held_out
from unbraid.evaluation.pairings import is_boosted
from unbraid.evaluation.resampling import (
    BOOSTING,
    COUNTING,
    DRAWING,
    JUMPING,
    LEARNING,
    PLANS,
    PROBING,
    TREES,
    Plan,
    resampled,
)
from unbraid.evaluation.spread import Spread

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

    References
    ----------
    Efron and Stein (1981), The jackknife estimate of variance, doi:10.1214/aos/1176345462,
    section 2. Politis, Romano and Wolf (1999), Subsampling, chapter 2.
    """
    parted = held_out(representation, seed)
    kinds = [(plan, [f for f in functions if plan_of(f) == plan]) for plan in PLANS]
    found: dict[str, Spread] = {}
    for done, (plan, members) in enumerate(kinds):
        if not members:
            continue
        progress(Progress(task="measuring intervals", done=done, total=len(kinds)))
        # Scores without held-out rows see all rows, as their values do.
        rows = representation if plan == COUNTING else parted
        measured = resampled(members, rows, plan, stream(seed, "interval", done), seed)
        for function, spread in zip(members, measured, strict=True):
            if spread is not None:
                found[function.name] = spread
    progress(Progress(task="measuring intervals", done=len(kinds), total=len(kinds)))
    return found


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
        trees to all rows, `PROBING` for those that learn from a given number of rows, `BOOSTING`
        for such of them as boost trees, `JUMPING` for SAP and SNC, `LEARNING` for others that
        learn, `COUNTING` for the rest.
    """
    if "sample_codes" in function.needs:
        return DRAWING
    if is_boosted(function):
        return TREES
    if function.name.startswith(("probe_", "efficiency_")):
        return BOOSTING if "_gbt" in function.name else PROBING
    if function.name in {"sap", "snc"}:
        return JUMPING
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
