"""Hoyer's sparseness."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.sparsity import hoyer_of_samples


@score(unit="fraction", invariant_to=("permutation", "sign"))
def hoyer(codes: np.ndarray) -> Measured:
    """Score how unequally large the codes of a sample are.

    It looks at codes alone and says nothing of what they hold: one code that is large in every
    sample makes all samples sparse.

    Parameters
    ----------
    codes
        The codes, shape (n, d), d >= 2.

    Returns
    -------
    Score
        In [0, 1], higher is better (sparser): the mean over samples, 0 where all codes are equally
        large, 1 where one alone is not zero. Parts: ``sparseness`` (n,).

    Notes
    -----
    The mean of (sqrt(d) - l1 / l2) / (sqrt(d) - 1). Samples whose codes are all zero have none
    and are left out, with a caution. Normal noise scores near (sqrt(d) - sqrt(2 d / pi)) /
    (sqrt(d) - 1), 0.29 for ten codes. Undefined with one code, and where all is zero. Cost O(n d).

    References
    ----------
    Hoyer (2004), Non-negative matrix factorization with sparseness constraints,
    arXiv:cs/0408058, section 3.1.

    Examples
    --------
    >>> hoyer(np.eye(3), [0, 1, 2]).value, hoyer(np.ones((3, 3)), [0, 1, 2]).value
    (1.0, 0.0)
    """
    if codes.shape[1] < 2:
        raise Undefined("one code is as large as itself")
    sparseness = hoyer_of_samples(codes)
    known = ~np.isnan(sparseness)
    if not known.any():
        raise Undefined("every code is zero")
    empty = int((~known).sum())
    caution = f"{empty} samples have no code that is not zero and are left out" if empty else None
    return Measured(float(sparseness[known].mean()), {"sparseness": sparseness}, caution)
