"""The interventional robustness score."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.discrete import left_out
from unbraid.numerics.robustness import deviations


@score(unit="fraction", invariant_to=("permutation", "sign", "shift"), varies="reaching")
def irs(
    codes: np.ndarray,
    factors: np.ndarray,
    *,
    quantile: float = 0.99,
) -> Measured:
    """Score how still each code stays while one factor is held and all others change.

    It asks of codes, not of factors: a factor that no code holds costs nothing, nor do several
    codes of the same factor. Codes of large range weigh most, and chance is far from 0: ten codes
    of normal noise score 0.4, codes without outliers less.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K); one of more than 20 values is cut into 20 bins of equal width.
    quantile
        Which quantile of the distances within a bin is taken; the paper takes the greatest, 1,
        and its published code 0.99.

    Returns
    -------
    Score
        In [0, 1], higher is better. Parts: ``robustness`` (d', K) of the codes that vary, and
        ``weights`` (d',), their greatest distance from their mean.

    Notes
    -----
    For each code the greatest over factors of 1 - d_ik / m_i: d_ik is the mean over the factor's
    bins of the quantile of |code - its mean in the bin|, and m_i the greatest distance of the code
    from its mean; averaged with weights m_i. One outlier in a code makes it look robust, as
    published. With few samples per bin it is too high: 0.99 of a few is their greatest.

    The values of a factor are taken for numbers only as far as bins merge neighbours, where there
    are more than 20. Codes that are constant are left out, and 0 is returned where all are, as
    published. Deviations: a constant factor is left out, with a caution; 20 values or fewer are
    told apart however they lie, where the published bins of equal width merge those that lie
    close. Cost O(n d K).

    References
    ----------
    Suter, Miladinovic, Scholkopf and Bauer (2019), Robustly disentangled causal mechanisms,
    arXiv:1811.00007. Locatello et al. (2019), arXiv:1811.12359, published code: the
    quantile and the bins.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(4, size=(1000, 2))
    >>> irs(factors, factors).value, irs(np.zeros((1000, 2)), factors).value
    (1.0, 0.0)
    """
    varied = np.ptp(factors, axis=0) > 0
    if not varied.any():
        raise Undefined("every factor is constant")
    moving = codes[:, np.ptp(codes, axis=0) > 0]
    if moving.shape[1] == 0:
        nothing = np.zeros((0, int(varied.sum())))
        return Measured(0.0, {"robustness": nothing, "weights": np.zeros(0)}, "no code varies")
    weights = np.abs(moving - moving.mean(axis=0)).max(axis=0)
    apart = deviations(moving, factors[:, varied], quantile)
    robustness = np.clip(1 - apart / weights[:, None], 0.0, 1.0)
    # Relative to the largest, so that no sum overflows.
    value = float(np.average(robustness.max(axis=1), weights=weights / weights.max()))
    parts = {"robustness": robustness, "weights": weights}
    return Measured(value, parts, left_out(~varied, "constant"))
