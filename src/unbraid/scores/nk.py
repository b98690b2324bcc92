"""Neuron knockout."""

import numpy as np

from unbraid.core.scoring import Measured, score
from unbraid.numerics.discrete import discrete
from unbraid.numerics.knockout import knocked_out
from unbraid.numerics.single_codes import align


@score(
    unit="accuracy lost",
    invariant_to=("permutation", "shift", "scale"),
    bounds=(-1.0, 1.0),
)
def nk(
    codes: np.ndarray,
    factors: np.ndarray,
    codes_test: np.ndarray,
    factors_test: np.ndarray,
    rng: np.random.Generator,
    *,
    n_epochs: int = 40,
) -> Measured:
    """Score how much a network loses that may not see the one code of each factor.

    It asks whether a factor is in its code and nowhere else. It does not ask whether that code is
    easy to read, nor what else it holds; codes that know nothing lose nothing and score 0.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d); standardised here.
    factors
        Their factors, shape (n, K), each a set of values.
    codes_test
        Held-out codes, shape (m, d).
    factors_test
        Their factors.
    rng
        Draws where the networks start.
    n_epochs
        How often the networks see the rows at the most.

    Returns
    -------
    Score
        The mean over factors of the accuracy with all codes less that without the factor's code,
        on held-out rows; at most 1 less the share of the commonest value, higher is better, and a
        little below 0 by chance. Parts: ``accuracy`` (2, K'), with and without the code, and
        ``code_of_factor`` (K',); -1 for a factor without a code, which loses nothing.

    Notes
    -----
    Factors and codes are matched as in `snc`. The networks have one layer of 256 rectified units
    and are trained by Adam with a step of 0.01, as published, in batches of 500 for at most 40
    epochs, until the loss stays within 0.001 for four; published are batches of 4,096. Deviation:
    codes are standardised for the network. It trains two networks per factor, which takes about
    a second each for 10,000 rows.

    A constant factor is left out, with a caution; undefined where all are, and with a factor that
    has a value per row.

    References
    ----------
    Mahon, Shah and Lukasiewicz (2023), Correcting flaws in common disentanglement metrics,
    arXiv:2304.02335: NK.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(2, size=(300, 2))
    >>> nk(factors, factors, factors, factors).value > 0.3
    True
    >>> nk(np.hstack([factors, factors]), factors).value
    0.0
    """
    given = (codes, factors, codes_test, factors_test)
    accuracy = knocked_out(*given, rng, n_epochs=n_epochs)
    parts = {"accuracy": accuracy, "code_of_factor": align(codes, factors).code_of_factor}
    value = float((accuracy[0] - accuracy[1]).mean())
    return Measured(value, parts, discrete(factors).caution)
