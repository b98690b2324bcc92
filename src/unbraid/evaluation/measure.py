"""One score function on one representation."""

import numpy as np

from unbraid.core.scoring import ScoreFunction
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
    return function(
        codes,
        factors,
        representation.codes_test,
        representation.factors_test,
        seed=seed,
        factor_kinds=representation.factor_kinds,
        sample_codes=representation.sample_codes,
    )
