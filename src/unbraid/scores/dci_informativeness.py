"""The I of DCI."""

import numpy as np

from unbraid.core.scoring import Measured, score
from unbraid.numerics.importance import importance


@score(unit="accuracy", invariant_to=("permutation", "scale"), varies="trees")
def dci_informativeness(
    codes: np.ndarray, factors: np.ndarray, codes_test: np.ndarray, factors_test: np.ndarray
) -> Measured:
    """Score how well boosted trees predict the factors of held-out samples from their codes.

    It does not ask how the factors are laid out, and chance is not 0: a useless code reaches the
    share of each factor's most frequent value.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d).
    factors
        Their factors, shape (n, K), each a set of values.
    codes_test
        Held-out codes, shape (m, d).
    factors_test
        Their factors.

    Returns
    -------
    Score
        The mean accuracy over factors, in [0, 1], higher is better. Parts: ``importance`` (d, K),
        ``accuracy`` (K,) on held-out samples and ``train_accuracy`` (K,).

    Notes
    -----
    The trees are those of `dci_disentanglement`. They split along axes, so codes that are rotated
    lose accuracy though nothing is lost. A held-out value that no training sample has counts as
    missed. A constant factor is left out with a caution, where the published code fails. Cost
    O(n d) per tree.

    References
    ----------
    Eastwood and Williams (2018), A framework for the quantitative evaluation of disentangled
    representations, https://openreview.net/forum?id=By-7dz-AZ, section 2. Locatello et al. (2019),
    arXiv:1811.12359, appendix C: accuracy in place of an error.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(3, size=(600, 2))
    >>> dci_informativeness(factors, factors).value
    1.0
    >>> 0.25 < dci_informativeness(np.zeros((600, 2)), factors).value < 0.45
    True
    """
    found = importance(codes, factors, codes_test, factors_test)
    parts = {
        "importance": found.matrix,
        "accuracy": found.test_accuracy,
        "train_accuracy": found.train_accuracy,
    }
    return Measured(float(found.test_accuracy.mean()), parts, found.caution)
