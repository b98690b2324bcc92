"""Single-neuron classification."""

import numpy as np

from unbraid.core.scoring import Measured, score
from unbraid.numerics.discrete import discrete
from unbraid.numerics.single_codes import align, single_code_accuracy


@score(unit="accuracy", invariant_to=("permutation", "shift", "scale"), varies="jumping")
def snc(
    codes: np.ndarray, factors: np.ndarray, codes_test: np.ndarray, factors_test: np.ndarray
) -> Measured:
    """Score how often one code, cut into as many bins as a factor has values, tells the value.

    It does not ask what else the code holds, nor whether other codes hold the factor too: see
    `nk`. Chance is near one over the number of values, not 0.

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
        The mean accuracy over factors on held-out rows, in [0, 1], higher is better. Parts:
        ``accuracy`` (K',), ``code_of_factor`` (K',), -1 for a factor without a code, and
        ``information`` (d, K') in nats, by which they are matched.

    Notes
    -----
    Each factor is matched with one code, each code with one factor at the most, so that their
    mutual information adds up to most; the code is cut into bins of equally many samples, as many
    as the factor has values, and bins are matched one to one with values. So values that are
    unequally frequent cannot all be told, even by a perfect code.

    With fewer codes than factors those left over are guessed; the published code leaves that
    open. A constant factor is left out, with a caution; undefined where all are, and with a factor
    that has a value per row. Cost O(n log n) per code and factor.

    References
    ----------
    Mahon, Shah and Lukasiewicz (2023), Correcting flaws in common disentanglement metrics,
    arXiv:2304.02335: SNC.

    Examples
    --------
    >>> factors = np.indices((3, 3)).reshape(2, -1).T
    >>> snc(factors, factors, factors, factors).value
    1.0
    """
    accuracy = single_code_accuracy(codes, factors, codes_test, factors_test)
    information, code_of_factor = align(codes, factors)
    parts = {
        "accuracy": accuracy,
        "code_of_factor": code_of_factor,
        "information": information,
    }
    return Measured(float(accuracy.mean()), parts, discrete(factors).caution)
