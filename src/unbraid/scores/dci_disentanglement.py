"""The D of DCI."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.importance import importance
from unbraid.numerics.matrices import disentanglement


@score(unit="fraction", invariant_to=("permutation", "scale"), varies="trees")
def dci_disentanglement(
    codes: np.ndarray, factors: np.ndarray, codes_test: np.ndarray, factors_test: np.ndarray
) -> Measured:
    """Score whether each code matters for predicting one factor alone.

    It does not ask whether every factor is captured: codes that miss a factor lose nothing, nor do
    several codes that hold the same one.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d).
    factors
        Their factors, shape (n, K), K >= 2, each a set of values.
    codes_test
        Held-out codes; used by `dci_informativeness`, with which the trees are shared.
    factors_test
        Their factors.

    Returns
    -------
    Score
        In [0, 1], higher is better. Parts: ``importance`` (d, K), the share of each code in the
        decrease of impurity.

    Notes
    -----
    The sum over codes of their share of all importance times 1 - H_K(importance of the code),
    with 1e-11 added inside the entropy as published; 0 where no code matters. The importances are
    those of scikit-learn's gradient boosted trees with default settings (100 rounds, depth 3):
    other estimators give other values. Splits are along axes, so rotations cost much.

    Undefined with fewer than two factors that vary. Deviations from the published code: a constant
    factor is left out with a caution, where that fails; ties between equally good codes are drawn
    by a fixed hash, where that draws from an unseeded stream. Cost O(n d) per tree.

    References
    ----------
    Eastwood and Williams (2018), A framework for the quantitative evaluation of disentangled
    representations, https://openreview.net/forum?id=By-7dz-AZ, section 2. Locatello et al. (2019),
    arXiv:1811.12359, appendix C: the trees.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(3, size=(600, 2))
    >>> round(dci_disentanglement(factors, factors).value, 2)
    1.0
    >>> round(dci_disentanglement(np.zeros((600, 2)), factors).value, 2)
    0.0
    """
    found = importance(codes, factors, codes_test, factors_test)
    if found.matrix.shape[1] < 2:
        raise Undefined("with one factor that varies every code is disentangled")
    return Measured(disentanglement(found.matrix), {"importance": found.matrix}, found.caution)
