"""One score function on one representation, and several that share what they can."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from unbraid.core import memo
from unbraid.core.factors import complete, countable
from unbraid.core.scoring import ScoreFunction, split
from unbraid.core.values import Representation, Score


def measure(function: ScoreFunction, representation: Representation, seed: int) -> Score:
    """Return what one score function says of a representation.

    Parameters
    ----------
    function
        The score function.
    representation
        Codes and, where they are known, factors. A function that intervenes on factors draws
        from the pool, where there is one.
    seed
        Fixes all randomness.

    Returns
    -------
    Score
        The value; ``skipped`` where the function needs factors and there are none.
    """
    if representation.factors is None and "factors" in function.needs:
        return function.skipped("it needs factors, and none are given")
    codes, factors = representation.codes, representation.factors
    if "sample_codes" in function.needs and representation.pool_codes is not None:
        codes, factors = representation.pool_codes, representation.pool_factors
    if factors is None:
        factors = np.zeros((len(codes), 1), dtype=np.int64)
    score = function(
        codes,
        factors,
        representation.codes_test,
        representation.factors_test,
        seed=seed,
        factor_kinds=representation.factor_kinds,
        sample_codes=representation.sample_codes,
    )
    return _about(score, representation.factor_names)


# Scores know factors by their numbers, and say "factor 3" or "factors 0, 3".
_NUMBERED = re.compile(r"\b(factors?) (\d+(?:, \d+)*)\b")


def _about(score: Score, names: Sequence[str]) -> Score:
    """Let a score's reason call factors by their names, where they have names."""
    if not names or not score.reason:
        return score

    def named(match: re.Match[str]) -> str:
        numbers = map(int, match[2].split(", "))
        return f"{match[1]} {', '.join(names[k] if k < len(names) else str(k) for k in numbers)}"

    return replace(score, reason=_NUMBERED.sub(named, score.reason))


def whole_rows(representation: Representation) -> Representation:
    """Return a representation without the rows that lack a factor.

    Parameters
    ----------
    representation
        Codes and factors; NaN stands for a missing value of a factor.

    Returns
    -------
    Representation
        The same object where no value is missing.

    Raises
    ------
    InputError
        If no row has every factor.
    """
    kept: dict[str, Any] = {}
    for before, after in (("", ""), ("", "_test"), ("pool_", "")):
        codes = getattr(representation, f"{before}codes{after}")
        factors = getattr(representation, f"{before}factors{after}")
        if codes is None or factors is None:
            continue
        found = complete(codes, factors)
        if found[1] is not factors:
            kept |= {f"{before}codes{after}": found[0], f"{before}factors{after}": found[1]}
    return replace(representation, **kept) if kept else representation


def counted(representation: Representation) -> Representation:
    """Return a representation whose factors have values that can be counted.

    Parameters
    ----------
    representation
        Codes and factors.

    Returns
    -------
    Representation
        With continuous factors in quantile bins, as scores that count values see them, and no
        kinds; the same object where nothing is cut.
    """
    factors, others = representation.factors, representation.factors_test
    if factors is None:
        return representation
    given = factors if others is None else others
    found = countable(factors, given, representation.factor_kinds)
    if found.caution is None:
        return representation
    return replace(
        representation,
        factors=found.factors,
        factors_test=None if others is None else found.others,
        factor_kinds=(),
    )


def values(
    functions: Sequence[ScoreFunction], representation: Representation, seed: int
) -> list[float]:
    """Return the bare values of several functions, sharing what they have in common.

    Parameters
    ----------
    functions
        The score functions.
    representation
        Codes and factors.
    seed
        Fixes all randomness.

    Returns
    -------
    list of float
        The values; NaN where a function has none.
    """
    found = scored(functions, representation, seed)
    return [float("nan") if score.value is None else score.value for score in found]


def scored(
    functions: Sequence[ScoreFunction], representation: Representation, seed: int
) -> list[Score]:
    """Return what several functions say, sharing what they have in common and nothing else.

    Parameters
    ----------
    functions
        The score functions.
    representation
        Codes and factors.
    seed
        Fixes all randomness.

    Returns
    -------
    list of Score
        One per function.
    """
    with memo.sharing(anew=True):
        return [measure(function, representation, seed) for function in functions]


def held_out(representation: Representation, seed: int) -> Representation:
    """Return a representation that has held-out rows: its own, or those that scores would split.

    Parameters
    ----------
    representation
        Codes and factors.
    seed
        Fixes the split, as it does for scores.

    Returns
    -------
    Representation
        With ``codes_test`` and ``factors_test``; the pool is all the rows where there was none.
        Fewer than 3 rows are left as they are.
    """
    codes, factors = representation.codes, representation.factors
    if representation.codes_test is not None or factors is None or len(codes) < 3:
        return representation
    (train, labels), (test, labels_test) = split(codes, factors, seed=seed)
    return replace(
        representation,
        codes=train,
        factors=labels,
        codes_test=test,
        factors_test=labels_test,
        pool_codes=codes if representation.pool_codes is None else representation.pool_codes,
        pool_factors=factors if representation.pool_codes is None else representation.pool_factors,
    )
