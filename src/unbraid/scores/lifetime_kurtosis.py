"""Lifetime kurtosis."""

import numpy as np

from unbraid.core.scoring import ANY, Measured, Undefined, score
from unbraid.numerics.sparsity import kurtosis_of_columns


@score(
    unit="kurtosis",
    invariant_to=("permutation", "sign", "shift", "scale"),
    bounds=(-2.0, ANY),
)
def lifetime_kurtosis(codes: np.ndarray) -> Measured:
    """Score how rarely, and then how strongly, each code responds over samples.

    It looks at codes alone, and a few outliers make it as large as one likes.

    Parameters
    ----------
    codes
        The codes, shape (n, d).

    Returns
    -------
    Score
        The mean over codes of the excess kurtosis over samples, at least -2, higher is better
        (sparser): 0 for normal codes, 3 for Laplace ones, -1.2 for uniform ones. Parts:
        ``kurtosis`` (d,); NaN for a constant code.

    Notes
    -----
    E((z - mean)^4) / variance^2 - 3 with moments over samples. Of n samples it cannot exceed about
    n. Constant codes are left out, with a caution; undefined where all are constant. Cost O(n d).

    References
    ----------
    Willmore and Tolhurst (2001), Characterizing the sparseness of neural codes,
    doi:10.1080/net.12.3.255.270: lifetime and population kurtosis.

    Examples
    --------
    >>> sides = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    >>> lifetime_kurtosis(sides, [0, 1, 0, 1]).value
    -2.0
    """
    kurtosis = kurtosis_of_columns(codes)
    known = ~np.isnan(kurtosis)
    if not known.any():
        raise Undefined("every code is constant")
    constant = int((~known).sum())
    caution = f"{constant} of {len(known)} codes do not vary and are left out"
    return Measured(
        float(kurtosis[known].mean()), {"kurtosis": kurtosis}, caution if constant else None
    )
