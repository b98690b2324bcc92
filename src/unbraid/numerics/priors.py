"""Codes under Olshausen and Field's smooth priors."""

from typing import Literal

import numpy as np
from jaxtyping import Float

Prior = Literal["cauchy", "gaussian"]


def cost(codes: Float[np.ndarray, "samples atoms"], prior: Prior) -> Float[np.ndarray, " samples"]:
    """Return what codes cost under a prior.

    Parameters
    ----------
    codes
        The codes, shape (n, k).
    prior
        ``"cauchy"`` for log(1 + h^2), ``"gaussian"`` for 1 - exp(-h^2).

    Returns
    -------
    numpy.ndarray
        Summed over codes, shape (n,).

    Examples
    --------
    >>> cost(np.array([[0.0, 1.0]]), "cauchy").round(4)
    array([0.6931])
    """
    square = codes**2
    return np.asarray((np.log1p(square) if prior == "cauchy" else -np.expm1(-square)).sum(axis=1))


def smooth_codes(
    X: Float[np.ndarray, "samples features"],
    atoms: Float[np.ndarray, "atoms features"],
    penalty: float,
    prior: Prior,
    *,
    rounds: int = 12,
    start: Float[np.ndarray, "samples atoms"] | None = None,
) -> Float[np.ndarray, "samples atoms"]:
    """Lower ``|x - h D|^2 / 2 + penalty sum_j S(h_j)`` for each sample, from where it starts.

    Parameters
    ----------
    X
        The samples, shape (n, p).
    atoms
        The dictionary D, shape (k, p).
    penalty
        The weight of the prior, above 0.
    prior
        ``"cauchy"`` for S = log(1 + h^2), ``"gaussian"`` for S = -exp(-h^2).
    rounds
        How many parabolas to put above the cost in turn.
    start
        Codes to start from, shape (n, k); None for h = X D'.

    Returns
    -------
    numpy.ndarray
        The codes, shape (n, k): a local minimum in the limit, never worse than the start.

    Notes
    -----
    Both S are concave in h^2, so a parabola through the present codes lies above them, and
    whatever lowers it lowers the cost. It is lowered by five conjugate gradient steps, for all
    samples at once.

    References
    ----------
    Olshausen & Field (1996), "Emergence of simple-cell receptive field properties by learning a
    sparse code for natural images", doi:10.1038/381607a0, equations 2 to 4.

    Examples
    --------
    >>> codes = smooth_codes(np.array([[4.0, 0.1]]), np.eye(2), penalty=1.0, prior="cauchy")
    >>> codes.round(2)
    array([[3.47, 0.03]])
    """
    gram = atoms @ atoms.T
    target = X @ atoms.T
    h = target.copy() if start is None else np.array(start, dtype=np.float64)
    for _ in range(rounds):
        square = h**2
        slopes = 1.0 / (1.0 + square) if prior == "cauchy" else np.exp(-square)
        h = _conjugate_gradient(gram, 2.0 * penalty * slopes, target, h, steps=5)
    return h


def _conjugate_gradient(
    gram: np.ndarray, weights: np.ndarray, target: np.ndarray, h: np.ndarray, steps: int
) -> np.ndarray:
    """Lower h (G + diag(w)) h' / 2 - h t' for each row, preconditioned by the diagonal."""
    scale = 1.0 / (np.diag(gram) + weights)
    rest = target - h @ gram - weights * h
    ready = scale * rest
    direction = ready
    size = (rest * ready).sum(axis=1)
    for _ in range(steps):
        image = direction @ gram + weights * direction
        curvature = (direction * image).sum(axis=1)
        length = np.divide(size, curvature, out=np.zeros_like(size), where=curvature > 0)
        h = h + length[:, None] * direction
        rest = rest - length[:, None] * image
        ready = scale * rest
        before, size = size, (rest * ready).sum(axis=1)
        ratio = np.divide(size, before, out=np.zeros_like(size), where=before > 0)
        direction = ready + ratio[:, None] * direction
    return h
