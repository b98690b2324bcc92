"""What chance scores, what perfection scores, and where a value lies between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from unbraid.core import memo
from unbraid.core.errors import InputError
from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.rng import integer_seed, stream
from unbraid.core.scoring import ScoreFunction
from unbraid.core.values import Representation, Score
from unbraid.evaluation.measure import measure

N_PERMUTATIONS = 20

# Random pairings give a value beyond so many of their standard deviations once in thousands.
_SPREADS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The two ends that a score is read between.

    Parameters
    ----------
    floor
        The mean value when codes and factors are paired at random; None where it has none.
    ceiling
        The value of the factors themselves as codes; None where it has none.
    null
        The values of the random pairings, from which a p-value follows, shape (permutations,).

    Examples
    --------
    >>> scale = Scale(floor=0.5, ceiling=1.0, null=np.array([0.49, 0.51]))
    >>> scale.calibrated(0.75), scale.calibrated(0.52)
    (0.5, 0.0)
    """

    floor: float | None
    ceiling: float | None
    null: np.ndarray

    def calibrated(self, value: float) -> float | None:
        """Return where a value lies between the ends.

        A value that chance could give, within four standard deviations of the random pairings,
        is 0: ten codes of noise have a Modularity of 0.65, give or take 0.03, and neither the one
        nor the other says anything of them.

        Parameters
        ----------
        value
            The value of the score.

        Returns
        -------
        float or None
            ``(value - floor) / (ceiling - floor)``: 0 at the floor and 1 at the ceiling, beyond
            them outside; 0 where chance could give the value; None where an end is missing or
            they coincide.
        """
        if self.floor is None or self.ceiling is None:
            return None
        span = self.ceiling - self.floor
        if abs(span) < 1e-9:
            return None
        if len(self.null) > 1 and abs(value - self.floor) < _SPREADS * self.null.std(ddof=1):
            return 0.0
        return (value - self.floor) / span

    def p_value(self, value: float, better: str) -> float | None:
        """Return how often chance does as well.

        Parameters
        ----------
        value
            The value of the score.
        better
            ``higher`` or ``lower``.

        Returns
        -------
        float or None
            The permutation p-value, in (0, 1]; None without permutations.
        """
        if len(self.null) == 0:
            return None
        as_good = self.null >= value if better == "higher" else self.null <= value
        return float((1 + as_good.sum()) / (1 + len(self.null)))


def calibrate(
    functions: Sequence[ScoreFunction],
    representation: Representation,
    *,
    seed: int = 0,
    n_permutations: int = N_PERMUTATIONS,
    progress: Listener = silent,
) -> dict[str, Scale]:
    """Measure the floor and the ceiling of scores on a representation.

    The floor keeps the codes and the factors as they are and pairs them at random, within the
    rows to learn on, the held-out rows and the pool alike; the ceiling puts the factors in the
    place of the codes. Both use the same samples, sizes and protocol as the value itself.

    Parameters
    ----------
    functions
        The score functions.
    representation
        Codes and factors.
    seed
        Fixes the pairings.
    n_permutations
        How many random pairings the floor is the mean of.
    progress
        Is told how far it has come.

    Returns
    -------
    dict
        The `Scale` by score name.

    Raises
    ------
    InputError
        If there are no factors, or fewer than one pairing is asked for.
    """
    if representation.factors is None:
        raise InputError("without factors there is no floor and no ceiling")
    if n_permutations < 1:
        raise InputError("too few permutations", got=n_permutations, allowed="1 or more")
    values: dict[str, list[float]] = {function.name: [] for function in functions}
    for done in range(n_permutations):
        progress(Progress(task="measuring floors", done=done, total=n_permutations))
        rng = stream(seed, "floor", done)
        paired = shuffled(representation, rng)
        with memo.sharing():
            for function in functions:
                found = measure(function, paired, integer_seed(rng))
                if found.value is not None:
                    values[function.name].append(found.value)
    progress(Progress(task="measuring ceilings", done=0, total=1))
    perfect = ideal(representation)
    with memo.sharing():
        tops = {each.name: measure(each, perfect, seed).value for each in functions}
    progress(Progress(task="measuring ceilings", done=1, total=1))
    return {
        name: Scale(
            floor=float(np.mean(found)) if found else None,
            ceiling=tops[name],
            null=np.array(found),
        )
        for name, found in values.items()
    }


def placed(score: Score, scale: Scale) -> Score:
    """Return a score with its place between floor and ceiling.

    Parameters
    ----------
    score
        The score.
    scale
        Its floor and ceiling.

    Returns
    -------
    Score
        With ``floor``, ``ceiling``, ``calibrated`` and ``p_value``.
    """
    calibrated = None if score.value is None else scale.calibrated(score.value)
    p_value = None if score.value is None else scale.p_value(score.value, score.better)
    return replace(
        score,
        floor=scale.floor,
        ceiling=scale.ceiling,
        calibrated=calibrated,
        p_value=p_value,
    )


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


def ideal(representation: Representation) -> Representation:
    """Return the representation whose codes are the factors themselves.

    Parameters
    ----------
    representation
        Codes and factors.

    Returns
    -------
    Representation
        The same factors, as float64 codes too.
    """
    factors = representation.factors
    assert factors is not None  # calibrate asks for them

    def as_codes(factors: np.ndarray | None) -> np.ndarray | None:
        return None if factors is None else factors.astype(np.float64)

    return replace(
        representation,
        codes=factors.astype(np.float64),
        codes_test=as_codes(representation.factors_test),
        pool_codes=as_codes(representation.pool_factors),
        sample_codes=None,
    )
