"""The score of the FactorVAE paper."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score
from unbraid.core.values import CodeSampler
from unbraid.numerics.discrete import kept_in
from unbraid.numerics.interventions import measure_factors, variances, world_of


@score(unit="accuracy", invariant_to=("permutation", "sign", "shift"))
def factor_vae_score(  # noqa: PLR0913 (five are the protocol's settings)
    codes: np.ndarray,
    factors: np.ndarray,
    rng: np.random.Generator,
    sample_codes: CodeSampler | None = None,
    *,
    batch_size: int = 64,
    n_train: int = 10_000,
    n_eval: int = 5_000,
    n_variance: int = 10_000,
    min_std: float = 0.05,
) -> Measured:
    """Score how well the code that varies least tells which factor a batch of samples shares.

    It does not ask whether that code holds all of the factor, nor whether other codes hold it too;
    a generic rotation of the codes still scores 0.85 on dSprites.

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
        Samples per vote, >= 2.
    n_train
        Votes that decide which factor each code stands for.
    n_eval
        Votes that are then judged.
    n_variance
        Samples that each code's variance is taken from.
    min_std
        Codes of a smaller standard deviation take no part. It is absolute: codes scaled down by a
        hundred score 0.

    Returns
    -------
    Score
        An accuracy in [0, 1], higher is better; 0 if no code takes part, with a caution. Parts:
        ``votes`` (d, K), how often each code varied least where each factor was held, in training.

    Notes
    -----
    A vote is the code with the least variance in a batch that shares one value of a factor,
    relative to its variance over all samples; each code stands for the factor that it voted for
    most often. Chance is one over the number of factors.

    Undefined with one factor, with constant factors only, and where a factor of a table has more
    values than half the rows. Factors of a table are as dependent as its rows are. A constant
    factor takes part, as published, with a caution. Cost O((n_train + n_eval) batch_size d).

    References
    ----------
    Kim and Mnih (2018), Disentangling by factorising, arXiv:1802.05983, section 4. Locatello et
    al. (2019), arXiv:1811.12359, appendix C: the sizes.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(4, size=(1000, 2))
    >>> factor_vae_score(factors, factors, n_train=200, n_eval=100).value
    1.0
    >>> factor_vae_score(np.zeros((1000, 2)), factors).value
    0.0
    """
    n_factors = factors.shape[1]
    if n_factors < 2:
        raise Undefined("with one factor there is nothing to tell apart")
    world = world_of(codes, factors, sample_codes)
    table, drawn = world.rows(world.draw(n_variance, rng), rng)
    spread = table[drawn].var(axis=0, ddof=1)
    active = np.sqrt(spread) >= min_std
    votes = np.zeros((codes.shape[1], n_factors), dtype=np.int64)
    if not active.any():
        caution = f"no code has a standard deviation of {min_std} or more"
        return Measured(0.0, {"votes": votes}, caution)
    held, local = measure_factors(variances, world, (n_train, n_factors), batch_size, rng)
    np.add.at(votes, (_least(local, spread, active), held), 1)
    held, local = measure_factors(variances, world, (n_eval, n_factors), batch_size, rng)
    least = _least(local, spread, active)
    right = votes.argmax(axis=1)[least] == held
    return Measured(float(right.mean()), {"votes": votes}, kept_in(factors))


def _least(local: np.ndarray, spread: np.ndarray, active: np.ndarray) -> np.ndarray:
    """Return which of the active codes varies least, for its variance over all samples."""
    codes = np.flatnonzero(active)
    return np.asarray(codes[(local[:, codes] / spread[codes]).argmin(axis=1)])
