"""The statistical efficiency of boosted trees."""

import numpy as np

from unbraid.core.scoring import ANY, Measured, score
from unbraid.numerics.efficiency import efficiency
from unbraid.numerics.probes import boosted_accuracy


# It compares an accuracy from few rows with one from more.
@score(unit="ratio", invariant_to=("permutation",), bounds=(0.0, ANY), paired=False, learns="few")
def efficiency_gbt(
    codes: np.ndarray,
    factors: np.ndarray,
    codes_test: np.ndarray,
    factors_test: np.ndarray,
    *,
    few: int = 100,
    many: int = 10_000,
) -> Measured:
    """Score how much of what boosted trees learn from 10,000 samples they learn from 100.

    It does not ask how much that is: codes from which little can be learned at all may score near
    1, so read `probe_gbt_10000` beside it.

    Parameters
    ----------
    codes
        The codes to learn from, shape (rows, d), rows in random order.
    factors
        Their factors, shape (rows, K), each a set of values.
    codes_test
        Held-out codes, shape (m, d).
    factors_test
        Their factors.
    few
        The smaller number of samples, >= 5.
    many
        The larger number of samples.

    Returns
    -------
    Score
        The mean accuracy over factors after ``few`` samples over that after ``many``, >= 0, mostly
        below 1; higher is better. Parts: ``accuracy`` (2, K').

    Notes
    -----
    The accuracies are those of `probe_gbt_n`. Undefined with fewer rows than ``many``, with
    constant factors only, and where the accuracy after ``many`` samples is not above that of
    guessing each factor's commonest value, by four standard errors: codes that tell nothing would
    score 1. So it has no floor.

    References
    ----------
    Locatello et al. (2019), Challenging common assumptions in the unsupervised learning of
    disentangled representations, arXiv:1811.12359, section 5.5: statistical efficiency.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(2, size=(600, 2))
    >>> efficiency_gbt(factors, factors, few=40, many=300).value
    1.0
    >>> efficiency_gbt(np.zeros((600, 2)), factors, few=40, many=300).reason
    'after 300 samples the accuracy is that of guessing'
    """
    given = (codes, factors, codes_test, factors_test)
    before, _ = boosted_accuracy(*given, few)
    after, caution = boosted_accuracy(*given, many)
    value = efficiency(before, after, factors, factors_test, many)
    return Measured(value, {"accuracy": np.stack([before, after])}, caution)
