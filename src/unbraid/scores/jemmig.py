"""JEMMIG: the joint entropy less the mutual information gap."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.discrete import discrete
from unbraid.numerics.fine_bins import N_BINS, fine_information
from unbraid.numerics.information import entropies


@score(unit="fraction", better="lower", invariant_to=("permutation", "sign", "shift", "scale"))
def jemmig(codes: np.ndarray, factors: np.ndarray) -> Measured:
    """Score what the best code of each factor holds besides, and how near a second code comes.

    Unlike MIG it is spoilt by a code that knows its factor and others too, or noise too: so a code
    must be as coarse as its factor to be good, and a factor of few values with a smooth code of
    many is far from 0. Codes that are constant hold nothing else and score 0.36 on dSprites'
    factors, better than noise or a rotation: read it beside its floor. Some report 1 - JEMMIG.

    Parameters
    ----------
    codes
        The codes, shape (n, d), d >= 2.
    factors
        The factors, shape (n, K), each a set of values.

    Returns
    -------
    Score
        In [0, 1], lower is better: the mean over factors. Parts: ``mutual_information`` (d, K),
        ``entropies`` (K,) of factors and ``code_entropies`` (d,), in nats.

    Notes
    -----
    The mean over k of (H(z, y_k) - I_1k + I_2k) / (H(y_k) + log 100), where z is the code that
    knows most of factor k, I_1k what it knows and I_2k what the second does, by plug-in estimates
    in the 100 bins of `rmig`. The divisor is the published normalisation: the greatest entropy
    that the two can have together.

    Undefined with one code, with constant factors only, and with a factor that has a value per
    row; a constant factor is left out, with a caution. Cost O(n d K).

    References
    ----------
    Do and Tran (2020), Theory and evaluation metrics for learning disentangled representations,
    arXiv:1908.09961: JEMMIG and its normalised form.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(4, size=(1000, 2))
    >>> noise = np.random.default_rng(1).normal(size=(1000, 2))
    >>> round(jemmig(factors, factors).value, 2), jemmig(noise, factors).value > 0.8
    (0.0, True)
    """
    if codes.shape[1] < 2:
        raise Undefined("one code has no second")
    found = discrete(factors)
    information, code_entropies = fine_information(codes, factors)
    entropy = entropies(factors)
    second, first = np.sort(information, axis=0)[-2:]
    joint = code_entropies[information.argmax(axis=0)] + entropy - first
    gaps = (joint - first + second) / (entropy + np.log(N_BINS))
    parts = {
        "mutual_information": information,
        "entropies": entropy,
        "code_entropies": code_entropies,
    }
    value = float(np.clip(gaps[found.varied], 0.0, 1.0).mean())
    return Measured(value, parts, found.caution)
