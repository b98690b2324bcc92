"""Wasserstein dependency."""

import numpy as np

from unbraid.core.scoring import Measured, score
from unbraid.numerics.dependence import spread_of, wasserstein_distance


@score(
    unit="share of variance",
    better="lower",
    invariant_to=("permutation", "sign", "shift"),
    bounds=(0.0, 2.0),
)
def wasserstein_dependency(codes: np.ndarray) -> Measured:
    """Score how far codes are from independent ones, as a Gaussian transport distance.

    It looks at codes alone and sees linear dependence alone. Unlike total correlation it weights
    codes by their variance, so that codes that nearly died hardly count, and it is finite for
    linearly dependent codes.

    Parameters
    ----------
    codes
        The codes, shape (n, d).

    Returns
    -------
    Score
        The squared 2-Wasserstein distance over the total variance, in [0, 2), lower is better.
        Parts: ``correlations`` (d', d'), ``deviations`` (d',) of the codes that vary, and
        ``distance`` (1,), the squared distance itself.

    Notes
    -----
    (2 tr C - 2 tr (S^1/2 C S^1/2)^1/2) / tr C with the covariance C and its diagonal S, the
    published ``gaussian_wasserstein_correlation_norm``; d copies of a code have 2 - 2 / sqrt(d).

    Undefined where every code is constant, where the published code divides zero by zero. Cost
    O(n d^2 + d^3).

    References
    ----------
    Locatello et al. (2019), arXiv:1811.12359, appendix: the Wasserstein correlation. Xiao and Wang
    (2019), Disentangled representation learning with Wasserstein total correlation,
    arXiv:1912.12818.

    Examples
    --------
    >>> code = np.arange(10.0)[:, None]
    >>> round(wasserstein_dependency(np.repeat(code, 4, axis=1), code).value, 6)
    1.0
    """
    spread = spread_of(codes)
    distance, share = wasserstein_distance(spread)
    parts = {
        "correlations": spread.correlations,
        "deviations": spread.deviations,
        "distance": np.array([distance]),
    }
    return Measured(share, parts, spread.caution)
