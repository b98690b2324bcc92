"""Which of several representations is better, score by score, and whether the data can tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from scipy import stats

from unbraid import scores as room
from unbraid.core.errors import InputError
from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.rng import stream
from unbraid.core.scoring import ScoreFunction
from unbraid.core.values import Representation
from unbraid.evaluation.intervals import Elsewhere, elsewhere
from unbraid.evaluation.measure import held_out, scored, whole_rows
from unbraid.evaluation.pairings import shuffled
from unbraid.evaluation.resampling import Plan
from unbraid.evaluation.sets import select
from unbraid.evaluation.spread import Spread
from unbraid.evaluation.variance import spreads_of, sums

ALPHA = 0.05
SHUFFLED = "shuffled"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the scores say of several representations.

    Parameters
    ----------
    values
        The value by score and by name; None where a score has none.
    verdicts
        One per score and pair of contenders that both have a value.
    ranks
        By score and contender, the best and the worst rank that the verdicts leave open, from 1.
    warnings
        Contenders that do not beat a control, with the scores on which they do not.
    reasons
        Why a score has no value, by score and name.

    Examples
    --------
    >>> Comparison(values={"mig": {"A": 0.5}}).verdicts
    ()
    """

    values: Mapping[str, Mapping[str, float | None]]
    verdicts: tuple[Verdict, ...] = ()
    ranks: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def summary(self) -> dict[str, object]:
        """Return all of it, ready to be written as JSON.

        Returns
        -------
        dict
            ``values``, ``verdicts``, ``ranks``, ``warnings`` and ``reasons``.
        """
        verdicts = [
            {name: getattr(each, name) for name in Verdict.__slots__} | {"says": each.sentence}
            for each in self.verdicts
        ]
        ranks = {
            score: {k: list(v) for k, v in each.items()} for score, each in self.ranks.items()
        }
        return {
            "values": {score: dict(each) for score, each in self.values.items()},
            "verdicts": verdicts,
            "ranks": ranks,
            "warnings": list(self.warnings),
            "reasons": {score: dict(each) for score, each in self.reasons.items()},
        }


def compare(
    representations: Mapping[str, Representation],
    scores: str | Sequence[str] = "study",
    *,
    controls: Sequence[str] = (),
    seed: int = 0,
    progress: Listener = silent,
) -> Comparison:
    """Compare representations score by score, on the same rows.

    Where all have the same factors in the same order, the same rows are left out for all, so that
    what they share cancels in the difference; otherwise they are taken for independent.

    Parameters
    ----------
    representations
        The representations by name, two or more.
    scores
        Names of scores and of sets of scores, as `evaluate` takes them.
    controls
        The names of those that the others should beat, such as one made by PCA
        (`unbraid.evaluation.controls` makes some of the raw input). The first contender's codes,
        paired with the factors at random, are always one of them.
    seed
        Fixes all randomness.
    progress
        Is told how far it has come.

    Returns
    -------
    Comparison
        The values, the verdicts, the ranks and the warnings.

    Raises
    ------
    InputError
        If there are fewer than two representations, one has no factors or others than the first,
        a name is taken or a control is unknown.

    Notes
    -----
    How uncertain a difference is, is found as for one score (`unbraid.evaluation.variance`), from
    the differences where the same rows are left out for both.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6. Mogstad, Romano, Shaikh and Wilhelm (2024), Inference for ranks,
    doi:10.1093/restud/rdad006: ranks from pairwise verdicts.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> factors = rng.integers(4, size=(600, 2))
    >>> clean = Representation(codes=factors * 1.0, factors=factors)
    >>> mixed = Representation(codes=factors @ [[1.0, 1.0], [1.0, -1.0]], factors=factors)
    >>> verdict = compare({"mixed": mixed, "clean": clean}, "mig").verdicts[0]
    >>> verdict.first, verdict.decided
    ('clean', True)
    """
    _check(representations, controls)
    functions = [room.load(name) for name in select(scores)]
    representations = {name: whole_rows(each) for name, each in representations.items()}
    rows = {name: held_out(each, seed) for name, each in representations.items()}
    rows[SHUFFLED] = shuffled(next(iter(rows.values())), stream(seed, "control"))
    measured = {}
    for done, (name, each) in enumerate(rows.items()):
        progress(Progress(task=f"comparing {name}", done=done, total=len(rows)))
        # The same stream for all: the same rows are left out where there are as many.
        measured[name] = _measured(functions, representations.get(name, each), each, seed)
    progress(Progress(task="comparing", done=len(rows), total=len(rows)))
    return _judge(functions, measured, (*controls, SHUFFLED), paired=_are_paired(rows))


def _check(representations: Mapping[str, Representation], controls: Sequence[str]) -> None:
    if len(representations) < 2:
        raise InputError("too few representations to compare", got=len(representations))
    if SHUFFLED in representations:
        raise InputError(f"the name {SHUFFLED!r} is taken by a control", hint="another name")
    first = next(iter(representations))
    for name, each in representations.items():
        if each.factors is None:
            raise InputError(f"{name} has no factors to score against")
        ours, theirs = _factors(representations[first]), _factors(each)
        if len(ours) != len(theirs) or (ours != theirs and each.factor_names):
            raise InputError(
                f"{name} and {first} are not about the same factors",
                got=f"{', '.join(theirs)} and {', '.join(ours)}",
                hint="--factors NAME,NAME, those that all have",
            )
    for name in controls:
        if name not in representations:
            raise InputError("unknown control", got=name, allowed=", ".join(representations))
    if set(controls) == set(representations):
        raise InputError("all are controls", hint="naming one contender or more")


def _factors(rows: Representation) -> list[str]:
    assert rows.factors is not None
    return sorted(rows.factor_names) or [str(k) for k in range(rows.factors.shape[1])]


def _are_paired(rows: Mapping[str, Representation]) -> bool:
    first, *others = rows.values()
    return all(
        np.array_equal(_or_none(first, key), _or_none(other, key))
        for other in others
        for key in ("factors", "factors_test", "pool_factors")
    )


def _or_none(rows: Representation, key: str) -> np.ndarray:
    found = getattr(rows, key)
    return np.zeros(0) if found is None else np.asarray(found)


@dataclass(frozen=True, slots=True)
class _Measured:
    """What the scores say of one contender, on all rows and on others."""

    values: Mapping[str, float]
    reasons: Mapping[str, str]
    elsewhere: Mapping[Plan, Elsewhere]


def _measured(
    functions: Sequence[ScoreFunction], whole: Representation, rows: Representation, seed: int
) -> _Measured:
    parts = elsewhere(functions, whole, rows, seed)
    found: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for members, table, _ in parts.values():
        for score in scored(members, table, seed):
            found[score.name] = float("nan") if score.value is None else score.value
            if score.value is None:
                reasons[score.name] = score.reason or score.status
    return _Measured(found, reasons, parts)


def _spreads(first: _Measured, second: _Measured, *, paired: bool) -> dict[str, Spread]:
    """Return how uncertain the difference of two contenders is, by score."""
    found: dict[str, Spread] = {}
    for plan, (members, _, mine) in first.elsewhere.items():
        other = second.elsewhere[plan].found
        if paired:
            spreads = spreads_of(mine - other, plan)
        else:
            spreads = sums(spreads_of(mine, plan), spreads_of(other, plan))
        named = zip(members, spreads, strict=True)
        found |= {function.name: spread for function, spread in named if spread is not None}
    return found


def _judge(
    functions: Sequence[ScoreFunction],
    measured: Mapping[str, _Measured],
    controls: Sequence[str],
    *,
    paired: bool,
) -> Comparison:
    contenders = [name for name in measured if name not in controls]
    pairs = [*combinations(contenders, 2), *((a, b) for a in contenders for b in controls)]
    spreads = {(a, b): _spreads(measured[a], measured[b], paired=paired) for a, b in pairs}
    table = {
        function.name: {name: each.values[function.name] for name, each in measured.items()}
        for function in functions
    }
    reasons = {
        score: {
            name: each.reasons[score] for name, each in measured.items() if score in each.reasons
        }
        for score in table
    }
    verdicts: list[Verdict] = []
    ranks = {}
    unbeaten: dict[tuple[str, str], list[str]] = {}
    for function in functions:
        values = table[function.name]
        about = {pair: each.get(function.name) for pair, each in spreads.items()}
        found = _verdicts(function, values, about)
        verdicts += found
        there = [name for name in contenders if not np.isnan(values[name])]
        ranks[function.name] = _ranks(there, found)
        for contender, control in ((a, b) for a in contenders for b in controls):
            # Shuffled codes are the same codes to a score that pairs them with nothing.
            fair = function.paired or control != SHUFFLED
            if fair and not _beats(contender, control, found):
                unbeaten.setdefault((contender, control), []).append(function.name)
    return Comparison(
        values={
            score: {name: _value(value) for name, value in each.items()}
            for score, each in table.items()
        },
        verdicts=tuple(verdicts),
        ranks=ranks,
        warnings=tuple(
            f"{contender} does not beat {control} on {', '.join(names)}"
            for (contender, control), names in unbeaten.items()
        ),
        reasons={name: said for name, said in reasons.items() if said},
    )


def _value(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _beats(contender: str, control: str, verdicts: Sequence[Verdict]) -> bool:
    # Without a value there is no verdict, and nothing to warn of.
    about = [each for each in verdicts if {each.first, each.second} == {contender, control}]
    return all(each.decided and each.first == contender for each in about)


def _verdicts(
    function: ScoreFunction,
    values: Mapping[str, float],
    spreads: Mapping[tuple[str, str], Spread | None],
) -> list[Verdict]:
    sign = 1.0 if function.better == "higher" else -1.0
    found = []
    for pair, spread in spreads.items():
        difference = sign * (values[pair[0]] - values[pair[1]])
        if spread is None or np.isnan(difference):
            continue
        names = pair if difference >= 0 else pair[::-1]
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


def _ranks(contenders: Sequence[str], verdicts: Sequence[Verdict]) -> dict[str, tuple[int, int]]:
    decided = [
        each for each in verdicts if each.decided and {each.first, each.second} <= set(contenders)
    ]
    ranks = {}
    for name in contenders:
        better = sum(each.second == name for each in decided)
        worse = sum(each.first == name for each in decided)
        ranks[name] = (1 + better, len(contenders) - worse)
    return ranks
