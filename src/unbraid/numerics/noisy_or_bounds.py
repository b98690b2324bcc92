"""Upper bounds of the likelihood under noisy-OR networks, by convex duality."""

from typing import no_type_check

import numpy as np
from jaxtyping import Float, Integer

from unbraid.numerics._kernel import kernel
from unbraid.numerics.noisy_or import Network
from unbraid.numerics.noisy_or_exact import evidence

_MOST_SWEEPS = 200
_TOLERANCE = 1e-10


def conjugate(lam: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Return the conjugate of log(1 - exp(-x)), whose tangents bound it from above.

    Parameters
    ----------
    lam
        Slopes, above 0, shape (n,).

    Returns
    -------
    numpy.ndarray
        g with ``1 - exp(-x) <= exp(lam x - g)`` for all x > 0, and equality where
        ``lam = 1 / (exp(x) - 1)``; shape (n,).

    References
    ----------
    Jaakkola & Jordan (1999), "Variational probabilistic inference and the QMR-DT network",
    arXiv:1105.5462, equation 19.

    Examples
    --------
    >>> x = np.array([0.5])
    >>> lam = 1 / np.expm1(x)
    >>> bool(np.isclose(lam * x - conjugate(lam), np.log(-np.expm1(-x)))[0])
    True
    """
    return np.asarray(-lam * np.log(lam) + (lam + 1.0) * np.log1p(lam))


def upper_bound(
    network: Network, findings: Integer[np.ndarray, "samples findings"], *, n_exact: int = 8
) -> tuple[Float[np.ndarray, "samples causes"], Float[np.ndarray, " samples"]]:
    """Return a variational posterior, and an upper bound of the log-likelihood.

    Parameters
    ----------
    network
        The network, of k causes.
    findings
        1 for present, 0 for absent, -1 for not looked for; shape (n, d).
    n_exact
        How many present findings are treated exactly: those that the bound suits least.

    Returns
    -------
    tuple of numpy.ndarray
        The chance (n, k) of each cause where every present finding is replaced by its bound, and
        the upper bound (n,) in nats with ``n_exact`` of them kept as they are. With no more
        present findings than these the bound is the log-likelihood itself.

    References
    ----------
    Jaakkola & Jordan (1999), "Variational probabilistic inference and the QMR-DT network",
    arXiv:1105.5462, sections 4.1 and 4.2.

    Examples
    --------
    >>> two = Network(failures=np.full((2, 1), 0.1), leak=np.full(1, 0.9), priors=np.full(2, 0.1))
    >>> loose, tight = (upper_bound(two, np.array([[1]]), n_exact=n)[1] for n in (0, 1))
    >>> bool(loose[0] > tight[0])
    True
    """
    odds, constant = network.absence(findings)
    model = network.kept
    means, bounds = np.empty(odds.shape), np.empty(len(odds))
    for row, found in enumerate(findings):
        at = np.flatnonzero(found == 1)
        failures, leak = model.failures[:, at], model.leak[at]
        theta, theta_0 = -np.log(failures), -np.log(leak)
        lam = np.ones(len(at))
        means[row] = _tighten(theta, theta_0, odds[row], lam)
        offset = lam * theta_0 - conjugate(lam)
        # How far the tangent lies above each finding's chance, at the mean.
        reach = offset + lam * (means[row] @ theta)
        chance = -np.expm1(np.log(leak) + np.log1p(-means[row][:, None] * (1 - failures)).sum(0))
        exact = np.sort(np.argsort(np.log(chance) - reach, kind="stable")[:n_exact])
        rest = np.delete(np.arange(len(at)), exact)
        tilted = odds[row] + theta[:, rest] @ lam[rest]
        bounds[row] = evidence(failures[:, exact], leak[exact], tilted) + offset[rest].sum()
    return means, bounds + constant


@kernel
@no_type_check  # numba compiles the function itself, not one that checks shapes
def _tighten(
    theta: np.ndarray, theta_0: np.ndarray, odds: np.ndarray, lam: np.ndarray
) -> np.ndarray:
    """Minimise the bound, convex in the slopes, by Newton steps in the log of one at a time."""
    k, m = theta.shape
    total = odds.copy()
    for a in range(m):
        for i in range(k):
            total[i] += lam[a] * theta[i, a]
    for _ in range(_MOST_SWEEPS):
        moved = 0.0
        for a in range(m):
            slope, curve = theta_0[a] + np.log(lam[a] / (lam[a] + 1.0)), 0.0
            for i in range(k):
                if theta[i, a] > 0.0:
                    mean = 1.0 / (1.0 + np.exp(-total[i]))
                    slope += theta[i, a] * mean
                    curve += theta[i, a] ** 2 * mean * (1.0 - mean)
            curve = lam[a] * curve + 1.0 / (lam[a] + 1.0) + max(slope, 0.0)
            step = min(max(-slope / curve, -1.0), 1.0)
            new = min(max(lam[a] * np.exp(step), 1e-12), 1e12)
            for i in range(k):
                total[i] += (new - lam[a]) * theta[i, a]
            moved = max(moved, abs(new / lam[a] - 1.0))
            lam[a] = new
        if moved < _TOLERANCE:
            break
    return 1.0 / (1.0 + np.exp(-total))
