"""How uncertain scores are, from what they say where rows are left out.

From each of G groups of rows left out in turn comes the jackknife variance J. It counts the part
of the spread that is linear in the rows once, but the part that comes from pairs of rows twice, as
the bias of mutual information does (Efron and Stein 1981).

From halves of the rows: the variance between two halves, V, is that of a score of n/2 rows; that
of the mean of the two halves between ways of halving, S, comes from pairs alone. So 4 S / V is the
share of J that is due to pairs, and half of that is counted twice.

The variance at n is then J (1 - 2 S / V), at least J / 2 and at most V, since scores do not become
less certain with more rows; and at least V / 3, between the V / 2 of a spread that is linear in
the rows and the V / 4 of one that comes from pairs: where rows happen to lie so that leaving out
a few moves nothing, as in the gap between two codes of which one is lucky, J is too small.

Scores that learn jump a little whenever rows are left out, and the jackknife takes that for G - 1
times what it is. They take V / 2 alone, from five ways of halving; SAP and SNC, whose classifiers
may jump far, the larger of V / 2 and J / 2. IRS, which divides by a greatest distance, takes V in
full: of extremes, more rows make little more certain. The probes learn from N rows whatever n is:
where a half has as many, V is their variance, and where it has not, that much less as it has
fewer. DCI, whose trees are dear, is measured on quarters of the rows, where there are 4,000 or
more: one fit in all, not five.

Of DCI's accuracy a, judged by m answers, a part of the variance is known, a (1 - a) / m, and twice
as much of V is due to the m / 2 answers of a half. The rest of V, which is what learning adds, is
as above. Probes learn from so few rows that the rest is most of it, and five halvings may show too
little of it to take anything away.

All of it but that part holds for the difference of two scores on the same rows as for a score.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from unbraid.evaluation.resampling import (
    COUNTING,
    DRAWING,
    JUMPING,
    LEARNING,
    REACHING,
    TREES,
    Plan,
    Resampled,
)
from unbraid.evaluation.spread import Spread

# Spread falls more slowly than with the root of the rows: on simulated data that of quarters,
# halved, is short by a factor of 1.3, and that of halves, over the root of 2, of 1.1: variance
# falls with the rows that are learned from to this power.
_OF_QUARTERS, _POWER = 1.3, 0.725


def spreads_of(found: Resampled, plan: Plan) -> list[Spread | None]:
    """Return how uncertain scores of one plan are, or their differences.

    Parameters
    ----------
    found
        What they say where rows are left out.
    plan
        By which plan.

    Returns
    -------
    list of Spread or None
        One per score; None for one that has no value on fewer rows.

    References
    ----------
    Efron and Stein (1981), The jackknife estimate of variance, doi:10.1214/aos/1176345462,
    section 2. Politis, Romano and Wolf (1999), Subsampling, chapter 2.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> fresh = Resampled(fresh=rng.normal(size=(1000, 1)))
    >>> round(spreads_of(fresh, COUNTING)[0].sd, 1)
    1.0
    """
    if found.fresh is not None:
        return _each(found.fresh.var(axis=0, ddof=1), len(found.fresh) - 1)
    return _WAYS[plan.kind](found)


def sums(some: Sequence[Spread | None], others: Sequence[Spread | None]) -> list[Spread | None]:
    """Return the spreads of the sums, or the differences, of independent numbers.

    Parameters
    ----------
    some
        The spreads of numbers; None where one is not known.
    others
        Those of as many others.

    Returns
    -------
    list of Spread or None
        One per pair; None where either is.

    Examples
    --------
    >>> both = sums([Spread(sd=3.0, dof=10), None], [Spread(sd=4.0, dof=10)] * 2)
    >>> both[0].sd, both[1]
    (5.0, None)
    """
    pairs = zip(some, others, strict=True)
    return [None if a is None or b is None else a.plus(b) for a, b in pairs]


def _of_counting(found: Resampled) -> list[Spread | None]:
    between = _between(found)
    means = _table(found.halves).mean(axis=1).var(axis=0, ddof=1)
    pairs = np.divide(4 * means, between, out=np.zeros_like(means), where=between > 0)
    corrected = _jackknife(found) * np.clip(1 - pairs / 2, 0.5, 1.0)
    return _each(np.clip(corrected, between / 3, between), len(_table(found.halves)))


def _of_jumping(found: Resampled) -> list[Spread | None]:
    dof = len(_table(found.left)) - 1 + len(_table(found.halves))
    return _each(np.maximum(_jackknife(found), _between(found)) / 2, dof)


def _of_learning(found: Resampled) -> list[Spread | None]:
    return _each(found.share**_POWER * _between(found), len(_table(found.halves)))


def _of_trees(found: Resampled) -> list[Spread | None]:
    if found.parts is None:
        cuts, dof = 2, len(_table(found.halves))
        variance, share = _between(found), found.share**_POWER
    else:
        cuts, dof = len(found.parts), len(found.parts) - 1
        variance, share = found.parts.var(axis=0, ddof=1), _OF_QUARTERS**2 / cuts
    judging = _judging(found)
    learned = share * np.maximum(0.0, variance - cuts * judging)
    return sums(_each(judging, np.inf), _each(learned, dof))


def _judging(found: Resampled) -> np.ndarray:
    """Return the variance that the answers to all rows give to accuracies; 0 for other scores."""
    if found.answers is None:
        return np.zeros_like(found.mean)
    chance = found.mean * (1 - found.mean)
    none = np.zeros_like(chance)
    return np.asarray(np.divide(chance, found.answers, out=none, where=found.answers > 0))


def _of_reaching(found: Resampled) -> list[Spread | None]:
    return _each(_between(found), len(_table(found.halves)))


def _of_drawing(found: Resampled) -> list[Spread | None]:
    """Take the variance of the draws in full, and half of what halves of the rows add to it."""
    again = _table(found.again)
    drawn = again.var(axis=0, ddof=1)
    evaluation = [
        each and replace(each, evaluation_sd=each.sd) for each in _each(drawn, len(again) - 1)
    ]
    data = _each(np.maximum(0.0, _between(found) - drawn) / 2, len(_table(found.halves)))
    return sums(evaluation, data)


_WAYS = {
    COUNTING: _of_counting,
    DRAWING: _of_drawing,
    LEARNING: _of_learning,
    JUMPING: _of_jumping,
    TREES: _of_trees,
    REACHING: _of_reaching,
}


def _jackknife(found: Resampled) -> np.ndarray:
    left = _table(found.left)
    return np.asarray((len(left) - 1) * left.var(axis=0))


def _between(found: Resampled) -> np.ndarray:
    """Return the variance between the two halves, on average over ways of halving."""
    return np.asarray(_table(found.halves).var(axis=1, ddof=1).mean(axis=0))


def _table(found: np.ndarray | None) -> np.ndarray:
    assert found is not None, "the plan measures it"
    return found


def _each(variance: np.ndarray, dof: float) -> list[Spread | None]:
    return [
        None if np.isnan(one) else Spread(sd=float(np.sqrt(one)), dof=float(dof))
        for one in variance
    ]
