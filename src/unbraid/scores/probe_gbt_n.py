"""Tree probes trained on N samples."""

import numpy as np

from unbraid.core.scoring import Measured, score
from unbraid.numerics.probes import boosted_accuracy


@score(unit="accuracy", invariant_to=("permutation", "scale"), learns="n")
def probe_gbt_n(
    codes: np.ndarray,
    factors: np.ndarray,
    codes_test: np.ndarray,
    factors_test: np.ndarray,
    *,
    n: int = 100,
) -> Measured:
    """Score how well boosted trees predict each factor after seeing N samples.

    It asks what a learner that splits along axes can do with the codes, so it prefers codes that
    are not rotated by construction; chance is the share of each factor's most frequent value, not
    0.

    Parameters
    ----------
    codes
        The codes to learn from, shape (rows, d); the first N rows are used, so rows must be in
        random order.
    factors
        Their factors, shape (rows, K), each a set of values.
    codes_test
        Held-out codes, shape (m, d).
    factors_test
        Their factors.
    n
        How many samples the probe learns from, >= 2.

    Returns
    -------
    Score
        The mean accuracy over factors on held-out samples, in [0, 1], higher is better. Parts:
        ``accuracy`` (K,).

    Notes
    -----
    scikit-learn's GradientBoostingClassifier with default settings, as in `dci_informativeness`.
    With some ten samples many splits gain exactly as much as each other: scikit-learn decides
    between them by the last bit of a sum, this by lot, and the two differ by some 0.01. From a
    hundred samples on they agree to 0.001.

    Undefined with fewer than N rows, and with constant factors only. Deviations: a factor that is
    constant in the first N rows is predicted to stay so, where the published code fails. A
    held-out value that those rows do not have counts as missed. Cost O(n d) per tree.

    References
    ----------
    Locatello et al. (2019), Challenging common assumptions in the unsupervised learning of
    disentangled representations, arXiv:1811.12359, section 5.5.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(2, size=(600, 2))
    >>> probe_gbt_n(factors, factors, n=50).value
    1.0
    >>> probe_gbt_n(np.zeros((600, 2)), factors, n=50).value < 0.6
    True
    """
    accuracy, caution = boosted_accuracy(codes, factors, codes_test, factors_test, n)
    return Measured(float(accuracy.mean()), {"accuracy": accuracy}, caution)
