"""The C of DCI."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.importance import importance
from unbraid.numerics.matrices import completeness


@score(unit="fraction", invariant_to=("permutation", "scale"), varies="trees")
def dci_completeness(
    codes: np.ndarray, factors: np.ndarray, codes_test: np.ndarray, factors_test: np.ndarray
) -> Measured:
    """Score whether each factor is predicted from one code alone.

    It does not ask whether that code holds other factors too: a code that packs two factors is
    complete for both.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d), d >= 2.
    factors
        Their factors, shape (n, K), each a set of values.
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
    The mean over factors, weighted by their importance (which is alike for every factor that is
    predicted at all), of 1 - H_d(importances for the factor), with 1e-11 added inside the entropy
    as published. The value depends on the number of codes, dead ones included. The trees are those
    of `dci_disentanglement`.

    Undefined with one code. Deviations from the published code: a constant factor is left out with
    a caution, where that fails; ties between equally good codes are drawn by a fixed hash. Cost
    O(n d) per tree.

    References
    ----------
    Eastwood and Williams (2018), A framework for the quantitative evaluation of disentangled
    representations, https://openreview.net/forum?id=By-7dz-AZ, section 2. Locatello et al. (2019),
    arXiv:1811.12359, appendix C: the trees.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(3, size=(600, 2))
    >>> round(dci_completeness(factors, factors).value, 2)
    1.0
    >>> round(dci_completeness(np.zeros((600, 2)), factors).value, 2)
    0.0
    """
    if codes.shape[1] < 2:
        raise Undefined("one code is complete whatever it holds")
    found = importance(codes, factors, codes_test, factors_test)
    return Measured(completeness(found.matrix), {"importance": found.matrix}, found.caution)
