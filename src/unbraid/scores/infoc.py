"""The C of InfoMEC: compactness as a share of information."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score


@score(unit="fraction", invariant_to=("permutation", "sign", "shift", "scale"))
def infoc(codes: np.ndarray, factors: np.ndarray, *, weighted: bool = True) -> Measured:
    """Score how much of what is known of each factor is in one code alone.

    It does not ask whether that code knows other factors too, nor how much is known: see `infom`
    and `infoe`.

    Parameters
    ----------
    codes
        The codes, shape (n, d), d >= 2.
    factors
        The factors, shape (n, K), each a set of values.
    weighted
        Whether factors count by what codes know of them beyond chance. If not, all count alike
        and nearly dead codes are left out, as published.

    Returns
    -------
    Score
        In [0, 1], higher is better: 1 where each factor is known by one code, 0 where all codes
        know it alike, or nothing. Parts: ``information`` (d, K), the shares of the factors'
        entropies that count.

    Notes
    -----
    With N_ik = I(code i; factor k) / H(factor k), published is the mean over factors of
    max_i N_ik / sum_i N_ik, moved so that 1/d becomes 0. Here each factor counts in proportion to
    sum_i N_ik, which makes it sum_k max_i N_ik / sum_ik N_ik, and an N_ik counts as 0 unless it is
    five times what shuffled factors give, so that noise has nothing to gain; d is the number of
    codes that vary. ``weighted=False`` gives the published mean over codes whose range is more
    than a twentieth of the largest; it depends on scales.

    The estimate is that of `infom`. Undefined with fewer than two codes that count; a constant
    factor is left out, with a caution. Cost O(n log n) per code and factor, times three.

    References
    ----------
    Hsu, Dorrell, Whittington, Wu and Finn (2023), Disentanglement via latent quantization,
    arXiv:2305.18378: InfoMEC, and its published code.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(4, size=(800, 2))
    >>> infoc(factors, factors).value, infoc(factors[:, [0, 0, 1, 1]], factors).value < 0.4
    (1.0, True)
    """
    from unbraid.numerics.neighbours import information_shares

    found = information_shares(codes, factors)
    ranges = np.ptp(codes, axis=0)
    active = ranges > (0 if weighted else ranges.max() / 20)
    n_codes = int(active.sum())
    if n_codes < 2:
        raise Undefined("with one code that varies every factor is in one code")
    shares = found.beyond_chance if weighted else found.measured
    shares = shares[np.ix_(active, found.varied)]
    total = shares.sum(axis=0)
    weights = total if weighted else np.ones_like(total)
    parts = {"information": shares}
    if total.sum() == 0:
        return Measured(0.0, parts, "no code tells of a factor beyond chance")
    best = shares.max(axis=0)
    ratio = np.divide(best, total, out=np.full_like(total, 1 / n_codes), where=total > 0)
    value = (np.average(ratio, weights=weights) - 1 / n_codes) / (1 - 1 / n_codes)
    return Measured(max(0.0, float(value)), parts, found.caution)
