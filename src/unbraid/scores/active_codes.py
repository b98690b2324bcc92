"""The number of active codes."""

import numpy as np

from unbraid.core.scoring import ANY, Measured, score


@score(unit="codes", invariant_to=("permutation", "sign", "shift"), bounds=(0.0, ANY))
def active_codes(codes: np.ndarray) -> Measured:
    """Count the codes that vary at all, among those that a variational autoencoder may shut down.

    It looks at codes alone and on an absolute scale, that of a standard normal prior: noise of
    unit variance is as active as can be, and codes of another scale are counted wrongly.

    Parameters
    ----------
    codes
        The codes, shape (n, d): for a variational autoencoder the posterior means.

    Returns
    -------
    Score
        How many codes have a variance of more than 0.01, from 0 to d. More is counted as better,
        since a code that was shut down holds nothing. Parts: ``variances`` (d,).

    Notes
    -----
    Burda et al. take the variance of the posterior mean over samples, which is what codes are; it
    needs no posterior variances, as a rule by KL divergence would. The threshold is theirs. Cost
    O(n d).

    References
    ----------
    Burda, Grosse and Salakhutdinov (2016), Importance weighted autoencoders, arXiv:1509.00519,
    section 5.2: active units.

    Examples
    --------
    >>> codes = np.array([[0.0, 0.0], [1.0, 0.1], [0.0, 0.2]])
    >>> active_codes(codes, [0, 1, 0]).value
    1.0
    """
    variances = codes.var(axis=0)
    return Measured(float((variances > 0.01).sum()), {"variances": variances})
