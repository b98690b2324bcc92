"""The score of the beta-VAE paper."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.core.values import CodeSampler
from unbraid.numerics.discrete import kept_in
from unbraid.numerics.interventions import mean_differences, measure_factors, world_of


@score(unit="accuracy", invariant_to=("permutation", "sign", "shift"))
def beta_vae_score(
    codes: np.ndarray,
    factors: np.ndarray,
    rng: np.random.Generator,
    sample_codes: CodeSampler | None = None,
    *,
    batch_size: int = 64,
    n_train: int = 10_000,
    n_eval: int = 5_000,
) -> Measured:
    """Score how well a linear classifier tells which factor pairs of samples share.

    It sees average differences per code, so a generic rotation of the codes costs it little
    (0.94 on dSprites), and chance is one over the number of factors.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K), K >= 2, each a set of values.
    rng
        Draws the samples.
    sample_codes
        Makes codes of samples with given factors; then factors are drawn independently, uniformly
        over their values. None: rows of the table that share a value are drawn with replacement.
    batch_size
        Pairs per average.
    n_train
        Averages to learn from.
    n_eval
        Averages to test on.

    Returns
    -------
    Score
        An accuracy in [0, 1], higher is better. Parts: ``accuracy`` (K,) by factor.

    Notes
    -----
    A factor is drawn, then pairs of samples that share its value; the feature is the mean absolute
    difference of their codes. The classifier is scikit-learn's logistic regression with default
    settings on raw features: multinomial since version 0.22, one against the rest in the study's.

    Undefined with one factor, with constant factors only, and where a factor of a table has more
    values than half the rows, so that there is nothing to pair. Factors of a table are as
    dependent as its rows are; rare values leave few rows to pair. A constant factor takes part, as
    published, with a caution: its pairs share nothing else. Cost
    O((n_train + n_eval) batch_size d).

    References
    ----------
    Higgins et al. (2017), beta-VAE: learning basic visual concepts with a constrained variational
    framework, https://openreview.net/forum?id=Sy2fzU9gl, section 3. Locatello et al. (2019),
    arXiv:1811.12359, appendix C: the sizes.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(4, size=(1000, 2))
    >>> beta_vae_score(factors, factors, n_train=200, n_eval=100).value
    1.0
    >>> beta_vae_score(np.zeros((1000, 2)), factors, n_train=200, n_eval=100).value < 0.65
    True
    """
    from unbraid.numerics.softmax import fit_softmax

    n_factors = factors.shape[1]
    if n_factors < 2:
        raise Undefined("with one factor there is nothing to tell apart")
    world = world_of(codes, factors, sample_codes)
    held, features = measure_factors(
        mean_differences, world, (n_train, n_factors), batch_size, rng
    )
    fit = fit_softmax(features, held, n_factors)
    held, features = measure_factors(mean_differences, world, (n_eval, n_factors), batch_size, rng)
    right = fit.classify(features) == held
    counts = np.bincount(held, minlength=n_factors)
    accuracy = np.bincount(held, right, minlength=n_factors) / np.maximum(counts, 1)
    return Measured(float(right.mean()), {"accuracy": accuracy}, kept_in(factors))
