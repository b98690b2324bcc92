"""How far codes move while one factor is held and the others change."""

import numpy as np
from jaxtyping import Float, Num

from unbraid.numerics.information import N_BINS, equal_width_bins


def deviations(
    codes: Float[np.ndarray, "samples codes"],
    factors: Num[np.ndarray, "samples factors"],
    quantile: float,
) -> Float[np.ndarray, "codes factors"]:
    """Return how far codes stray from their mean given each factor's value.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K); one of more than 20 values is cut into 20 bins of equal width.
    quantile
        Which quantile of the absolute distances is taken within a value or a bin; 1 for
        the greatest.

    Returns
    -------
    numpy.ndarray
        The mean over the values or bins in use, shape (d, K).

    Examples
    --------
    >>> table = np.array([[0.0, 1.0], [0.0, 3.0], [5.0, 1.0], [5.0, 3.0]])
    >>> deviations(table, table, 1.0)
    array([[0. , 2.5],
           [1. , 0. ]])
    """
    found = np.empty((codes.shape[1], factors.shape[1]))
    for k, factor in enumerate(factors.T):
        values, bins = np.unique(factor, return_inverse=True)
        if len(values) > N_BINS:
            (bins,) = equal_width_bins(factor[:, None].astype(np.float64))
        order = np.argsort(bins, kind="stable")
        starts = np.flatnonzero(np.diff(bins[order])) + 1
        apart = [
            np.quantile(np.abs(group - group.mean(axis=0)), quantile, axis=0)
            for group in np.split(codes[order], starts)
        ]
        found[:, k] = np.mean(apart, axis=0)
    return found
