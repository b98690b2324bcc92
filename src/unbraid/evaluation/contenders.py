"""What scores say of contenders, and how uncertain the difference of two is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from unbraid.core.scoring import ScoreFunction
from unbraid.core.values import Representation
from unbraid.evaluation.intervals import Elsewhere, elsewhere
from unbraid.evaluation.measure import held_out, scored
from unbraid.evaluation.resampling import Plan
from unbraid.evaluation.same_rows import differing
from unbraid.evaluation.spread import Spread
from unbraid.evaluation.variance import spreads_of, sums

NO_SPREAD = "no verdict, as there is no value on fewer rows to tell how uncertain it is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """What scores say of one contender, on all rows and on others.

    Parameters
    ----------
    rows
        Its codes and factors.
    values
        The value by score; NaN where there is none.
    reasons
        Why there is none, or why it is not known how uncertain it is, by score.
    elsewhere
        What is said of other rows, by plan.
    """

    rows: Representation
    values: Mapping[str, float]
    reasons: Mapping[str, str]
    elsewhere: Mapping[Plan, Elsewhere]


def contender(functions: Sequence[ScoreFunction], rows: Representation, seed: int) -> Contender:
    """Measure a contender.

    Parameters
    ----------
    functions
        The score functions.
    rows
        Codes and factors, none of them missing.
    seed
        Fixes all randomness: the same rows are left out where there are as many.

    Returns
    -------
    Contender
        What the scores say.
    """
    found = elsewhere(functions, rows, held_out(rows, seed), seed)
    values: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for plan, (members, table, others) in found.items():
        spreads = spreads_of(others, plan)
        for score, spread in zip(scored(members, table, seed), spreads, strict=True):
            values[score.name] = float("nan") if score.value is None else score.value
            if score.value is None:
                reasons[score.name] = score.reason or score.status
            elif spread is None:
                reasons[score.name] = NO_SPREAD
    return Contender(rows=rows, values=values, reasons=reasons, elsewhere=found)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two contenders, or a contender and a control.

    Parameters
    ----------
    first, second
        Their names.
    one, other
        What scores say of them.
    """

    first: str
    second: str
    one: Contender
    other: Contender

    def difference(self, score: str) -> float:
        """Return how much more a score says of the first.

        Parameters
        ----------
        score
            The name of the score.

        Returns
        -------
        float
            NaN where either has no value.
        """
        nothing = float("nan")
        return self.one.values.get(score, nothing) - self.other.values.get(score, nothing)

    def spread(self, score: str) -> Spread | None:
        """Return how uncertain that difference is.

        Parameters
        ----------
        score
            The name of the score.

        Returns
        -------
        Spread or None
            None where either has no value on fewer rows.
        """
        return self._spreads.get(score)

    @cached_property
    def _spreads(self) -> dict[str, Spread]:
        same = not differing(self.one.rows, self.other.rows)
        found: dict[str, Spread] = {}
        for plan, (members, _, mine) in self.one.elsewhere.items():
            if plan not in self.other.elsewhere:
                continue
            theirs = self.other.elsewhere[plan].found
            if same:
                spreads = spreads_of(mine - theirs, plan)
            else:
                spreads = sums(spreads_of(mine, plan), spreads_of(theirs, plan))
            named = zip(members, spreads, strict=True)
            found |= {function.name: spread for function, spread in named if spread is not None}
        return found
