"""Population kurtosis."""

import numpy as np

from unbraid.core.scoring import ANY, Measured, Undefined, score
from unbraid.numerics.sparsity import kurtosis_of_columns


@score(unit="kurtosis", invariant_to=("permutation",), bounds=(-2.0, ANY))
def population_kurtosis(codes: np.ndarray) -> Measured:
    """Score how few codes, and those how strongly, respond to each sample.

    It looks at codes alone. Codes of different scales look sparse, since the large ones stand out
    in every sample: standardise them first where their scales mean nothing.

    Parameters
    ----------
    codes
        The codes, shape (n, d), d >= 2.

    Returns
    -------
    Score
        The mean over samples of the excess kurtosis over codes, at least -2, higher is better
        (sparser). Parts: ``kurtosis`` (n,); NaN for a sample whose codes are all alike.

    Notes
    -----
    E((z - mean)^4) / variance^2 - 3 with moments over codes. With d codes it cannot exceed about
    d, and it is biased downwards: ten normal codes have -0.55. Samples whose codes are all alike
    are left out, with a caution. Undefined with one code, and where all samples are such. Cost
    O(n d).

    References
    ----------
    Willmore and Tolhurst (2001), Characterizing the sparseness of neural codes,
    doi:10.1080/net.12.3.255.270: lifetime and population kurtosis.

    Examples
    --------
    >>> population_kurtosis(np.array([[1.0, -1.0], [0.0, 3.0]]), [0, 1]).value
    -2.0
    """
    if codes.shape[1] < 2:
        raise Undefined("one code has no spread over codes")
    kurtosis = kurtosis_of_columns(codes.T)
    known = ~np.isnan(kurtosis)
    if not known.any():
        raise Undefined("in every sample all codes are alike")
    alike = int((~known).sum())
    caution = f"{alike} samples have codes that are all alike and are left out" if alike else None
    return Measured(float(kurtosis[known].mean()), {"kurtosis": kurtosis}, caution)
