"""Explicitness."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.discrete import discrete, labels_like, left_out
from unbraid.numerics.probes import class_aucs


# A share of pairs that are ranked rightly has at least the spread of 6 answers: in simulations of
# 1.2 where few are wrong, and of 4 where many are.
@score(unit="fraction", invariant_to=("permutation", "sign", "shift", "scale"), answers=6)
def explicitness(
    codes: np.ndarray, factors: np.ndarray, codes_test: np.ndarray, factors_test: np.ndarray
) -> Measured:
    """Score how well a linear classifier of all codes ranks held-out samples by each factor.

    It does not ask how the factors are laid out over codes, and chance is 0.5, not 0.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d); standardised here.
    factors
        Their factors, shape (n, K), each a set of values.
    codes_test
        Held-out codes, shape (m, d).
    factors_test
        Their factors.

    Returns
    -------
    Score
        The mean over factors of an area under the ROC curve, in [0, 1], higher is better. Parts:
        ``auc`` (K,); NaN where a factor is left out.

    Notes
    -----
    One multinomial logistic regression per factor with scikit-learn's default settings (C = 1,
    lbfgs, at most 100 steps); the study itself ran version 0.20, which fitted one value against
    the rest and penalised the intercept. For each value the area under the curve of its
    probability, averaged over values.

    Deviations from the published code, which fails there: a constant code is left as it is; a
    value missing from the training or the held-out samples is left out of the mean over values; a
    factor with fewer than two values in either is left out, with a caution. Undefined if none is
    left. Cost O(n d) per value and step.

    References
    ----------
    Ridgeway and Mozer (2018), Learning deep disentangled embeddings with the F-statistic loss,
    arXiv:1802.05312, section 3. Locatello et al. (2019), arXiv:1811.12359, appendix C.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(3, size=(600, 2))
    >>> explicitness(factors, factors).value > 0.99
    True
    >>> explicitness(np.zeros((600, 2)), factors).value
    0.5
    """
    found = discrete(factors)
    labels_test = labels_like(factors, factors_test)
    auc = class_aucs(codes, found.labels, codes_test, labels_test)
    known = ~np.isnan(auc)
    if not known.any():
        raise Undefined("no factor has two values in both the training and the held-out samples")
    caution = left_out(~known, "without two values in the training or the held-out samples")
    return Measured(float(auc[known].mean()), {"auc": auc}, caution)
