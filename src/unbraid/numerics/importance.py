"""How much each code matters for predicting each factor, by boosted trees."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Num

from unbraid.core.memo import shared
from unbraid.numerics.discrete import discrete


class Importance(NamedTuple):
    """What boosted trees say of codes and factors.

    Examples
    --------
    >>> Importance(np.eye(2), np.ones(2), np.ones(2), None).matrix.shape
    (2, 2)
    """

    matrix: Float[np.ndarray, "codes factors"]
    train_accuracy: Float[np.ndarray, " factors"]
    test_accuracy: Float[np.ndarray, " factors"]
    caution: str | None


@shared
def importance(
    codes: Float[np.ndarray, "samples codes"],
    factors: Num[np.ndarray, "samples factors"],
    codes_test: Float[np.ndarray, "tests codes"],
    factors_test: Num[np.ndarray, "tests factors"],
) -> Importance:
    """Fit gradient boosted trees to each factor that varies.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d).
    factors
        Their factors, shape (n, K).
    codes_test
        The codes to test on, shape (m, d).
    factors_test
        Their factors, shape (m, K).

    Returns
    -------
    Importance
        The share of each code in the decrease of impurity, shape (d, K'), and the accuracies,
        shape (K',), for the K' factors that vary.

    Raises
    ------
    Undefined
        As `unbraid.numerics.discrete.discrete` does.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(3, size=(300, 2))
    >>> importance(factors * 1.0, factors, factors * 1.0, factors).matrix.round(2)
    array([[1., 0.],
           [0., 1.]])
    """
    from unbraid.numerics.boosting import boosted_importances

    varied, caution = discrete(factors)[2:]
    given = (codes, factors[:, varied], codes_test, factors_test[:, varied])
    return Importance(*boosted_importances(*given), caution)
