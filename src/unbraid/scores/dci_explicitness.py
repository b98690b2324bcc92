"""The E of DCI-ES."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.capacity import explicitness_of_curve, loss_curve
from unbraid.numerics.discrete import discrete, labels_like, left_out


@score(unit="area", invariant_to=("permutation", "shift", "scale"), bounds=(-1.0, 1.0))
def dci_explicitness(
    codes: np.ndarray, factors: np.ndarray, codes_test: np.ndarray, factors_test: np.ndarray
) -> Measured:
    """Score how little capacity a probe needs to read the factors.

    It does not ask how factors are laid out over codes, except that trees read codes one at a
    time, so that rotations need larger ones. Even perfect codes need a leaf per value: a factor of
    s values has at most about 1 - log2(s) / 10.

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
        From -1 to 1, higher is better, the mean over factors: 1 where the least capacity is
        enough, 0 where the loss falls in a straight line to nothing, -1 where it never falls.
        Parts: ``losses`` (K, 11) in nats and ``explicitness`` (K,); NaN where a factor is left
        out.

    Notes
    -----
    1 - 2 A / (range of capacity x loss without codes), where A is the area under the least
    held-out loss so far, over capacity. Any probe and capacity may be chosen and each gives
    another number; this one is a single decision tree, its capacity log2 of its leaves, from 0
    (1 leaf: the shares of values) to 10 (1,024 leaves), its loss the log loss. The paper uses
    networks, random features and forests over width, number and depth; a tree of n leaves costs
    one fit for the whole curve.

    Deviation: the published code subtracts the least loss that is reached before it takes the
    area, so that codes that tell nothing score 1; here the least loss is 0, as it is in its
    divisor. A factor with fewer than two values in the training or the held-out samples is left
    out, with a caution; undefined if none is left. Cost O(n d log n) per factor.

    References
    ----------
    Eastwood, Nicolicioiu, von Kugelgen, Kekic, Trauble, Dittadi and Scholkopf (2023), DCI-ES: an
    extended disentanglement framework with connections to identifiability, arXiv:2210.00364.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(2, size=(600, 2))
    >>> round(dci_explicitness(factors, factors).value, 1)
    0.9
    >>> round(dci_explicitness(np.zeros((600, 2)), factors).value, 1)
    -1.0
    """
    found = discrete(factors)
    labels_test = labels_like(factors, factors_test)
    losses = np.full((factors.shape[1], 11), np.nan)
    scored = np.full(factors.shape[1], np.nan)
    for k, theirs in enumerate(labels_test.T):
        if found.varied[k] and np.unique(theirs[theirs >= 0]).size > 1:
            losses[k] = loss_curve(codes, found.labels[:, k], codes_test, theirs)
            scored[k] = explicitness_of_curve(losses[k])
    known = ~np.isnan(scored)
    if not known.any():
        raise Undefined("no factor has two values in both the training and the held-out samples")
    caution = left_out(~known, "without two values in the training or the held-out samples")
    parts = {"losses": losses, "explicitness": scored}
    return Measured(float(scored[known].mean()), parts, caution)
