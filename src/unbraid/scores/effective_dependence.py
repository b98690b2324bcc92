"""Effective dependence: total correlation on a scale from 0 to 1."""

import numpy as np

from unbraid.core.scoring import Measured, score
from unbraid.numerics.dependence import log_determinant, spread_of


@score(unit="fraction", better="lower", invariant_to=("permutation", "sign", "shift", "scale"))
def effective_dependence(codes: np.ndarray) -> Measured:
    """Score how far codes are linearly dependent, on a scale that does not grow with their number.

    It looks at codes alone, so noise does as well as the true factors; one code that is a copy of
    another makes it 1.

    Parameters
    ----------
    codes
        The codes, shape (n, d).

    Returns
    -------
    Score
        In [0, 1], lower is better: 0 for uncorrelated codes, 1 for linearly dependent ones. Parts:
        ``correlations`` (d', d') of the codes that vary.

    Notes
    -----
    1 - det(R)^(1/d) with the correlation matrix R of d codes: `gaussian_total_correlation` T as
    1 - exp(-2 T / d). Two codes of correlation r have 1 - sqrt(1 - r^2). It is computed from the
    logarithm of the determinant, so that hundreds of codes do not underflow.

    Undefined where every code is constant; constant codes are left out, with a caution. With no
    more samples than codes it is 1. Cost O(n d^2 + d^3).

    References
    ----------
    Pena and Rodriguez (2003), Descriptive measures of multivariate scatter and linear dependence,
    doi:10.1016/S0047-259X(02)00061-1: the effective dependence.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(2, 10_000, 1))
    >>> both = np.hstack([x, 0.6 * x + 0.8 * y])
    >>> round(effective_dependence(both, both).value, 1)
    0.2
    >>> effective_dependence(np.hstack([x, x]), x).value
    1.0
    """
    spread = spread_of(codes)
    logarithm = log_determinant(spread.correlations) / len(spread.correlations)
    found = abs(float(np.expm1(logarithm)))
    return Measured(found, {"correlations": spread.correlations}, spread.caution)
