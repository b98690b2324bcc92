"""Where a value lies between what chance scores and what perfection scores."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from unbraid.core.errors import InputError
from unbraid.core.progress import Listener, silent
from unbraid.core.scoring import ScoreFunction
from unbraid.core.values import Representation, Score
from unbraid.evaluation.boosted import Combination
from unbraid.evaluation.ceilings import ceilings
from unbraid.evaluation.pairings import N_PERMUTATIONS, SPREADS, is_informed, null_values

# A little beyond its ends a score may lie by chance.
_BEYOND = 1.1


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
    informed
        Whether the codes tell anything of the factors that chance would not.
    combination
        What the pairings are worth, where they are put together of a few; None: all of it.

    Examples
    --------
    >>> scale = Scale(floor=0.5, ceiling=1.0, null=np.array([0.48, 0.52]))
    >>> scale.calibrated(0.75), scale.calibrated(0.51)
    (0.5, 0.0)
    """

    floor: float | None
    ceiling: float | None
    null: np.ndarray
    informed: bool = False
    combination: Combination | None = None

    @property
    def spread(self) -> float:
        """The standard deviation of the random pairings; 0 where there are fewer than two."""
        if len(self.null) < 2:
            return 0.0
        found = float(self.null.std(ddof=1))
        if self.combination is None:
            return found
        # Combinations of m fits vary by (m - 1) / m of what fresh ones would.
        m = self.combination.n_fits
        return found * float(np.sqrt(m / (m - 1)))

    @property
    def dof(self) -> float:
        """The degrees of freedom behind the spread."""
        pairings = len(self.null) - 1
        return pairings if self.combination is None else min(pairings, self.combination.dof)

    def is_chance(self, value: float) -> bool:
        """Return whether chance could give a value to these codes.

        Parameters
        ----------
        value
            The value of the score.

        Returns
        -------
        bool
            True for a value within four standard deviations of the random pairings, of codes
            that tell nothing of the factors.
        """
        if self.floor is None or self.informed or len(self.null) < 2:
            return False
        return bool(abs(value - self.floor) <= SPREADS * self.spread)

    def calibrated(self, value: float, better: str = "higher") -> float | None:
        """Return where a value lies between the ends.

        Parameters
        ----------
        value
            The value of the score.
        better
            ``higher`` or ``lower``.

        Returns
        -------
        float or None
            ``(value - floor) / (ceiling - floor)``: 0 at the floor and 1 at the ceiling, beyond
            them outside; None where an end is missing, they coincide, or the ceiling is worse
            than the floor and the value is not between them. 0 for codes that know nothing,
            where chance could give the value: ten codes of noise have a Modularity of 0.65, give
            or take 0.03, and the 0.03 says as little of them as the 0.65.
        """
        if self.floor is None or self.ceiling is None:
            return None
        span = self.ceiling - self.floor
        if abs(span) < 1e-9:
            return None
        place = 0.0 if self.is_chance(value) else (value - self.floor) / span
        beyond = not 1 - _BEYOND <= place <= _BEYOND
        return None if beyond and self.is_upside_down(better) else place

    def is_upside_down(self, better: str) -> bool:
        """Return whether the factors themselves score worse than chance.

        Parameters
        ----------
        better
            ``higher`` or ``lower``.

        Returns
        -------
        bool
            True for Modularity of factors of many values with few samples each.
        """
        if self.floor is None or self.ceiling is None:
            return False
        return self.ceiling < self.floor if better == "higher" else self.floor < self.ceiling

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
        null = self.null
        if self.combination is not None:
            # Combinations of m fits lie closer together, by (m - 1) / m of the variance, than
            # fresh pairings lie to their mean, (m + 1) / m of it.
            middle, m = null.mean(), self.combination.n_fits
            null = middle + (null - middle) * np.sqrt((m + 1) / (m - 1))
        as_good = null >= value if better == "higher" else null <= value
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
    null = null_values(
        functions, representation, seed=seed, n_permutations=n_permutations, progress=progress
    )
    informed = is_informed(representation, seed=seed, n_permutations=n_permutations)
    tops = ceilings(functions, representation, seed=seed, progress=progress)
    scales = {}
    for function in functions:
        found, worth = null[function.name]
        scales[function.name] = Scale(
            floor=float(np.mean(found)) if len(found) else None,
            ceiling=tops[function.name],
            null=found,
            informed=bool(informed),
            combination=worth,
        )
    return scales


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
    found = replace(score, floor=scale.floor, ceiling=scale.ceiling)
    if score.value is None:
        return found
    calibrated = scale.calibrated(score.value, score.better)
    found = replace(found, calibrated=calibrated, p_value=scale.p_value(score.value, score.better))
    if scale.is_upside_down(score.better):
        return found.noting("the factors themselves score worse than chance")
    if calibrated is not None and calibrated > _BEYOND:
        return found.noting("beyond the factors' own score, which is low where they are dependent")
    return found
