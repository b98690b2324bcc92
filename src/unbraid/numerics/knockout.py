"""What a small network loses when it may not see a factor's code."""

import warnings

import numpy as np
from jaxtyping import Float, Num

from unbraid.core.rng import integer_seed
from unbraid.numerics.discrete import discrete, labels_like
from unbraid.numerics.single_codes import align

# The published network; batches are smaller than the published 4,096, so that fewer epochs do.
N_HIDDEN = 256
LEARNING_RATE = 0.01
BATCH_SIZE = 500

Codes = Float[np.ndarray, "samples codes"]
OtherCodes = Float[np.ndarray, "others codes"]


def knocked_out(
    codes: Codes,
    factors: Num[np.ndarray, "samples factors"],
    codes_test: OtherCodes,
    factors_test: Num[np.ndarray, "others factors"],
    rng: np.random.Generator,
    *,
    n_epochs: int = 40,
) -> Float[np.ndarray, "seen varied"]:
    """Return the accuracy of networks that see all codes, and all but the factor's own.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d); standardised here.
    factors
        Their factors, shape (n, K).
    codes_test
        Held-out codes, shape (m, d).
    factors_test
        Their factors, shape (m, K).
    rng
        Draws where the networks start.
    n_epochs
        How often the networks see the rows at the most.

    Returns
    -------
    numpy.ndarray
        Accuracies on held-out rows, shape (2, K'), for the K' factors that vary: with all codes,
        and without the code that is matched with the factor. Without a match both are the same.

    Raises
    ------
    Undefined
        As `discrete` does.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(2, size=(300, 2))
    >>> found = knocked_out(factors * 1.0, factors, factors * 1.0, factors,
    ...                     np.random.default_rng(1))
    >>> found[0].tolist(), bool((found[1] < 0.7).all())
    ([1.0, 1.0], True)
    """
    found = discrete(factors)
    labels_test = labels_like(factors, factors_test)
    middle, spread = codes.mean(axis=0), codes.std(axis=0)
    spread[spread == 0] = 1.0
    mine, theirs = (codes - middle) / spread, (codes_test - middle) / spread
    accuracy = []
    for k, i in zip(
        np.flatnonzero(found.varied), align(codes, factors).code_of_factor, strict=True
    ):
        labels = found.labels[:, k], labels_test[:, k]
        seed = integer_seed(rng)
        whole = _accuracy(mine, theirs, labels, seed, n_epochs)
        less = whole
        if i >= 0:
            rest = np.delete(np.arange(codes.shape[1]), i)
            less = _accuracy(mine[:, rest], theirs[:, rest], labels, seed, n_epochs)
        accuracy.append((whole, less))
    return np.array(accuracy).T


def _accuracy(
    codes: np.ndarray,
    codes_test: np.ndarray,
    labels: tuple[np.ndarray, np.ndarray],
    seed: int,
    n_epochs: int,
) -> float:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    if codes.shape[1] == 0:
        return float(np.mean(labels[1] == np.bincount(labels[0]).argmax()))
    network = MLPClassifier(
        N_HIDDEN,
        alpha=0.0,
        batch_size=min(BATCH_SIZE, len(codes)),
        learning_rate_init=LEARNING_RATE,
        max_iter=n_epochs,
        n_iter_no_change=4,
        tol=1e-3,
        random_state=seed,
    )
    with warnings.catch_warnings():
        # That all epochs were used is no news.
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(codes, labels[0])
    return float(np.mean(network.predict(codes_test) == labels[1]))
