"""How much of a factor's entropy a linear classifier can explain."""

import numpy as np
from jaxtyping import Float, Int


def explained_entropy(
    codes: Float[np.ndarray, "samples codes"],
    labels: Int[np.ndarray, "samples factors"],
    codes_test: Float[np.ndarray, "others codes"],
    labels_test: Int[np.ndarray, "others factors"],
) -> Float[np.ndarray, " factors"]:
    """Return the share of each factor's held-out log loss that logistic regression takes away.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d); standardised here.
    labels
        The labels of their factors, counted from 0, shape (n, K).
    codes_test
        Held-out codes, shape (m, d).
    labels_test
        The labels of their factors, -1 where a value is unknown, shape (m, K).

    Returns
    -------
    numpy.ndarray
        In [0, 1], shape (K,): 1 - loss of the classifier / loss of the values' shares, 0 where
        that is negative; NaN for a factor with fewer than two values in either.

    References
    ----------
    Xu, Zhao, Song, Stewart and Ermon (2020), A theory of usable information under computational
    constraints, arXiv:2002.10689: predictive V-information.

    Examples
    --------
    >>> sides = np.tile([[0], [1]], (20, 1))
    >>> explained_entropy(sides * 1.0, sides, sides * 1.0, sides).round(2)
    array([1.])
    """
    from unbraid.numerics.softmax import fit_softmax

    middle, spread = codes.mean(axis=0), codes.std(axis=0)
    spread[spread == 0] = 1.0
    codes, codes_test = (codes - middle) / spread, (codes_test - middle) / spread
    explained = np.full(labels.shape[1], np.nan)
    for k, (mine, theirs) in enumerate(zip(labels.T, labels_test.T, strict=True)):
        shares = np.bincount(mine) / len(mine)
        known = theirs >= 0
        if len(shares) < 2 or np.unique(theirs[known]).size < 2:
            continue
        fit = fit_softmax(codes, mine, len(shares), strength=np.inf)
        probabilities = fit.probabilities(codes_test[known])
        right = probabilities[np.arange(known.sum()), theirs[known]]
        loss = -np.log(np.maximum(right, 1e-15)).mean()
        explained[k] = max(0.0, 1 - loss / -np.log(shares[theirs[known]]).mean())
    return explained
