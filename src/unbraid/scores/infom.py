"""The M of InfoMEC: modularity as a share of information."""

import numpy as np

from unbraid.core.scoring import Measured, Undefined, score


@score(unit="fraction", invariant_to=("permutation", "sign", "shift", "scale"))
def infom(codes: np.ndarray, factors: np.ndarray, *, weighted: bool = True) -> Measured:
    """Score how much of what codes know is, code by code, of one factor alone.

    It does not ask whether every factor is known, nor by how many codes: see `infoc` and `infoe`.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K), K >= 2, each a set of values.
    weighted
        Whether codes count by what they know beyond chance. If not, all that are not nearly dead
        count alike, as published.

    Returns
    -------
    Score
        In [0, 1], higher is better: 1 where each code knows one factor, 0 where each knows all
        alike, or nothing. Parts: ``information`` (d, K), the shares of the factors' entropies that
        count.

    Notes
    -----
    With N_ik = I(code i; factor k) / H(factor k), published is the mean over codes of
    max_k N_ik / sum_k N_ik, moved so that 1/K becomes 0. Noise gains by that: its estimates are
    small and unequal, and ten codes of pure noise score 0.7. So here each code counts in
    proportion to sum_k N_ik, which makes it sum_i max_k N_ik / sum_ik N_ik, and an N_ik counts as
    0 unless it is five times what shuffled factors give. ``weighted=False`` gives the published
    mean over codes whose range is more than a twentieth of the largest; it depends on scales.

    Information is estimated from the tenth nearest neighbour, as published, but ties are counted
    where the published code breaks them by random noise; so discrete codes need no mention.
    Undefined with fewer than two factors that vary; a constant factor is left out, with a caution.
    Cost O(n log n) per code and factor, times three.

    References
    ----------
    Hsu, Dorrell, Whittington, Wu and Finn (2023), Disentanglement via latent quantization,
    arXiv:2305.18378: InfoMEC, and its published code.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(4, size=(800, 2))
    >>> infom(factors, factors).value, round(infom(factors @ [[1, 1], [1, -1]], factors).value, 1)
    (1.0, 0.0)
    """
    from unbraid.numerics.neighbours import information_shares

    found = information_shares(codes, factors)
    n_factors = int(found.varied.sum())
    if n_factors < 2:
        raise Undefined("with one factor that varies every code is modular")
    if weighted:
        shares = found.beyond_chance[:, found.varied]
        weights = shares.sum(axis=1)
    else:
        ranges = np.ptp(codes, axis=0)
        shares = found.measured[:, found.varied]
        weights = (ranges > ranges.max() / 20).astype(np.float64)
    parts = {"information": shares}
    if weights.sum() == 0:
        return Measured(0.0, parts, "no code tells of a factor beyond chance")
    total = shares.sum(axis=1)
    best = shares.max(axis=1)
    ratio = np.divide(best, total, out=np.full_like(total, 1 / n_factors), where=total > 0)
    value = (np.average(ratio, weights=weights) - 1 / n_factors) / (1 - 1 / n_factors)
    return Measured(max(0.0, float(value)), parts, found.caution)
