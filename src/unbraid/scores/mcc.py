"""The mean correlation coefficient, as identifiability papers report it."""

import numpy as np

from unbraid.core.scoring import Measured, score
from unbraid.core.values import Kind
from unbraid.numerics.alignment import likeness, numbers_of


@score(unit="fraction", invariant_to=("permutation", "sign", "shift", "scale"), reads="numbers")
def mcc(
    codes: np.ndarray,
    factors: np.ndarray,
    factor_kinds: tuple[Kind, ...] = (),
    *,
    ranks: bool = False,
) -> Measured:
    """Score how well codes, each paired with one factor, correlate with the factors.

    It is the strong form: factors must be found one by one, in any order, sign and scale. It does
    not ask what else a code holds, nor of codes that are left over; and many codes of noise find
    a best one by chance, so read it beside its floor.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K), taken for numbers.
    factor_kinds
        One kind per factor, or none. With a periodic factor a code has a multiple correlation
        with cosine and sine; a categorical one is taken for a number, with a caution.
    ranks
        Whether correlations are of ranks (Spearman), which any rising map of a code leaves alone,
        and not of values (Pearson). Not so with periodic factors.

    Returns
    -------
    Score
        In [0, 1], higher is better: the mean absolute correlation over factors under the best
        pairing. Parts: ``correlations`` (d, K') and ``code_of_factor`` (K',); -1 for a factor
        without a code.

    Notes
    -----
    Each factor is paired with one code and each code with at most one factor, so that the sum of
    absolute correlations is greatest (Hungarian method). With fewer codes than factors those left
    over count as 0. All rows are used both to pair and to correlate, as published.

    A constant factor is left out, with a caution; undefined where all are. Cost
    O(n d K + max(d, K)^3).

    References
    ----------
    Hyvarinen and Morioka (2016), Unsupervised feature extraction by time-contrastive learning and
    nonlinear ICA, arXiv:1605.06336. Khemakhem, Kingma, Monti and Hyvarinen (2020),
    Variational autoencoders and nonlinear ICA, arXiv:1907.04809: MCC.

    Examples
    --------
    >>> factors = np.random.default_rng(0).normal(size=(1000, 2))
    >>> round(mcc(-3 * factors[:, ::-1], factors).value, 6)
    1.0
    >>> round(mcc(factors @ [[1, 1], [1, -1]], factors).value, 1)
    0.7
    """
    from unbraid.numerics.matching import match

    numbers = numbers_of(factors, factor_kinds)
    correlations = likeness(codes, numbers, ranks=ranks)
    rows, columns = match(correlations)
    code_of_factor = np.full(correlations.shape[1], -1)
    code_of_factor[columns] = rows
    value = float(correlations[rows, columns].sum() / correlations.shape[1])
    parts = {"correlations": correlations, "code_of_factor": code_of_factor}
    return Measured(value, parts, numbers.caution)
