"""Linear probes trained on N samples."""

import numpy as np

from unbraid.core.scoring import Measured, score
from unbraid.numerics.probes import linear_accuracy


@score(unit="accuracy", invariant_to=("permutation", "sign"), learns="n")
def probe_lr_n(
    codes: np.ndarray,
    factors: np.ndarray,
    codes_test: np.ndarray,
    factors_test: np.ndarray,
    *,
    n: int = 100,
) -> Measured:
    """Score how well logistic regression predicts each factor after seeing N samples.

    It asks what a simple learner can do with the codes, not how the factors are laid out; chance
    is the share of each factor's most frequent value, not 0.

    Parameters
    ----------
    codes
        The codes to learn from, shape (rows, d); the first N rows are used, so rows must be in
        random order. Not standardised.
    factors
        Their factors, shape (rows, K), each a set of values.
    codes_test
        Held-out codes, shape (m, d).
    factors_test
        Their factors.
    n
        How many samples the probe learns from, >= 5.

    Returns
    -------
    Score
        The mean accuracy over factors on held-out samples, in [0, 1], higher is better. Parts:
        ``accuracy`` (K,).

    Notes
    -----
    scikit-learn's LogisticRegressionCV as the study sets it: ten strengths from 1e-4 to 1e4, five
    folds in the order of the rows, default settings (multinomial, lbfgs, at most 100 steps); the
    study's own version fitted one value against the rest and chose a strength for each.

    Undefined with fewer than N rows, with N < 5 and with constant factors only. Deviations: a
    factor that is constant in the first N rows is predicted to stay so, where the published code
    fails. A held-out value that those rows do not have counts as missed. Cost O(50 N d) per value
    of a factor and step.

    References
    ----------
    Locatello et al. (2019), Challenging common assumptions in the unsupervised learning of
    disentangled representations, arXiv:1811.12359, section 5.5.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(2, size=(600, 2))
    >>> probe_lr_n(factors, factors, n=50).value
    1.0
    >>> probe_lr_n(np.zeros((600, 2)), factors, n=50).value < 0.6
    True
    """
    accuracy, caution = linear_accuracy(codes, factors, codes_test, factors_test, n)
    return Measured(float(accuracy.mean()), {"accuracy": accuracy}, caution)
