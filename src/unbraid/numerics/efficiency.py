"""How much is learned from few samples of what many teach."""

import numpy as np
from jaxtyping import Float, Num

from unbraid.core.scoring import Undefined

# An accuracy is above guessing from so many standard errors.
SPREADS = 4.0


def efficiency(
    before: Float[np.ndarray, " varied"],
    after: Float[np.ndarray, " varied"],
    factors: Num[np.ndarray, "samples factors"],
    factors_test: Num[np.ndarray, "others factors"],
    many: int,
) -> float:
    """Return the ratio of two accuracies, where the larger sample teaches anything.

    Parameters
    ----------
    before
        The accuracy after few samples for each factor that varies, shape (K',).
    after
        The accuracy after many samples, shape (K',).
    factors
        The factors that were learned from, shape (n, K).
    factors_test
        The held-out factors, shape (m, K).
    many
        How many samples were many.

    Returns
    -------
    float
        The ratio of the means.

    Raises
    ------
    Undefined
        If the accuracy after many samples is not above that of guessing the commonest value.

    Examples
    --------
    >>> sides = np.tile([[0], [1]], (20, 1))
    >>> efficiency(np.array([0.7]), np.array([1.0]), sides, sides, 100)
    0.7
    """
    guessed = []
    for mine, theirs in zip(factors.T, factors_test.T, strict=True):
        values, counts = np.unique(mine, return_counts=True)
        if len(values) > 1:
            guessed.append(np.mean(theirs == values[counts.argmax()]))
    shares = np.array(guessed)
    error = np.sqrt((shares * (1 - shares)).sum() / len(factors_test)) / len(shares)
    if after.mean() <= shares.mean() + SPREADS * error:
        raise Undefined(f"after {many} samples the accuracy is that of guessing")
    return float(before.mean() / after.mean())
