"""What classifiers read from codes."""

import numpy as np
from jaxtyping import Float, Int, Num

from unbraid.core.memo import shared
from unbraid.core.scoring import Undefined
from unbraid.numerics.discrete import discrete

Codes = Float[np.ndarray, "samples codes"]
Factors = Num[np.ndarray, "samples factors"]
OtherCodes = Float[np.ndarray, "others codes"]
OtherFactors = Num[np.ndarray, "others factors"]
Accuracy = Float[np.ndarray, " varied"]


@shared
def linear_accuracy(
    codes: Codes, factors: Factors, codes_test: OtherCodes, factors_test: OtherFactors, n: int
) -> tuple[Accuracy, str | None]:
    """Return how well tuned logistic regressions on the first n rows predict held-out factors.

    Parameters
    ----------
    codes
        The codes to learn from, shape (rows, d).
    factors
        Their factors, shape (rows, K).
    codes_test
        Held-out codes, shape (m, d).
    factors_test
        Their factors, shape (m, K).
    n
        How many rows to learn from, >= 5.

    Returns
    -------
    accuracy : numpy.ndarray
        One per factor that varies.
    caution : str or None
        Which factors do not.

    Raises
    ------
    Undefined
        If there are fewer rows than n, n < 5, or as `discrete` does.

    Examples
    --------
    >>> sides = np.tile([[0], [1]], (10, 1))
    >>> linear_accuracy(sides * 1.0, sides, sides * 1.0, sides, 20)
    (array([1.]), None)
    """
    from unbraid.numerics.softmax import fit_softmax_tuned

    _enough(codes, n, least=5)
    found = discrete(factors)
    accuracy = []
    for k in np.flatnonzero(found.varied):
        values, classes = np.unique(factors[:n, k], return_inverse=True)
        predicted = np.zeros(len(codes_test), dtype=np.intp)
        if len(values) > 1:
            fit = fit_softmax_tuned(codes[:n], classes, len(values))
            predicted = fit.classify(codes_test)
        accuracy.append((values[predicted] == factors_test[:, k]).mean())
    return np.array(accuracy), found.caution


@shared
def boosted_accuracy(
    codes: Codes, factors: Factors, codes_test: OtherCodes, factors_test: OtherFactors, n: int
) -> tuple[Accuracy, str | None]:
    """Return how well boosted trees grown on the first n rows predict held-out factors.

    Parameters
    ----------
    codes
        The codes to learn from, shape (rows, d).
    factors
        Their factors, shape (rows, K).
    codes_test
        Held-out codes, shape (m, d).
    factors_test
        Their factors, shape (m, K).
    n
        How many rows to learn from, >= 2.

    Returns
    -------
    accuracy : numpy.ndarray
        One per factor that varies.
    caution : str or None
        Which factors do not.

    Raises
    ------
    Undefined
        If there are fewer rows than n, n < 2, or as `discrete` does.

    Examples
    --------
    >>> sides = np.tile([[0], [1]], (10, 1))
    >>> boosted_accuracy(sides * 1.0, sides, sides * 1.0, sides, 20)
    (array([1.]), None)
    """
    from unbraid.numerics.boosting import boosted_importances
    from unbraid.numerics.importance import importance

    _enough(codes, n, least=2)
    if n == len(codes):
        grown = importance(codes, factors, codes_test, factors_test)
        return grown.test_accuracy, grown.caution
    varied, caution = discrete(factors)[2:]
    given = (codes[:n], factors[:n, varied], codes_test, factors_test[:, varied])
    return boosted_importances(*given)[2], caution


def _enough(codes: np.ndarray, n: int, least: int) -> None:
    if not least <= n <= len(codes):
        allowed = f"{least} or more" if n < least else f"no more than {len(codes)}"
        raise Undefined(f"it cannot learn from {n} samples: there must be {allowed}")


def class_aucs(
    codes: Codes,
    labels: Int[np.ndarray, "samples factors"],
    codes_test: OtherCodes,
    labels_test: Int[np.ndarray, "others factors"],
) -> Float[np.ndarray, " factors"]:
    """Return how well logistic regression on standardised codes ranks samples by each factor.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d).
    labels
        The labels of their factors, counted from 0, shape (n, K).
    codes_test
        Held-out codes, shape (m, d).
    labels_test
        The labels of their factors, -1 where a value is unknown, shape (m, K).

    Returns
    -------
    numpy.ndarray
        The mean over values of the area under the ROC curve, shape (K,); NaN for a factor with
        fewer than two values in either.

    Examples
    --------
    >>> sides = np.array([[0], [1], [0], [1]])
    >>> class_aucs(sides * 1.0, sides, sides * 1.0, sides)
    array([1.])
    """
    from unbraid.numerics.ranks import roc_auc
    from unbraid.numerics.softmax import discriminant, fit_softmax

    middle, spread = codes.mean(axis=0), codes.std(axis=0)
    spread[spread == 0] = 1.0
    codes, codes_test = (codes - middle) / spread, (codes_test - middle) / spread
    aucs = np.full(labels.shape[1], np.nan)
    for k, (mine, theirs) in enumerate(zip(labels.T, labels_test.T, strict=True)):
        n_classes = int(mine.max()) + 1
        seen = np.flatnonzero(np.bincount(theirs[theirs >= 0], minlength=n_classes))
        # A value has a curve only if some samples have it and some have not.
        if n_classes < 2 or len(seen) == 0 or len(seen) + (theirs < 0).any() < 2:
            continue
        start = discriminant(codes, mine, n_classes)
        probabilities = fit_softmax(codes, mine, n_classes, start=start).probabilities(codes_test)
        positive = theirs[:, None] == seen
        aucs[k] = roc_auc(probabilities[:, seen], positive).mean()
    return aucs
