"""What chance scores: codes and factors paired at random."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from unbraid.core import memo
from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.rng import integer_seed, stream
from unbraid.core.scoring import ScoreFunction, Undefined
from unbraid.core.values import Representation
from unbraid.evaluation.measure import counted, held_out, measure, values
from unbraid.numerics.importance import Importance, importance
from unbraid.numerics.information import mutual_information

N_PERMUTATIONS = 20

# Trees are fitted for so many pairings; their factors are then combined anew in each pairing.
N_FITS = 3

# The scores that are made of the boosted trees of `importance` alone.
BOOSTED = ("dci_disentanglement", "dci_completeness", "dci_informativeness")

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


def null_values(
    functions: Sequence[ScoreFunction],
    representation: Representation,
    *,
    seed: int,
    n_permutations: int,
    progress: Listener = silent,
) -> dict[str, np.ndarray]:
    """Measure what scores say of random pairings.

    Boosted trees are slow, and treat every factor by itself. For DCI they are fitted to
    `N_FITS` pairings, and each further pairing takes the trees of each factor from one of those
    at random: it pairs the factors with the codes, each in its own random order.

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
        By score name the values that there are, shape (pairings,).
    """
    boosted = [function for function in functions if is_boosted(function)]
    plain = [function for function in functions if not is_boosted(function)]
    found: dict[str, list[float]] = {function.name: [] for function in functions}
    fits: list[Importance | None] = []
    rows = counted(held_out(representation, seed))
    for done in range(n_permutations):
        progress(Progress(task="measuring floors", done=done, total=n_permutations))
        rng = stream(seed, "floor", done)
        paired = shuffled(representation, rng)
        for function, value in zip(plain, values(plain, paired, integer_seed(rng)), strict=True):
            found[function.name].append(value)
        if boosted:
            if done < N_FITS:
                fits.append(_importance(shuffled(rows, rng)))
                fit = fits[-1]
            else:
                fit = _combined(fits, rng)
            for name, value in _scored(boosted, rows, fit):
                found[name].append(value)
    progress(Progress(task="measuring floors", done=n_permutations, total=n_permutations))
    return {name: np.array(each)[~np.isnan(each)] for name, each in found.items()}


def is_boosted(function: ScoreFunction) -> bool:
    """Return whether a score is made of the boosted trees of `importance` alone.

    Parameters
    ----------
    function
        The score function.

    Returns
    -------
    bool
        True for the three scores of DCI.
    """
    return function.name in BOOSTED


def _arguments(rows: Representation) -> tuple[np.ndarray, ...] | None:
    given = (rows.codes, rows.factors, rows.codes_test, rows.factors_test)
    present = tuple(array for array in given if array is not None)
    return present if len(present) == 4 else None


def _importance(rows: Representation) -> Importance | None:
    arguments = _arguments(rows)
    try:
        with memo.sharing(anew=True):
            return None if arguments is None else importance(*arguments)
    except Undefined:
        return None


def _combined(fits: Sequence[Importance | None], rng: np.random.Generator) -> Importance | None:
    whole = [fit for fit in fits if fit is not None]
    if not whole:
        return None
    n_factors = whole[0].matrix.shape[1]
    drawn = [whole[int(rng.integers(len(whole)))] for _ in range(n_factors)]
    return Importance(
        np.column_stack([fit.matrix[:, k] for k, fit in enumerate(drawn)]),
        np.array([fit.train_accuracy[k] for k, fit in enumerate(drawn)]),
        np.array([fit.test_accuracy[k] for k, fit in enumerate(drawn)]),
        whole[0].caution,
    )


def _scored(
    boosted: Sequence[ScoreFunction], rows: Representation, fit: Importance | None
) -> Iterator[tuple[str, float]]:
    arguments = _arguments(rows)
    with memo.sharing(anew=True):
        if fit is None or arguments is None:
            return
        memo.supply(importance, arguments, fit)
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
