"""The Amari distance of codes from their sources."""

import numpy as np

from unbraid.core.scoring import ANY, Measured, Undefined, score
from unbraid.numerics import amari
from unbraid.numerics.alignment import standardised


@score(
    unit="distance",
    better="lower",
    invariant_to=("permutation", "sign", "shift", "scale"),
    bounds=(0.0, ANY),
    reads="numbers",
)
def amari_distance(codes: np.ndarray, factors: np.ndarray) -> Measured:
    """Score how far the linear map from factors to codes is from one that only reorders them.

    It is for codes that unmix a linear mixture, as ICA's do, with the sources as factors. It looks
    at the shape of the map alone: codes that hold next to nothing of the factors, along the right
    lines, score 0 as well, so see `mcc` beside it.

    Parameters
    ----------
    codes
        The codes, shape (n, d), d = K.
    factors
        The sources, shape (n, K), taken for numbers.

    Returns
    -------
    Score
        The squared variant, from 0 (each code is one factor, in any order, sign and scale) to
        K - 1 (all codes hold all factors alike); lower is better. Parts: ``map`` (d, K), from
        standardised factors to standardised codes.

    Notes
    -----
    With P the least-squares map and p = P^2 entry by entry, (sum_i (sum_j p_ij / max_j p_ij - 1) +
    sum_j (sum_i p_ij / max_i p_ij - 1)) / 2K. That is the variant of the picard package; Amari's
    own takes absolute entries and divides by 2K(K - 1): these are different numbers. Where the
    mixing matrix is known, the product of unmixing and mixing takes the place of P; here P is
    regressed, so that it is defined for any codes, with an error of about 1 / sqrt(n) per entry.

    Undefined unless there are as many codes as factors, all varying and the factors linearly
    independent. Cost O(n K^2).

    References
    ----------
    Amari, Cichocki and Yang (1996), A new learning algorithm for blind signal separation, Advances
    in Neural Information Processing Systems 8, equation 5. Ablin, Cardoso and Gramfort (2018),
    Faster independent component analysis by preconditioning with Hessian approximations,
    arXiv:1706.08171: the squared variant.

    Examples
    --------
    >>> factors = np.random.default_rng(0).laplace(size=(1000, 2))
    >>> round(amari_distance(-3 * factors[:, ::-1], factors).value, 6)
    0.0
    >>> amari_distance(factors @ [[1, 1], [1, -1]], factors).value > 0.9
    True
    """
    if codes.shape[1] != factors.shape[1]:
        raise Undefined(
            f"it needs as many codes as factors, and there are {codes.shape[1]} and "
            f"{factors.shape[1]}"
        )
    sources, found = standardised(factors), standardised(codes)
    if not (sources.any(axis=0).all() and found.any(axis=0).all()):
        raise Undefined("a code or a factor is constant")
    mapped, _, rank, _ = np.linalg.lstsq(sources, found, rcond=1e-10)
    if rank < len(mapped):
        raise Undefined("the factors are linearly dependent")
    if not (np.abs(mapped).max(axis=0) > 1e-12).all():
        raise Undefined("a code has nothing to do with any factor")
    if not (np.abs(mapped).max(axis=1) > 1e-12).all():
        raise Undefined("a factor has nothing to do with any code")
    product = mapped.T
    value = amari.amari_distance(product, np.eye(len(product)), variant="squared")
    return Measured(max(0.0, value), {"map": product})
