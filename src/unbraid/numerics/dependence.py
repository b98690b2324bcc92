"""How far codes depend on one another, as their covariance tells."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from unbraid.core.scoring import Undefined

Codes = Float[np.ndarray, "samples codes"]


class Spread(NamedTuple):
    """The correlations of the codes that vary, with their standard deviations.

    Examples
    --------
    >>> spread_of(np.array([[0.0, 5.0], [2.0, 5.0]])).caution
    '1 of 2 codes do not vary and are left out'
    """

    correlations: Float[np.ndarray, "d d"]
    deviations: Float[np.ndarray, " d"]
    caution: str | None


def spread_of(codes: Codes) -> Spread:
    """Return the correlations and the standard deviations of the codes that vary.

    Parameters
    ----------
    codes
        The codes, shape (n, d).

    Returns
    -------
    Spread
        Of the d' codes whose range is more than 1e-12 of their greatest absolute value.

    Raises
    ------
    Undefined
        If no code varies.

    Examples
    --------
    >>> spread_of(np.array([[0.0, 1.0], [2.0, 0.0], [4.0, -1.0]])).correlations.round(6)
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    varied = np.ptp(codes, axis=0) > 1e-12 * np.abs(codes).max(axis=0)
    if not varied.any():
        raise Undefined("every code is constant")
    centred = codes[:, varied] - codes[:, varied].mean(axis=0)
    deviations = np.sqrt((centred**2).sum(axis=0) / (len(codes) - 1))
    unit = centred / deviations
    correlations = unit.T @ unit / (len(codes) - 1)
    left_out = int((~varied).sum())
    caution = f"{left_out} of {len(varied)} codes do not vary and are left out"
    return Spread(correlations, deviations, caution if left_out else None)


def log_determinant(correlations: Float[np.ndarray, "d d"]) -> float:
    """Return the logarithm of a correlation matrix's determinant.

    Parameters
    ----------
    correlations
        The matrix, shape (d, d).

    Returns
    -------
    float
        <= 0; minus infinity where a code is a linear function of others to rounding. The
        determinant itself would underflow with hundreds of codes; this is a sum of logarithms.

    Examples
    --------
    >>> f"{np.exp(log_determinant(np.array([[1.0, 0.6], [0.6, 1.0]]))):.2f}"
    '0.64'
    >>> log_determinant(np.ones((2, 2)))
    -inf
    """
    values = np.linalg.eigvalsh(correlations)
    if values[0] <= len(values) * np.finfo(np.float64).eps * values[-1]:
        return -np.inf
    return min(0.0, float(np.log(values).sum()))


def wasserstein_distance(spread: Spread) -> tuple[float, float]:
    """Return how far a Gaussian is from the product of its marginals.

    Parameters
    ----------
    spread
        The codes' correlations and standard deviations.

    Returns
    -------
    distance : float
        The squared 2-Wasserstein distance, in the squared units of the codes.
    share : float
        The distance over the total variance, in [0, 2).

    References
    ----------
    Dowson and Landau (1982), The Frechet distance between multivariate normal distributions,
    doi:10.1016/0047-259X(82)90077-X, equation 4.

    Examples
    --------
    >>> ones = Spread(np.ones((4, 4)), np.ones(4), None)
    >>> tuple(round(each, 6) for each in wasserstein_distance(ones))
    (4.0, 1.0)
    """
    # Relative to the largest deviation, so that no square overflows.
    scale = spread.deviations.max()
    variances = (spread.deviations / scale) ** 2
    # S^(1/2) C S^(1/2), where the covariance is C = s R s and S = s^2: symmetric, so its root's
    # trace is the sum of the roots of its eigenvalues.
    product = spread.correlations * np.outer(variances, variances)
    values = np.linalg.eigvalsh(product)
    # The root of a zero that rounding has made 1e-16 would be 1e-8.
    root = np.sqrt(values[values > len(values) * np.finfo(np.float64).eps * values[-1]]).sum()
    share = max(0.0, float(2 - 2 * root / variances.sum()))
    return share * float(variances.sum()) * float(scale) ** 2, share
