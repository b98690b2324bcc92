"""RMIG: the mutual information gap in fine bins that outliers do not move."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.discrete import discrete
from unbraid.numerics.fine_bins import fine_information
from unbraid.numerics.information import entropies
from unbraid.numerics.matrices import top_gaps


@score(unit="fraction", invariant_to=("permutation", "sign", "shift", "scale"))
def rmig(codes: np.ndarray, factors: np.ndarray) -> Measured:
    """Score how far the code that knows most of each factor is ahead of the second, in fine bins.

    It asks what `mig` asks, and not whether that code knows this factor alone: see `jemmig`. Its
    100 bins hold factors of many values, and one outlier does not widen them; but fine bins have
    a large bias where a factor has many values and samples are few.

    Parameters
    ----------
    codes
        The codes, shape (n, d), d >= 2.
    factors
        The factors, shape (n, K), each a set of values.

    Returns
    -------
    Score
        In [0, 1], higher is better, the mean over factors of a share of the factor's entropy.
        Parts: ``mutual_information`` (d, K) and ``entropies`` (K,) in nats.

    Notes
    -----
    The mean over k of (I_1k - I_2k) / H_k by plug-in estimates. Each code is standardised and cut
    into 100 bins of equal width from -4 to 4, the published bins; what lies beyond joins the
    outermost. The mean and deviation are those of the middle 98 percent.

    Do and Tran take the bins' shares from the posterior q(code | sample) where it is known; of
    codes that are points, each sample lies in one bin. Undefined with one code, with constant
    factors only, and with a factor that has a value per row; a constant factor is left out, with
    a caution. Cost O(n d K).

    References
    ----------
    Do and Tran (2020), Theory and evaluation metrics for learning disentangled representations,
    arXiv:1908.09961: RMIG and the quantisation.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(4, size=(1000, 2))
    >>> codes = factors * 1.0
    >>> codes[0] = 50.0
    >>> round(rmig(codes, factors).value, 1)
    1.0
    """
    if codes.shape[1] < 2:
        raise Undefined("one code cannot be ahead of a second")
    found = discrete(factors)
    information, entropy = fine_information(codes, factors).mutual, entropies(factors)
    gaps = top_gaps(information)[found.varied] / entropy[found.varied]
    parts = {"mutual_information": information, "entropies": entropy}
    return Measured(float(np.minimum(gaps, 1.0).mean()), parts, found.caution)
