"""The E of InfoMEC: explicitness as a share of information."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.numerics.discrete import discrete, labels_like, left_out
from unbraid.numerics.predictive import explained_entropy


@score(unit="fraction", invariant_to=("permutation", "sign", "shift", "scale"))
def infoe(
    codes: np.ndarray,
    factors: np.ndarray,
    codes_test: np.ndarray,
    factors_test: np.ndarray,
    rng: np.random.Generator,
) -> Measured:
    """Score how much of each factor's entropy a linear classifier of all codes explains.

    It does not ask how factors are laid out over codes; `explicitness` asks the same of the order
    of probabilities where this asks of the probabilities themselves.

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
        Draws the samples that choose the penalty.

    Returns
    -------
    Score
        The mean over factors of 1 - log loss / log loss of the values' shares, in [0, 1], higher
        is better. Parts: ``explained`` (K,); NaN where a factor is left out.

    Notes
    -----
    Multinomial logistic regression, at most 100 steps of lbfgs. The published code fits without a
    penalty and measures the loss on the samples it learned from, where codes of noise gain. Here
    the loss is that of held-out samples; as without a penalty a few hundred samples would be
    learned by heart, each factor's penalty is the one, of four and none, that does best on a fifth
    of the training samples. A negative share counts as 0. The published code weights values to be
    equally frequent; here they count as often as they occur, so that the loss without codes is the
    factor's entropy.

    A held-out value that the training samples lack is left out of the loss. A factor with fewer
    than two values in either is left out, with a caution; undefined if none is left. Cost O(n d)
    per value and step.

    References
    ----------
    Hsu, Dorrell, Whittington, Wu and Finn (2023), Disentanglement via latent quantization,
    arXiv:2305.18378: InfoMEC, and its published code. Xu et al. (2020), A theory of usable
    information under computational constraints, arXiv:2002.10689: V-information.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(3, size=(600, 2))
    >>> infoe(factors, factors).value > 0.98, infoe(np.zeros((600, 2)), factors).value < 0.01
    (True, True)
    """
    found = discrete(factors)
    labels_test = labels_like(factors, factors_test)
    explained = explained_entropy(codes, found.labels, codes_test, labels_test, rng)
    known = ~np.isnan(explained)
    if not known.any():
        raise Undefined("no factor has two values in both the training and the held-out samples")
    caution = left_out(~known, "without two values in the training or the held-out samples")
    return Measured(float(explained[known].mean()), {"explained": explained}, caution)
