"""Which of several representations is better, score by score, and whether the data can tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product

import numpy as np

from unbraid import scores as room
from unbraid.core.errors import InputError
from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.rng import stream
from unbraid.core.scoring import ScoreFunction
from unbraid.core.values import Representation
from unbraid.evaluation.contenders import Contender, Pair, contender
from unbraid.evaluation.measure import whole_rows
from unbraid.evaluation.pairings import shuffled
from unbraid.evaluation.same_rows import apart, groups
from unbraid.evaluation.sets import select
from unbraid.evaluation.verdicts import Verdict, ranks_by, unbeaten, verdicts_on

SHUFFLED = "shuffled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the scores say of several representations.

    Parameters
    ----------
    values
        The value by score and by name; None where a score has none.
    shuffled
        That of each contender's codes paired with the factors at random, by score; no score that
        pairs them with nothing.
    verdicts
        One per score and pair of contenders that both have a value.
    ranks
        By score and contender, the best and the worst rank that the verdicts leave open, from 1.
    same_rows
        The names, those together that have the same rows; others are taken for independent.
    apart
        Why not all have the same rows; empty where they have.
    warnings
        Contenders that do not beat a control, with the scores on which they do not.
    reasons
        Why a score has no value or no verdict, by score and name; of shuffled codes where their
        contender lacks neither.

    Examples
    --------
    >>> Comparison(values={"mig": {"A": 0.5}}).verdicts
    ()
    """

    values: Mapping[str, Mapping[str, float | None]]
    shuffled: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()
    ranks: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    same_rows: tuple[tuple[str, ...], ...] = ()
    apart: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def summary(self) -> dict[str, object]:
        """Return all of it, ready to be written as JSON.

        Returns
        -------
        dict
            ``values``, ``shuffled``, ``verdicts``, ``ranks``, ``same_rows``, ``apart``,
            ``warnings`` and ``reasons``.
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
            "shuffled": {score: dict(each) for score, each in self.shuffled.items()},
            "verdicts": verdicts,
            "ranks": ranks,
            "same_rows": [list(group) for group in self.same_rows],
            "apart": list(self.apart),
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

    Where two have the same factors in the same order, the same rows are left out for both, so that
    what they share cancels in the difference; otherwise they are taken for independent, and the
    comparison says why.

    Parameters
    ----------
    representations
        The representations by name, two or more.
    scores
        Names of scores and of sets of scores, as `evaluate` takes them.
    controls
        The names of those that the others should beat, such as one made by PCA
        (`unbraid.evaluation.controls` makes some of the raw input). Each contender should beat
        its own codes, paired with the factors at random, too.
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
        If there are fewer than two representations, one has no factors, two have others, a name
        is taken or a control is unknown.

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
    rows = {name: whole_rows(each) for name, each in representations.items()}
    # Shuffled codes are the same codes to a score that pairs them with nothing.
    pairing = [function for function in functions if function.paired]
    n, measured, chance = len(rows), {}, {}
    for done, (name, each) in enumerate(rows.items()):
        progress(Progress(task=f"comparing {name}", done=done, total=n))
        measured[name] = contender(functions, each, seed)
        if name not in controls:
            # One stream for all: what is drawn depends on no name, and on no order.
            mixed = shuffled(each, stream(seed, "control"))
            chance[name] = contender(pairing, mixed, seed)
    progress(Progress(task="comparing", done=n, total=n))
    return _judged(functions, measured, chance)


def _check(representations: Mapping[str, Representation], controls: Sequence[str]) -> None:
    if len(representations) < 2:
        raise InputError("too few representations to compare", got=len(representations))
    if SHUFFLED in representations:
        raise InputError(f"the name {SHUFFLED!r} is taken by a control", hint="another name")
    for name, each in representations.items():
        if each.factors is None:
            raise InputError(f"{name} has no factors to score against")
    for first, second in combinations(representations, 2):
        one, other = representations[first], representations[second]
        if _are_about_others(one, other):
            raise InputError(
                f"{second} and {first} are not about the same factors",
                got=f"{', '.join(_factors(other))} and {', '.join(_factors(one))}",
                hint="--factors NAME,NAME, those that all have",
            )
    for name in controls:
        if name not in representations:
            raise InputError("unknown control", got=name, allowed=", ".join(representations))
    if set(representations) <= set(controls):
        raise InputError("all are controls", hint="naming one contender or more")


def _are_about_others(one: Representation, other: Representation) -> bool:
    # Factors without names may be any, if there are as many.
    named = bool(one.factor_names and other.factor_names)
    ours, theirs = _factors(one), _factors(other)
    return ours != theirs if named else len(ours) != len(theirs)


def _factors(rows: Representation) -> list[str]:
    assert rows.factors is not None
    return sorted(rows.factor_names) or [str(k) for k in range(rows.factors.shape[1])]


def _judged(
    functions: Sequence[ScoreFunction],
    measured: Mapping[str, Contender],
    chance: Mapping[str, Contender],
) -> Comparison:
    """Judge contenders beside each other, controls, and what chance makes of each contender."""
    contenders = list(chance)
    pairs = _pairs(measured, chance)
    verdicts = {each.name: verdicts_on(each, pairs) for each in functions}
    every = tuple(verdict for found in verdicts.values() for verdict in found)
    rows = {name: each.rows for name, each in measured.items()}
    return Comparison(
        values={score: _values(score, measured) for score in verdicts},
        shuffled={each.name: _values(each.name, chance) for each in functions if each.paired},
        verdicts=every,
        ranks={
            score: ranks_by(found, _valued(score, measured, contenders))
            for score, found in verdicts.items()
        },
        same_rows=groups(rows),
        apart=apart(rows),
        warnings=unbeaten(every, contenders),
        reasons={score: said for score in verdicts if (said := _reasons(score, measured, chance))},
    )


def _pairs(measured: Mapping[str, Contender], chance: Mapping[str, Contender]) -> list[Pair]:
    """Return each two contenders, and each contender with each control and with its own chance."""
    controls = [name for name in measured if name not in chance]
    names = [*combinations(chance, 2), *product(chance, controls)]
    return [
        *(Pair(first=a, second=b, one=measured[a], other=measured[b]) for a, b in names),
        *(Pair(first=a, second=SHUFFLED, one=measured[a], other=chance[a]) for a in chance),
    ]


def _values(score: str, measured: Mapping[str, Contender]) -> dict[str, float | None]:
    values = {name: each.values[score] for name, each in measured.items()}
    return {name: None if np.isnan(value) else float(value) for name, value in values.items()}


def _valued(score: str, measured: Mapping[str, Contender], names: Sequence[str]) -> list[str]:
    return [name for name in names if not np.isnan(measured[name].values[score])]


def _reasons(
    score: str, measured: Mapping[str, Contender], chance: Mapping[str, Contender]
) -> dict[str, str]:
    found = {name: each.reasons.get(score) for name, each in measured.items()}
    # Shuffled codes lack what the codes do: said once.
    found |= {
        f"{name} {SHUFFLED}": each.reasons.get(score)
        for name, each in chance.items()
        if not found[name]
    }
    return {name: said for name, said in found.items() if said}
