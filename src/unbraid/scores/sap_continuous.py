"""The separated attribute predictability score, in its form for continuous factors."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.discrete import left_out
from unbraid.numerics.matrices import squared_correlations, top_gaps


@score(unit="fraction", invariant_to=("permutation", "sign", "shift", "scale"), reads="numbers")
def sap_continuous(codes: np.ndarray, factors: np.ndarray) -> Measured:
    """Score how far the code most correlated with each factor is ahead of the second.

    It sees straight lines alone, and takes the values of a factor for numbers: on a categorical
    factor it means nothing, and a periodic one it sees in part.

    Parameters
    ----------
    codes
        The codes, shape (n, d), d >= 2.
    factors
        The factors, shape (n, K), ordinal or continuous.

    Returns
    -------
    Score
        A mean difference of two squared correlations, in [0, 1], higher is better. Parts:
        ``predictability`` (d, K), the squared correlations.

    Notes
    -----
    The mean over k of the gap in cov(code, factor)^2 / (var(code) var(factor)). A code whose
    variance is at most 1e-12 has correlation 0, as published.

    Undefined with one code, and with constant factors only. Deviations from the published code: a
    constant factor is left out with a caution, where that divides by zero. Cost O(n d K).

    References
    ----------
    Kumar, Sattigeri and Balakrishnan (2018), Variational inference of disentangled latent concepts
    from unlabeled observations, arXiv:1711.00848, section 3.

    Examples
    --------
    >>> factors = np.random.default_rng(0).normal(size=(1000, 2))
    >>> sap_continuous(factors, factors).value > 0.98
    True
    >>> sap_continuous(np.zeros((1000, 2)), factors).value
    0.0
    """
    if codes.shape[1] < 2:
        raise Undefined("one code cannot be ahead of a second")
    varied = np.ptp(factors, axis=0) > 0
    if not varied.any():
        raise Undefined("every factor is constant")
    predictability = squared_correlations(codes, factors.astype(np.float64))
    gaps = top_gaps(predictability)[varied]
    parts = {"predictability": predictability}
    return Measured(float(gaps.mean()), parts, left_out(~varied, "constant"))
