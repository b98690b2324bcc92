"""Gaussian total correlation."""

import numpy as np

from unbraid.core.scoring import ANY, Measured, Undefined, score
from unbraid.numerics.dependence import log_determinant, spread_of


@score(
    unit="nats",
    better="lower",
    invariant_to=("permutation", "sign", "shift", "scale"),
    bounds=(0.0, ANY),
)
def gaussian_total_correlation(codes: np.ndarray) -> Measured:
    """Score how much codes tell of one another, if they were normal.

    It looks at codes alone and sees linear dependence alone: codes that are uncorrelated and
    dependent score 0, and so does noise. It grows with the number of codes, and with few samples:
    d independent codes of n samples have about d (d - 1) / 4n by chance.

    Parameters
    ----------
    codes
        The codes, shape (n, d), n > d.

    Returns
    -------
    Score
        In nats, from 0 (uncorrelated) without end; lower is better. Parts: ``correlations``
        (d', d') of the codes that vary.

    Notes
    -----
    -1/2 log det R with the correlation matrix R, which equals the published
    1/2 (sum_i log C_ii - log det C) of the covariance C; logarithms are summed, so that hundreds
    of codes neither overflow nor underflow.

    Undefined where every code is constant, and where codes are linearly dependent (a code twice,
    or no more samples than codes), for which the value is infinite: `effective_dependence` has a
    value there. Deviation from the published code, which gives NaN there: constant codes are left
    out, with a caution. Cost O(n d^2 + d^3).

    References
    ----------
    Watanabe (1960), Information theoretical analysis of multivariate correlation,
    doi:10.1147/rd.41.0066. Locatello et al. (2019), arXiv:1811.12359, section 5.1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(2, 10_000, 1))
    >>> both = np.hstack([x, 0.6 * x + 0.8 * y])
    >>> round(gaussian_total_correlation(both, both).value, 2), f"{-np.log(0.64) / 2:.2f}"
    (0.22, '0.22')
    """
    spread = spread_of(codes)
    found = 0.5 * abs(log_determinant(spread.correlations))
    if np.isinf(found):
        raise Undefined("the codes are linearly dependent: their total correlation is infinite")
    return Measured(found, {"correlations": spread.correlations}, spread.caution)
