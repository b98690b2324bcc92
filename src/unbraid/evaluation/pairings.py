"""What chance scores: codes and factors paired at random."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from unbraid.core import memo
from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.rng import integer_seed, stream
from unbraid.core.scoring import ScoreFunction, Undefined
from unbraid.core.values import Representation
from unbraid.evaluation.boosted import Combination, PairedTrees
from unbraid.evaluation.measure import counted, held_out, measure, values
from unbraid.numerics.importance import Importance, importance
from unbraid.numerics.information import mutual_information

N_PERMUTATIONS = 20

# Random pairings give a value beyond so many of their standard deviations once in a thousand.
SPREADS = 4.0


def shuffled(representation: Representation, rng: np.random.Generator) -> Representation:
    """Return a representation whose codes and factors are paired at random.

    Parameters
    ----------
    representation
        Codes and factors.
    rng
        Draws the pairing.

    Returns
    -------
    Representation
        The same rows of codes in another order; codes cannot be drawn for given factors.
    """

    def mixed(codes: np.ndarray | None) -> np.ndarray | None:
        return None if codes is None else codes[rng.permutation(len(codes))]

    codes = representation.codes
    return replace(
        representation,
        codes=codes[rng.permutation(len(codes))],
        codes_test=mixed(representation.codes_test),
        pool_codes=mixed(representation.pool_codes),
        sample_codes=None,
    )


class Null(NamedTuple):
    """What a score says of random pairings.

    Parameters
    ----------
    values
        The values that there are, shape (pairings,).
    combination
        What the pairings are worth, where they are put together of a few.
    """

    values: Float[np.ndarray, " pairings"]
    combination: Combination | None


def null_values(
    functions: Sequence[ScoreFunction],
    representation: Representation,
    *,
    seed: int,
    n_permutations: int,
    progress: Listener = silent,
) -> dict[str, Null]:
    """Measure what scores say of random pairings.

    Those that are made of boosted trees are measured on `PairedTrees`.

    Parameters
    ----------
    functions
        The score functions.
    representation
        Codes and factors.
    seed
        Fixes the pairings.
    n_permutations
        How many pairings.
    progress
        Is told how far it has come.

    Returns
    -------
    dict
        What was found by score name.
    """
    boosted = [function for function in functions if function.varies == "trees"]
    plain = [function for function in functions if function.varies != "trees"]
    found: dict[str, list[float]] = {function.name: [] for function in functions}
    rows = counted(held_out(representation, seed))
    trees = _trees(rows, n_permutations) if boosted else None
    for done in range(n_permutations):
        progress(Progress(task="measuring floors", done=done, total=n_permutations))
        rng = stream(seed, "floor", done)
        paired = shuffled(representation, rng)
        for function, value in zip(plain, values(plain, paired, integer_seed(rng)), strict=True):
            found[function.name].append(value)
        if trees is not None:
            following = trees.following(shuffled(rows, rng), rng)
            for name, value in _scored(boosted, rows, following):
                found[name].append(value)
    progress(Progress(task="measuring floors", done=n_permutations, total=n_permutations))
    worth = None if trees is None else trees.combination
    return {
        function.name: Null(_there(found[function.name]), worth if function in boosted else None)
        for function in functions
    }


def _trees(rows: Representation, n_pairings: int) -> PairedTrees | None:
    try:
        return PairedTrees(rows, n_pairings)
    except Undefined:
        return None


def _there(values: Sequence[float]) -> np.ndarray:
    found = np.array(values)
    return np.asarray(found[~np.isnan(found)])


def _scored(
    boosted: Sequence[ScoreFunction], rows: Representation, trees: Importance
) -> Iterator[tuple[str, float]]:
    """Yield what scores that are made of trees say of those, as if the rows had them."""
    arguments = (rows.codes, rows.factors, rows.codes_test, rows.factors_test)
    with memo.sharing(anew=True):
        memo.supply(importance, arguments, trees)
        for function in boosted:
            value = measure(function, rows, 0).value
            yield function.name, float("nan") if value is None else value


def is_informed(representation: Representation, *, seed: int, n_permutations: int) -> bool | None:
    """Return whether codes tell anything of factors that chance would not.

    The sum of all mutual informations is compared with its values for random pairings.

    Parameters
    ----------
    representation
        Codes and factors.
    seed
        Fixes the pairings.
    n_permutations
        How many pairings.

    Returns
    -------
    bool or None
        Whether the sum lies more than `SPREADS` standard deviations above its mean; None where
        mutual information has no value, as for continuous factors.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(3, size=(200, 2))
    >>> noise = np.random.default_rng(1).normal(size=(200, 2))
    >>> for codes in (factors + noise, noise):
    ...     is_informed(Representation(codes=codes, factors=factors), seed=0, n_permutations=20)
    True
    False
    """
    if representation.factors is None or n_permutations < 2:
        return None
    representation = counted(representation)
    totals = []
    try:
        for done in range(n_permutations):
            paired = shuffled(representation, stream(seed, "information", done))
            totals.append(_total(paired))
        total = _total(representation)
    except Undefined:
        return None
    return bool(total > np.mean(totals) + SPREADS * np.std(totals, ddof=1) + 1e-12)


def _total(representation: Representation) -> float:
    assert representation.factors is not None
    with memo.sharing(anew=True):
        found = mutual_information(representation.codes, representation.factors)
    return float(found.sum())
