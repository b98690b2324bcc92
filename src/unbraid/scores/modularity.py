"""Modularity."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.discrete import discrete, kept_in
from unbraid.numerics.information import entropies, mutual_information
from unbraid.numerics.matrices import modularity_of_codes


@score(unit="fraction", invariant_to=("permutation", "sign", "shift", "scale"))
def modularity(codes: np.ndarray, factors: np.ndarray) -> Measured:
    """Score whether each code informs of at most one factor.

    It does not ask whether the codes know anything at all: every code counts alike, and the bias
    of the estimate makes pure noise look specialised where factors differ in size (0.65 on
    dSprites' factors, 0.99 on those of Cars3D). Read it beside its floor.

    Parameters
    ----------
    codes
        The codes, shape (n, d); each is cut into 20 bins of equal width.
    factors
        The factors, shape (n, K), K >= 2, each a set of values.

    Returns
    -------
    Score
        In [0, 1], higher is better: the mean over codes. Parts: ``mutual_information`` (d, K)
        and ``entropies`` (K,) in nats.

    Notes
    -----
    The mean over i of 1 - (sum_k I_ik^2 - max_k I_ik^2) / ((K - 1) max_k I_ik^2), with plug-in
    estimates; a code without information scores 0. A code that mixes two of ten factors evenly
    scores 1 - 1/9.

    Undefined with one factor, with constant factors only, and with a factor that has a value per
    row. A constant factor counts in K, as in the published code, with a caution. Signs, shifts and
    scales may move samples that lie exactly on a bin's edge. Cost O(n d K).

    References
    ----------
    Ridgeway and Mozer (2018), Learning deep disentangled embeddings with the F-statistic loss,
    arXiv:1802.05312, section 3. Locatello et al. (2019), arXiv:1811.12359, appendix C: the bins.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(4, size=(1000, 2))
    >>> round(modularity(factors, factors).value, 2)
    1.0
    >>> round(modularity(factors @ [[1, 1], [1, -1]], factors).value, 1)
    0.0
    """
    if factors.shape[1] < 2:
        raise Undefined("with one factor every code is modular")
    discrete(factors)
    information = mutual_information(codes, factors)
    parts = {"mutual_information": information, "entropies": entropies(factors)}
    value = float(modularity_of_codes(information).mean())
    return Measured(value, parts, kept_in(factors))
