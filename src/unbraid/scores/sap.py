"""The separated attribute predictability score, in the discrete form that the study used."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.discrete import discrete, labels_like
from unbraid.numerics.matrices import top_gaps


# The difference of two accuracies is no share of right answers.
@score(unit="accuracy", invariant_to=("permutation", "sign"), varies="jumping", answers=0)
def sap(
    codes: np.ndarray, factors: np.ndarray, codes_test: np.ndarray, factors_test: np.ndarray
) -> Measured:
    """Score how far the code that best predicts each factor is ahead of the second.

    Each code predicts each factor by a linear support vector classifier. It does not see whether a
    code holds other factors too, and hardly sees factors of many values: on one code such a
    classifier finds the values at the two ends only, so perfect codes score 0.24 on dSprites.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d), d >= 2; not standardised.
    factors
        Their factors, shape (n, K), each a set of values.
    codes_test
        Held-out codes, shape (m, d).
    factors_test
        Their factors.

    Returns
    -------
    Score
        A mean difference of two accuracies, in [0, 1], higher is better. Parts:
        ``predictability`` (d, K), the accuracy of each code for each factor.

    Notes
    -----
    The classifier has C = 0.01, balanced weights, and an intercept that is penalised too: that of
    scikit-learn's LinearSVC on the raw code, so that the score depends on the scale of the codes.
    It is solved to its optimum by Newton's method on sorted values, where liblinear stops near it:
    accuracies differ by up to 1e-3.

    Undefined with one code and with constant factors only. Deviations from the published code: a
    constant factor is left out with a caution, where that fails. A held-out value that no training
    sample has counts as missed. Cost O(d n log n) and O(d m) per value of a factor.

    References
    ----------
    Kumar, Sattigeri and Balakrishnan (2018), Variational inference of disentangled latent concepts
    from unlabeled observations, arXiv:1711.00848, section 3. Locatello et al. (2019),
    arXiv:1811.12359, appendix C: the classifier.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(2, size=(1000, 2))
    >>> sap(factors, factors).value > 0.4, sap(np.zeros((1000, 2)), factors).value
    (True, 0.0)
    """
    from unbraid.numerics.margins import predictability

    if codes.shape[1] < 2:
        raise Undefined("one code cannot be ahead of a second")
    found = discrete(factors)
    accuracy = predictability(codes, found.labels, codes_test, labels_like(factors, factors_test))
    gaps = top_gaps(accuracy)[found.varied]
    return Measured(float(gaps.mean()), {"predictability": accuracy}, found.caution)
