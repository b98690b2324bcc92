"""MIG-sup: the mutual information gap of codes over factors."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.discrete import discrete
from unbraid.numerics.information import entropies, mutual_information
from unbraid.numerics.matrices import top_gaps


@score(unit="fraction", invariant_to=("permutation", "sign", "shift", "scale"))
def mig_sup(codes: np.ndarray, factors: np.ndarray) -> Measured:
    """Score how far the factor that each code knows best is ahead of the second.

    It asks of codes what MIG asks of factors: a factor that several codes share costs nothing, a
    code that knows several factors does. Every code counts alike, so spare codes of noise lower
    it: the true factors beside as many codes of noise score half.

    Parameters
    ----------
    codes
        The codes, shape (n, d); each is cut into 20 bins of equal width.
    factors
        The factors, shape (n, K), K >= 2, each a set of values.

    Returns
    -------
    Score
        In [0, 1], higher is better: the mean over codes. Parts: ``information`` (d, K), the mutual
        informations as shares of the factors' entropies.

    Notes
    -----
    The mean over i of N_i(1) - N_i(2) with N_ik = I(code i; factor k) / H(factor k), by plug-in
    estimates; the bins are those of `mig`, so 20 bins cannot hold more than 20 values and one
    outlier widens all of a code's bins.

    Undefined with fewer than two factors that vary, and with a factor that has a value per row; a
    constant factor is left out, with a caution. Signs, shifts and scales may move samples that lie
    exactly on a bin's edge. Cost O(n d K).

    References
    ----------
    Li, Murkute, Gyawali and Wang (2020), Progressive learning and disentanglement of hierarchical
    representations, arXiv:2002.10549: MIG-sup.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(4, size=(1000, 2))
    >>> round(mig_sup(factors[:, [0, 1, 1]], factors).value, 2)
    1.0
    >>> round(mig_sup(factors @ [[4], [1]], factors).value, 2)
    0.0
    """
    found = discrete(factors)
    if found.varied.sum() < 2:
        raise Undefined("with one factor that varies no code knows a second")
    information = mutual_information(codes, factors)[:, found.varied]
    shares = information / entropies(factors)[found.varied]
    gaps = top_gaps(shares.T)
    return Measured(float(np.minimum(gaps, 1.0).mean()), {"information": shares}, found.caution)
