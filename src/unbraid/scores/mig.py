"""The mutual information gap."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.discrete import discrete
from unbraid.numerics.information import entropies, mutual_information
from unbraid.numerics.matrices import top_gaps


@score(unit="fraction", invariant_to=("permutation", "sign", "shift", "scale"))
def mig(codes: np.ndarray, factors: np.ndarray) -> Measured:
    """Score how far the code that knows most of each factor is ahead of the second.

    It asks whether *one* code holds a factor, not whether that code holds this factor alone: a
    code that packs two factors may win both gaps.

    Parameters
    ----------
    codes
        The codes, shape (n, d), d >= 2; each is cut into 20 bins of equal width.
    factors
        The factors, shape (n, K), each a set of values.

    Returns
    -------
    Score
        In [0, 1], higher is better, the mean over factors of a share of the factor's entropy.
        Parts: ``mutual_information`` (d, K) and ``entropies`` (K,) in nats.

    Notes
    -----
    The mean over k of (I_1k - I_2k) / H_k, with plug-in estimates. 20 bins cannot hold more than
    20 values, so a perfect code of a factor with 40 values scores 0.80, and one outlier in a code
    widens all its bins.

    Undefined with one code, with constant factors only, and with a factor that has a value per
    row. Deviations from the published code, which divides by zero there: a constant factor is
    left out, with a caution. Signs, shifts and scales may move samples that lie exactly on a
    bin's edge. Cost O(n d K).

    References
    ----------
    Chen, Li, Grosse and Duvenaud (2018), Isolating sources of disentanglement in variational
    autoencoders, arXiv:1802.04942, equation 6. Locatello et al. (2019), Challenging common
    assumptions in the unsupervised learning of disentangled representations, arXiv:1811.12359,
    appendix C: the bins.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(4, size=(1000, 2))
    >>> round(mig(factors, factors).value, 2), mig(np.zeros((1000, 2)), factors).value
    (1.0, 0.0)
    """
    if codes.shape[1] < 2:
        raise Undefined("one code cannot be ahead of a second")
    found = discrete(factors)
    information, entropy = mutual_information(codes, factors), entropies(factors)
    gaps = top_gaps(information)[found.varied] / entropy[found.varied]
    parts = {"mutual_information": information, "entropies": entropy}
    return Measured(float(gaps.mean()), parts, found.caution)
