"""Codes with a fixed number of non-zeros, by orthogonal matching pursuit."""

from typing import no_type_check

import numpy as np
from jaxtyping import Float

from unbraid.numerics._kernel import kernel


def matching_pursuit(
    X: Float[np.ndarray, "samples features"],
    atoms: Float[np.ndarray, "atoms features"],
    n_nonzero: int,
    *,
    positive: bool = False,
) -> Float[np.ndarray, "samples atoms"]:
    """Return codes with few non-zeros, adding the best atom and refitting all, one at a time.

    Parameters
    ----------
    X
        The samples, shape (n, p).
    atoms
        The dictionary, shape (k, p), of unit length.
    n_nonzero
        The most non-zeros per sample, 1 to k.
    positive
        Whether only atoms with a positive correlation may join; refitting may still make a code
        negative, and then it is set to zero.

    Returns
    -------
    numpy.ndarray
        The codes, shape (n, k).

    Notes
    -----
    Finds the sparsest code of a sample that has one with s non-zeros whenever
    ``s < (1 + 1 / mu) / 2``, where mu is the greatest correlation of two atoms.

    References
    ----------
    Rubinstein, Zibulevsky & Elad (2008), "Efficient implementation of the K-SVD algorithm using
    batch orthogonal matching pursuit", Technion CS-2008-08, figure 2. Tropp (2004), "Greed is
    good", doi:10.1109/TIT.2004.834793, theorem 3.1 and corollary 3.6.

    Examples
    --------
    >>> matching_pursuit(np.array([[3.0, -0.5, 1.0]]), np.eye(3), n_nonzero=2)
    array([[3., 0., 1.]])
    """
    codes = np.zeros((len(X), len(atoms)))
    gram = np.ascontiguousarray(atoms @ atoms.T)
    for first in range(0, len(X), 4096):
        place = slice(first, first + 4096)
        correlations = np.ascontiguousarray(X[place] @ atoms.T)
        _pursue(gram, correlations, n_nonzero, positive, codes[place])
    return codes


@kernel
@no_type_check  # numba compiles the function itself, not one that checks shapes
def _pursue(
    gram: np.ndarray, correlations: np.ndarray, most: int, positive: bool, codes: np.ndarray
) -> None:
    factor = np.empty((most, most))
    chosen = np.empty(most, np.int64)
    half = np.empty(most)
    h = np.empty(most)
    slope = np.empty(gram.shape[0])
    for i in range(codes.shape[0]):
        c = correlations[i]
        slope[:] = c
        least = 1e-12 * np.abs(c).max()
        size = 0
        while size < most:
            best = _steepest(slope, positive, least)
            if best < 0 or not _append(gram, chosen, size, best, factor):
                break
            chosen[size] = best
            size += 1
            _refit(c, chosen, size, factor, half, h)
            slope[:] = c
            for a in range(size):
                slope -= gram[chosen[a]] * h[a]
            for a in range(size):
                slope[chosen[a]] = 0.0
        for a in range(size):
            codes[i, chosen[a]] = max(h[a], 0.0) if positive else h[a]


@kernel
@no_type_check
def _steepest(slope: np.ndarray, positive: bool, least: float) -> int:
    """Return the atom that explains most of what is left, or -1 if none explains anything."""
    best, value = -1, least
    for j in range(slope.shape[0]):
        now = slope[j] if positive else abs(slope[j])
        if now > value:
            best, value = j, now
    return best


@kernel
@no_type_check
def _append(
    gram: np.ndarray, chosen: np.ndarray, size: int, best: int, factor: np.ndarray
) -> bool:
    """Add a row to the Cholesky factor; say whether the atom depends on no others."""
    pivot = gram[best, best]
    for a in range(size):
        value = gram[best, chosen[a]]
        for b in range(a):
            value -= factor[size, b] * factor[a, b]
        value /= factor[a, a]
        factor[size, a] = value
        pivot -= value * value
    if pivot <= 1e-12 * gram[best, best]:
        return False
    factor[size, size] = np.sqrt(pivot)
    return True


@kernel
@no_type_check
def _refit(
    c: np.ndarray,
    chosen: np.ndarray,
    size: int,
    factor: np.ndarray,
    half: np.ndarray,
    h: np.ndarray,
) -> None:
    """Fit all chosen atoms anew; ``half`` holds the forward substitution of those before."""
    value = c[chosen[size - 1]]
    for a in range(size - 1):
        value -= factor[size - 1, a] * half[a]
    half[size - 1] = value / factor[size - 1, size - 1]
    h[:size] = half[:size]
    for a in range(size - 1, -1, -1):
        h[a] /= factor[a, a]
        for b in range(a):
            h[b] -= factor[a, b] * h[a]
