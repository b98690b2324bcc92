"""The weak mean correlation coefficient, after the best linear maps."""

import numpy as np

from unbraid.core.scoring import Measured, score
from unbraid.core.values import Kind
from unbraid.numerics.alignment import canonical_correlations, numbers_of


@score(unit="fraction", invariant_to=("permutation", "affine"), reads="numbers")
def mcc_weak(
    codes: np.ndarray, factors: np.ndarray, factor_kinds: tuple[Kind, ...] = ()
) -> Measured:
    """Score how well factors are known up to a linear map of the codes.

    It is the weak form of `mcc`: codes may mix factors as they like, so that a rotation of the
    true factors scores 1. Many codes find correlations by chance: d codes of noise and n samples
    reach about sqrt(d / n), so read it beside its floor.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K), taken for numbers.
    factor_kinds
        One kind per factor, or none. A periodic factor counts as its cosine and its sine; a
        categorical one is taken for a number, with a caution.

    Returns
    -------
    Score
        In [0, 1], higher is better: the mean canonical correlation. Parts: ``correlations``
        (columns,), falling.

    Notes
    -----
    The correlations of pairs of linear maps of codes and of factors that canonical correlation
    analysis finds, in the sample, averaged over as many pairs as factors have columns: where codes
    have fewer dimensions the pairs left over count as 0.

    A constant factor is left out, with a caution; undefined where all are. With as many codes as
    samples it is 1 whatever the codes. Cost O(n (d + K)^2).

    References
    ----------
    Khemakhem, Monti, Kingma and Hyvarinen (2020), ICE-BeeM, arXiv:2002.11537: MCC
    after canonical correlation analysis. Roeder, Metz and Kingma (2021), On linear identifiability
    of learned representations, arXiv:2007.00810.

    Examples
    --------
    >>> factors = np.random.default_rng(0).normal(size=(1000, 2))
    >>> round(mcc_weak(factors @ [[1, 1], [1, -1]], factors).value, 6)
    1.0
    """
    numbers = numbers_of(factors, factor_kinds)
    correlations = canonical_correlations(codes, numbers)
    return Measured(float(correlations.mean()), {"correlations": correlations}, numbers.caution)
