"""What scores say of two contenders, and the ranks and warnings that follow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from unbraid.core.scoring import ScoreFunction
from unbraid.evaluation.contenders import Pair
from unbraid.evaluation.spread import Spread

ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one score says of two representations.

    Parameters
    ----------
    score
        The name of the score.
    first, second
        The names of the two; the first is the better one, or the one given first.
    difference
        How much better the first is in the score's own direction, >= 0.
    low, high
        The 95% interval of the difference.
    p_value
        Of no difference, two-sided, corrected by Holm for all verdicts of this score.
    decided
        Whether the corrected p-value is below 0.05.

    Examples
    --------
    >>> print(Verdict(score="mig", first="A", second="B", difference=0.07, low=0.02, high=0.11,
    ...               p_value=0.003, decided=True).sentence)
    A > B on mig by 0.070 [0.020, 0.110], Holm p = 0.003
    """

    score: str
    first: str
    second: str
    difference: float
    low: float
    high: float
    p_value: float
    decided: bool

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        interval = f"{self.difference:.3f} [{self.low:.3f}, {self.high:.3f}]"
        chance = f"Holm p = {self.p_value:.3f}" if self.p_value >= 0.001 else "Holm p < 0.001"
        if self.decided:
            return f"{self.first} > {self.second} on {self.score} by {interval}, {chance}"
        both = f"{self.first} and {self.second}"
        return f"{both} are undecided on {self.score}: {interval}, {chance}"


def verdicts_on(function: ScoreFunction, pairs: Sequence[Pair]) -> list[Verdict]:
    """Judge pairs by one score.

    Parameters
    ----------
    function
        The score function.
    pairs
        All whose p-values are corrected together.

    Returns
    -------
    list of Verdict
        One per pair whose difference is known, and how uncertain it is.
    """
    sign = 1.0 if function.better == "higher" else -1.0
    found = []
    for pair in pairs:
        difference, spread = sign * pair.difference(function.name), pair.spread(function.name)
        if spread is None or np.isnan(difference):
            continue
        names = (pair.first, pair.second) if difference >= 0 else (pair.second, pair.first)
        found.append((*names, abs(difference), spread))
    chances = _holm([_p_value(difference, spread) for *_, difference, spread in found])
    return [
        Verdict(
            score=function.name,
            first=first,
            second=second,
            difference=difference,
            low=difference - spread.half_width,
            high=difference + spread.half_width,
            p_value=p_value,
            decided=p_value < ALPHA,
        )
        for (first, second, difference, spread), p_value in zip(found, chances, strict=True)
    ]


def _p_value(difference: float, spread: Spread) -> float:
    if spread.sd == 0:
        return 1.0 if difference == 0 else 0.0
    return float(2 * stats.t.sf(difference / spread.sd, spread.dof))


def _holm(p_values: Sequence[float]) -> list[float]:
    order = np.argsort(p_values)
    corrected = np.empty(len(p_values))
    largest = 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = largest
    return [float(each) for each in corrected]


def ranks_by(verdicts: Sequence[Verdict], names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return the best and the worst rank of each that verdicts leave open.

    Parameters
    ----------
    verdicts
        Of one score.
    names
        Those to be ranked.

    Returns
    -------
    dict
        Two ranks by name, from 1.
    """
    decided = [each for each in verdicts if each.decided and {each.first, each.second} <= {*names}]
    found = {}
    for name in names:
        better = sum(each.second == name for each in decided)
        worse = sum(each.first == name for each in decided)
        found[name] = (1 + better, len(names) - worse)
    return found


def unbeaten(verdicts: Sequence[Verdict], names: Sequence[str]) -> tuple[str, ...]:
    """Return warnings of controls that are not beaten.

    Parameters
    ----------
    verdicts
        Of all scores; without one there is nothing to warn of.
    names
        The contenders, who should beat all others.

    Returns
    -------
    tuple of str
        One per contender and control, with the scores.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for each in verdicts:
        beaten = each.decided and each.first in names
        contender, control = each.first, each.second
        if contender not in names:
            contender, control = control, contender
        if control not in names and not beaten:
            found.setdefault((contender, control), []).append(each.score)
    return tuple(
        f"{contender} does not beat {control} on {', '.join(scores)}"
        for (contender, control), scores in found.items()
    )
