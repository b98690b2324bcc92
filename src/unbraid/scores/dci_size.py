"""The S of DCI-ES."""

import numpy as np

from unbraid.core.scoring import Measured, score


@score(
    unit="fraction", invariant_to=("permutation", "sign", "shift", "scale", "affine"), paired=False
)
def dci_size(codes: np.ndarray, factors: np.ndarray) -> Measured:
    """Score how few codes there are, for the number of factors.

    It looks at the sizes alone, and at nothing that is in the codes: spare and dead codes count
    as any other.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K).

    Returns
    -------
    Score
        K / d, in (0, 1], higher is better: 1 where there are as many codes as factors. Parts:
        ``sizes`` (2,), the numbers of factors and codes.

    Notes
    -----
    It has no floor and no ceiling, as no pairing of codes and factors changes it. With fewer codes
    than factors, for which it is not defined in the paper, it is 1, with a caution.

    References
    ----------
    Eastwood, Nicolicioiu, von Kugelgen, Kekic, Trauble, Dittadi and Scholkopf (2023), DCI-ES: an
    extended disentanglement framework with connections to identifiability, arXiv:2210.00364.

    Examples
    --------
    >>> dci_size(np.zeros((3, 10)), np.zeros((3, 5))).value
    0.5
    """
    n_factors, n_codes = factors.shape[1], codes.shape[1]
    fewer = n_codes < n_factors
    caution = f"there are fewer codes than factors: {n_codes} and {n_factors}" if fewer else None
    sizes = np.array([n_factors, n_codes])
    return Measured(min(1.0, n_factors / n_codes), {"sizes": sizes}, caution)
