"""Maximum-likelihood independent component analysis by preconditioned quasi-Newton steps."""

from collections import deque
from dataclasses import dataclass
from typing import no_type_check

import numba
import numpy as np

# Below this curvature a pair of sources is turned as if it had it (Ablin et al. 2018, section 4).
_LEAST_CURVATURE = 1e-2
_LOG_PI = float(np.log(np.pi))
_LOG_TWO = float(np.log(2.0))
_SUB_CONSTANT = float(0.5 + 0.5 * np.log(2 * np.pi))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unmixing:
    """What maximising the likelihood found.

    Parameters
    ----------
    matrix
        W, shape (k, k): sources are ``W @ x``, scaled as their densities want them.
    sub
        Which sources have the sub-Gaussian density, shape (k,).
    loss
        The mean negative log-likelihood in nats per sample.
    gradient
        The greatest entry of the relative gradient, in absolute value.
    n_iterations
        How many passes over all samples it took.
    """

    matrix: np.ndarray
    sub: np.ndarray
    loss: float
    gradient: float
    n_iterations: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Point:
    """One unmixing matrix, and what the likelihood says there."""

    W: np.ndarray
    Y: np.ndarray
    loss: float
    gradient: np.ndarray
    curvature: np.ndarray
    excess: np.ndarray  # of E psi' E y^2 over E psi y for psi = tanh: above 0 if super-Gaussian

    @property
    def slope(self) -> float:
        return float(np.abs(self.gradient).max())


def maximise(
    X: np.ndarray,
    *,
    kinds: str = "adaptive",
    tolerance: float = 1e-7,
    max_iterations: int = 500,
) -> Unmixing:
    """Find the unmixing matrix under which the samples are most likely.

    Super-Gaussian sources have the density ``sech(y) / pi``, sub-Gaussian ones
    ``exp(-(y**2 + 1) / 2) cosh(y) / sqrt(2 pi)``: a matrix that is right is a stationary point
    for any densities, and a maximum where each source has the kind that suits it.

    Parameters
    ----------
    X
        White samples, shape (k, n): zero mean, unit covariance.
    kinds
        ``"super"`` or ``"sub"`` for all sources, or ``"adaptive"`` to choose for each.
    tolerance
        Stop when no entry of the relative gradient exceeds it.
    max_iterations
        Stop after so many passes over all samples.

    Returns
    -------
    Unmixing
        The matrix, and how well it was found.

    Notes
    -----
    L-BFGS on the relative gradient ``E[psi(y) y'] - I``, preconditioned by the Hessian that holds
    where the sources are independent: one 2x2 block for each pair. Large sets are first solved on
    a sixteenth of their samples, where one pass costs a sixteenth; near the solution the
    preconditioner is nearly exact, so few full passes are left.

    References
    ----------
    Ablin, Cardoso & Gramfort (2018), "Faster independent component analysis by preconditioning
    with Hessian approximations", arXiv:1706.08171, algorithm 2. Lee, Girolami & Sejnowski (1999),
    "Independent component analysis using an extended infomax algorithm",
    doi:10.1162/089976699300016719, equations 21 and 27.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> sources = np.stack([rng.laplace(size=4000), rng.uniform(-1, 1, size=4000)])
    >>> sources = (sources - sources.mean(1, keepdims=True)) / sources.std(1, keepdims=True)
    >>> turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    >>> found = maximise(turn @ sources)
    >>> np.abs(found.matrix @ turn).argmax(axis=1).tolist(), found.sub.tolist()
    ([0, 1], [False, True])
    """
    X = np.ascontiguousarray(X)
    k, n = X.shape
    W, sub = np.eye(k), np.full(k, kinds == "sub")
    adaptive = kinds == "adaptive"
    if n >= 16 * max(1000, 40 * k):
        part = np.ascontiguousarray(X[:, ::16])
        start, sub = _descend(part, W, sub, adaptive, 1e-3, max_iterations, np.empty_like(part))[
            :2
        ]
        W = start.W
    point, sub, steps = _descend(X, W, sub, adaptive, tolerance, max_iterations, np.empty_like(X))
    return Unmixing(
        matrix=point.W, sub=sub, loss=point.loss, gradient=point.slope, n_iterations=steps
    )


def _descend(
    X: np.ndarray,
    W: np.ndarray,
    sub: np.ndarray,
    adaptive: bool,
    tolerance: float,
    max_iterations: int,
    psi: np.ndarray,
) -> tuple[_Point, np.ndarray, int]:
    """Minimise the loss; ``psi`` is working memory in the shape of X."""
    point = _at(X, W, sub, psi)
    memory: deque[tuple[np.ndarray, np.ndarray, float]] = deque(maxlen=7)
    switches = 20  # a source whose kind flips for ever is Gaussian, and either kind will do
    for step in range(max_iterations):
        if adaptive and switches and ((point.excess < 0) != sub).any():
            sub, switches = point.excess < 0, switches - 1
            point = _at(X, point.W, sub, psi)
            memory.clear()
        if point.slope < tolerance:
            return point, sub, step
        direction = _direction(point, memory)
        found = _search(X, point, direction, sub, psi)
        if found is None and memory:
            memory.clear()
            direction = _direction(point, memory)
            found = _search(X, point, direction, sub, psi)
        if found is None:  # no step lowers the loss by more than rounding
            return point, sub, step + 1
        length, following = found
        change = following.gradient - point.gradient
        moved = length * direction
        along = float((moved * change).sum())
        if along > 0:
            memory.append((moved, change, 1.0 / along))
        point = following
    return point, sub, max_iterations


def _at(X: np.ndarray, W: np.ndarray, sub: np.ndarray, psi: np.ndarray) -> _Point:
    Y = W @ X
    n = X.shape[1]
    means = _sweep(Y, sub, psi)
    loss, slope, square, own, sech, ytanh = means.T
    gradient = psi @ Y.T / n - np.eye(len(W))
    curvature = np.outer(slope, square)
    np.fill_diagonal(curvature, own)
    return _Point(
        W=W,
        Y=Y,
        loss=float(loss.sum() - np.linalg.slogdet(W)[1]),
        gradient=gradient,
        curvature=curvature,
        excess=sech * square - ytanh,
    )


@numba.njit(fastmath=True, error_model="numpy", cache=True)
@no_type_check  # numba compiles the function itself, not one that checks shapes
def _sweep(Y: np.ndarray, sub: np.ndarray, psi: np.ndarray) -> np.ndarray:
    """Fill psi(y); return the mean of loss, psi', y^2, psi' y^2, sech^2 and y tanh per source."""
    k, n = Y.shape
    means = np.empty((k, 6))
    for i in range(k):
        logcosh = sech = square = own = ytanh = 0.0
        for start in range(0, n, 32):
            product = 1.0  # one logarithm for 32 samples
            for t in range(start, min(start + 32, n)):
                y = Y[i, t]
                size = abs(y)
                e = np.exp(-2.0 * size)
                th = (1.0 - e) / (1.0 + e)
                s = 1.0 - th * th
                product *= 1.0 + e
                logcosh += size
                sech += s
                square += y * y
                own += s * y * y
                ytanh += size * th
                psi[i, t] = np.copysign(th, y)
            logcosh += np.log(product)
        logcosh = logcosh / n - _LOG_TWO
        sech, square, own, ytanh = sech / n, square / n, own / n, ytanh / n
        means[i, 2], means[i, 4], means[i, 5] = square, sech, ytanh
        if sub[i]:
            means[i, 0] = 0.5 * square - logcosh + _SUB_CONSTANT
            means[i, 1], means[i, 3] = 1.0 - sech, square - own
            for t in range(n):
                psi[i, t] = Y[i, t] - psi[i, t]
        else:
            means[i, 0] = logcosh + _LOG_PI
            means[i, 1], means[i, 3] = sech, own
    return means


def _direction(point: _Point, memory: deque[tuple[np.ndarray, np.ndarray, float]]) -> np.ndarray:
    """Return minus the preconditioned gradient, by the two-loop recursion."""
    q = point.gradient.copy()
    weights = []
    for moved, change, inverse in reversed(memory):
        weight = inverse * (moved * q).sum()
        weights.append(weight)
        q -= weight * change
    q = _solve_pairs(point.curvature, q)
    for (moved, change, inverse), weight in zip(memory, reversed(weights), strict=True):
        q += moved * (weight - inverse * (change * q).sum())
    return -q


def _solve_pairs(curvature: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Solve [[h_ij, 1], [1, h_ji]] for each pair, lifted so that no eigenvalue is too small."""
    h = curvature
    least = 0.5 * (h + h.T - np.sqrt((h - h.T) ** 2 + 4.0))
    h = h + np.maximum(_LEAST_CURVATURE - least, 0.0)
    solved = (h.T * gradient - gradient.T) / (h * h.T - 1.0)
    own = np.maximum(np.diag(curvature) + 1.0, _LEAST_CURVATURE)
    np.fill_diagonal(solved, np.diag(gradient) / own)
    return np.asarray(solved)


def _search(
    X: np.ndarray, point: _Point, direction: np.ndarray, sub: np.ndarray, psi: np.ndarray
) -> tuple[float, _Point] | None:
    """Halve the step until the loss falls; None if it never does."""
    length = 1.0
    for _ in range(12):
        W = point.W + length * (direction @ point.W)
        following = _at(X, W, sub, psi)
        # At the bottom the loss is flat to rounding: there a smaller gradient is progress.
        flat = abs(following.loss - point.loss) <= 1e-12 * abs(point.loss)
        if following.loss < point.loss or (flat and following.slope < point.slope):
            return length, following
        length *= 0.5
    return None


def losses(Y: np.ndarray, sub: np.ndarray) -> np.ndarray:
    """Return the negative log-density of sources.

    Parameters
    ----------
    Y
        The sources, scaled as their densities want them, shape (k, n).
    sub
        Which have the sub-Gaussian density, shape (k,).

    Returns
    -------
    numpy.ndarray
        Nats, shape (k, n).

    Examples
    --------
    >>> losses(np.zeros((1, 1)), np.array([False])).round(6)  # log pi
    array([[1.14473]])
    """
    size = np.abs(Y)
    logcosh = size + np.log1p(np.exp(-2 * size)) - _LOG_TWO
    return np.asarray(
        np.where(sub[:, None], 0.5 * Y**2 - logcosh + _SUB_CONSTANT, logcosh + _LOG_PI)
    )


def settle(
    W: np.ndarray, X: np.ndarray, *, kinds: str = "adaptive"
) -> tuple[np.ndarray, np.ndarray]:
    """Give each source of an unmixing matrix its density, and the scale that suits it best.

    Parameters
    ----------
    W
        An unmixing matrix, shape (k, k).
    X
        White samples, shape (k, n).
    kinds
        As for `maximise`.

    Returns
    -------
    tuple of numpy.ndarray
        W with its rows rescaled, and which sources are sub-Gaussian.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(1, 100))
    >>> W, _ = settle(np.eye(1), X, kinds="super")
    >>> bool(abs((np.tanh(W @ X) * (W @ X)).mean() - 1) < 1e-6)
    True
    """
    X = np.ascontiguousarray(X[:, :: max(1, X.shape[1] // 10_000)])
    psi = np.empty_like(X)
    sub = np.full(len(W), kinds == "sub")
    for step in range(30):
        point = _at(X, W, sub, psi)
        if kinds == "adaptive" and step < 10:
            sub = point.excess < 0
        own = np.maximum(np.diag(point.curvature) + 1.0, _LEAST_CURVATURE)
        W = W * np.exp(-np.diag(point.gradient) / own)[:, None]
    return W, sub


def angle_errors(Y: np.ndarray, sub: np.ndarray) -> np.ndarray:
    """Return the standard error of the angle between each two sources, turned in their plane.

    Parameters
    ----------
    Y
        The sources that were found, shape (k, n).
    sub
        Which have the sub-Gaussian density, shape (k,).

    Returns
    -------
    numpy.ndarray
        Radians, shape (k, k), zero on the diagonal; infinite where the likelihood has no maximum.

    Notes
    -----
    With ``eta = E psi' E y^2 / E psi y`` and ``kappa = E psi^2 E y^2 / (E psi y)^2`` the error is
    ``sqrt((kappa_i + kappa_j - 2) / n) / (eta_i + eta_j - 2)``. A Gaussian source has eta = 1
    whatever psi is (Stein's identity), so the likelihood of a Gaussian pair is flat.

    Examples
    --------
    >>> Y = np.random.default_rng(0).laplace(size=(2, 10_000))
    >>> bool(angle_errors(Y, np.zeros(2, dtype=bool))[0, 1] < 0.02)
    True
    """
    psi = np.empty_like(Y)
    _, slope, square, _, _, _ = _sweep(np.ascontiguousarray(Y), sub, psi).T
    along = np.einsum("ij,ij->i", psi, Y) / Y.shape[1]
    kappa = np.einsum("ij,ij->i", psi, psi) / Y.shape[1] * square / along**2
    eta = slope * square / along
    # Sources that densities are wrong for may have kappa < 1 by noise alone.
    noise = np.sqrt(np.maximum(kappa[:, None] + kappa - 2.0, 0.0) / Y.shape[1])
    curvature = eta[:, None] + eta - 2.0
    errors = np.full(curvature.shape, np.inf)
    np.divide(noise, curvature, out=errors, where=curvature > 0)
    np.fill_diagonal(errors, 0.0)
    return errors


def flatness(Y: np.ndarray, sub: np.ndarray) -> tuple[float, float]:
    """Return how much turning two sources in their plane matters at most.

    Parameters
    ----------
    Y
        Two sources that were found, shape (2, n).
    sub
        Which have the sub-Gaussian density, shape (2,).

    Returns
    -------
    tuple of float
        The mean log-likelihood at the angle found less that at the worst angle, and the standard
        error of this difference, in nats.

    Examples
    --------
    >>> Y = np.random.default_rng(0).normal(size=(2, 10_000))
    >>> gain, error = flatness(Y, np.zeros(2, dtype=bool))
    >>> bool(gain < 4 * error)
    True
    """
    spread = Y.std(axis=1, keepdims=True)
    here = losses(Y, sub).sum(axis=0)
    worst = (-np.inf, 0.0)
    for angle in np.arange(1, 16) * np.pi / 32:
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        change = losses(turn @ (Y / spread) * spread, sub).sum(axis=0) - here
        worst = max(worst, (float(change.mean()), float(change.std() / np.sqrt(Y.shape[1]))))
    return worst
