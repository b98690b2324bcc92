"""How much of a factor's entropy a linear classifier can explain."""

import numpy as np
from jaxtyping import Float, Int

# scikit-learn's C: weak codes need a strong penalty, perfect ones none.
STRENGTHS = (0.1, 1.0, 10.0, 100.0, np.inf)


def explained_entropy(
    codes: Float[np.ndarray, "samples codes"],
    labels: Int[np.ndarray, "samples factors"],
    codes_test: Float[np.ndarray, "others codes"],
    labels_test: Int[np.ndarray, "others factors"],
    rng: np.random.Generator,
    *,
    strengths: tuple[float, ...] = STRENGTHS,
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
    rng
        Draws the fifth of the rows to learn from that chooses the strength.
    strengths
        The weights of the loss against the penalty to choose from, for each factor by itself.

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
    >>> rng = np.random.default_rng(0)
    >>> explained_entropy(sides * 1.0, sides, sides * 1.0, sides, rng).round(2)
    array([1.])
    """
    middle, spread = codes.mean(axis=0), codes.std(axis=0)
    spread[spread == 0] = 1.0
    codes, codes_test = (codes - middle) / spread, (codes_test - middle) / spread
    explained = np.full(labels.shape[1], np.nan)
    for k, (mine, theirs) in enumerate(zip(labels.T, labels_test.T, strict=True)):
        shares = np.bincount(mine) / len(mine)
        known = theirs >= 0
        if len(shares) < 2 or np.unique(theirs[known]).size < 2:
            continue
        strength = _choose(codes, mine, len(shares), strengths, rng)
        loss = _loss((codes, mine), (codes_test[known], theirs[known]), len(shares), strength)
        explained[k] = max(0.0, 1 - loss / -np.log(shares[theirs[known]]).mean())
    return explained


def _choose(
    codes: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    strengths: tuple[float, ...],
    rng: np.random.Generator,
) -> float:
    order = rng.permutation(len(codes))
    held, kept = order[: len(codes) // 5], order[len(codes) // 5 :]
    if len(strengths) == 1 or len(held) == 0:
        return strengths[0]
    parts = (codes[kept], labels[kept]), (codes[held], labels[held])
    return min(strengths, key=lambda strength: _loss(*parts, n_classes, strength))


def _loss(
    given: tuple[np.ndarray, np.ndarray],
    asked: tuple[np.ndarray, np.ndarray],
    n_classes: int,
    strength: float,
) -> float:
    from unbraid.numerics.softmax import fit_softmax

    probabilities = fit_softmax(*given, n_classes, strength=strength).probabilities(asked[0])
    right = probabilities[np.arange(len(asked[0])), asked[1]]
    return float(-np.log(np.maximum(right, 1e-15)).mean())
