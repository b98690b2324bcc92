"""How many codes are not zero."""

import numpy as np

from unbraid.core.scoring import ANY, Measured, score
from unbraid.numerics.sparsity import active


@score(
    unit="codes",
    better="lower",
    invariant_to=("permutation", "sign", "scale"),
    bounds=(0.0, ANY),
)
def l0(codes: np.ndarray) -> Measured:
    """Count the codes that are not zero, in a sample on average.

    It looks at codes alone and says nothing of what they hold: zeros everywhere score best.

    Parameters
    ----------
    codes
        The codes, shape (n, d).

    Returns
    -------
    Score
        From 0 to d, lower is better (sparser). Parts: ``counts`` (n,) by sample and ``shares``
        (d,), in how many samples each code is not zero.

    Notes
    -----
    A code counts as zero up to 1e-8 of its own greatest absolute value over samples. Codes that
    are small but not zero, such as those of a penalty without threshold, all count: then `hoyer`
    says more. Cost O(n d).

    References
    ----------
    Elad (2010), Sparse and redundant representations, doi:10.1007/978-1-4419-7011-4: the
    l0 norm.

    Examples
    --------
    >>> l0(np.array([[0.0, 2.0, 0.0], [1.0, 1.0, 0.0]]), [0, 1]).value
    1.5
    """
    there = active(codes)
    counts = there.sum(axis=1)
    return Measured(float(counts.mean()), {"counts": counts, "shares": there.mean(axis=0)})
