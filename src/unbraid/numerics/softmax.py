"""Logistic regression, multinomial above two classes, as scikit-learn fits it by default.

The objective, the starting point, L-BFGS and its stopping rule are scikit-learn's (1.9), so the
fit is the same to rounding even where it stops before the optimum; the passes over the data take
a fraction of the time.
"""

from typing import NamedTuple, no_type_check

import numba
import numpy as np
import scipy.sparse
from jaxtyping import Float, Int
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController

# So many rows are in memory as (rows, classes) at a time.
BLOCK = 8192
STOPPING = {"maxiter": 100, "maxls": 50, "gtol": 1e-4, "ftol": 64 * np.finfo(float).eps}
N_FOLDS = 5
# L-BFGS takes many steps on few numbers: there, threads of BLAS cost twenty times what they save.
THREADS = ThreadpoolController()
STRENGTHS = tuple(np.logspace(-4, 4, 10))

Features = Float[np.ndarray, "samples features"]
Labels = Int[np.ndarray, " samples"]


class Softmax(NamedTuple):
    """Logits as an affine map of features; with two classes the logit of the second alone.

    Examples
    --------
    >>> Softmax(np.zeros((2, 3)), np.array([0.0, 1.0, 0.0])).classify(np.ones((1, 2)))
    array([1])
    """

    weights: Float[np.ndarray, "features logits"]
    intercepts: Float[np.ndarray, " logits"]

    def logits(self, features: Features) -> Float[np.ndarray, "samples classes"]:
        """Return the logit of each class.

        Parameters
        ----------
        features
            Features, shape (n, p).

        Returns
        -------
        numpy.ndarray
            Logits, shape (n, C).
        """
        logits = features @ self.weights + self.intercepts
        return np.column_stack([np.zeros(len(logits)), logits]) if len(logits.T) == 1 else logits

    def probabilities(self, features: Features) -> Float[np.ndarray, "samples classes"]:
        """Return the probability of each class.

        Parameters
        ----------
        features
            Features, shape (n, p).

        Returns
        -------
        numpy.ndarray
            Probabilities, shape (n, C); rows sum to 1.
        """
        logits = self.logits(features)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    def classify(self, features: Features) -> Labels:
        """Return the most probable class.

        Parameters
        ----------
        features
            Features, shape (n, p).

        Returns
        -------
        numpy.ndarray
            Classes, shape (n,); of equally probable ones the first.
        """
        return np.asarray(self.logits(features).argmax(axis=1))


def fit_softmax(
    features: Features,
    labels: Labels,
    n_classes: int,
    *,
    strength: float = 1.0,
    start: Softmax | None = None,
) -> Softmax:
    """Fit a logistic regression with an L2 penalty that leaves the intercepts free.

    Parameters
    ----------
    features
        The features, shape (n, p); they are not standardised.
    labels
        The class of each sample, 0 to n_classes - 1, shape (n,); a class may be missing.
    n_classes
        How many classes there are, >= 2.
    strength
        scikit-learn's C, > 0: the weight of the summed loss against half the squared weights.
    start
        Where to start; zero by default.

    Returns
    -------
    Softmax
        The fit.

    References
    ----------
    Byrd, Lu, Nocedal and Zhu (1995), A limited memory algorithm for bound constrained
    optimization, SIAM J. Sci. Comput. 16.

    Examples
    --------
    >>> fit = fit_softmax(np.array([[0.0], [1.0], [5.0], [6.0]]), np.array([0, 0, 1, 1]), 2)
    >>> fit.classify(np.array([[0.5], [5.5]]))
    array([0, 1])
    """
    n, p = features.shape
    n_logits = 1 if n_classes == 2 else n_classes
    start_at = np.zeros((p + 1, n_logits))
    if start is not None:
        start_at[:-1], start_at[-1] = start
    given = np.column_stack([features, np.ones(n)]), labels, 1.0 / (strength * n)
    with THREADS.limit(limits=1, user_api="blas"):
        found = minimize(
            _objective,
            start_at.ravel(),
            args=given,
            jac=True,
            method="L-BFGS-B",
            options=STOPPING,
        )
    weights = found.x.reshape(p + 1, n_logits)
    return Softmax(weights[:-1], weights[-1])


# Up to which mean squared distance, in standard deviations, classes hardly differ.
_HARDLY = 0.1

# With more features a matrix of all pairs of them costs more than a good start saves.
_WIDEST = 200


def discriminant(features: Features, labels: Labels, n_classes: int) -> Softmax | None:
    """Return the linear discriminant of classes that hardly differ, a good place to start from.

    There it is the least loss to first order; where classes do differ, scikit-learn's own start
    leads to scikit-learn's own fit.

    Parameters
    ----------
    features
        The features, shape (n, p), each with mean 0.
    labels
        The class of each sample, 0 to n_classes - 1, each present, shape (n,).
    n_classes
        How many classes there are.

    Returns
    -------
    Softmax or None
        None for two classes, for classes that differ, for features that depend on each other,
        and for more than 200 of them.

    References
    ----------
    Hastie, Tibshirani, Friedman (2009), The Elements of Statistical Learning, section 4.3.

    Examples
    --------
    >>> features = np.array([[-1.0], [1.0], [-1.0], [1.0], [-1.0], [1.0]])
    >>> discriminant(features, np.array([0, 0, 1, 1, 2, 2]), 3).weights
    array([[0., 0., 0.]])
    """
    n, p = features.shape
    if n_classes == 2 or p > min(_WIDEST, n - 1):
        return None
    covariance = features.T @ features / n
    if np.linalg.matrix_rank(covariance) < p:
        return None
    sizes = np.bincount(labels, minlength=n_classes)
    members = scipy.sparse.csr_array((1.0 / sizes[labels], (labels, np.arange(n))))
    means = members @ features
    weights = np.linalg.solve(covariance, means.T)
    squares = np.einsum("cp,pc->c", means, weights)
    if sizes @ squares > _HARDLY * n:
        return None
    # Softmax ignores what all classes share; without it weights are least.
    intercepts = np.log(sizes / n) - 0.5 * squares
    return Softmax(weights - weights.mean(axis=1, keepdims=True), intercepts - intercepts.mean())


# Called thousands of times a second, so no shape check wraps these two.
@no_type_check
def _objective(
    point: np.ndarray, features: np.ndarray, labels: np.ndarray, penalty: float
) -> tuple[float, np.ndarray]:
    weights = point.reshape(features.shape[1], -1)
    loss, gradient = _mean_loss(features, labels, weights)
    gradient[:-1] += penalty * weights[:-1]
    return loss + 0.5 * penalty * float(np.sum(weights[:-1] ** 2)), gradient.ravel()


@no_type_check
def _mean_loss(
    features: np.ndarray, labels: np.ndarray, weights: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the mean negative log likelihood in nats and its gradient."""
    n = len(features)
    residuals = _binary_residuals if weights.shape[1] == 1 else _residuals
    gradient = np.zeros_like(weights)
    loss = 0.0
    for first in range(0, n, BLOCK):
        block = features[first : first + BLOCK]
        logits = block @ weights
        loss += residuals(logits, labels[first : first + BLOCK])
        gradient += block.T @ logits
    return loss / n, gradient / n


# Numba compiles no function that a shape check wraps.
@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def _residuals(logits: np.ndarray, labels: np.ndarray) -> float:
    """Turn logits into probabilities less the truth, in place; return the summed loss."""
    n, n_classes = logits.shape
    loss = 0.0
    for i in range(n):
        top = logits[i, 0]
        for j in range(1, n_classes):
            top = max(top, logits[i, j])
        loss -= logits[i, labels[i]] - top
        total = 0.0
        for j in range(n_classes):
            # exp(u) by Taylor's polynomial of u / 64, squared six times: it vectorises, and errs
            # by less than 1e-14 of the largest, which is 1.
            u = max(logits[i, j] - top, -40.0) / 64
            e = 1 / 5040 + u * (1 / 40320 + u / 362880)
            e = 1 / 24 + u * (1 / 120 + u * (1 / 720 + u * e))
            e = 1 + u * (1 + u * (1 / 2 + u * (1 / 6 + u * e)))
            for _ in range(6):
                e *= e
            logits[i, j] = e
            total += e
        for j in range(n_classes):
            logits[i, j] /= total
        loss += np.log(total)
        logits[i, labels[i]] -= 1
    return loss


@numba.njit(cache=True)
@no_type_check
def _binary_residuals(logits: np.ndarray, labels: np.ndarray) -> float:
    """Do the same where the first class has logit 0 and the second the given one."""
    loss = 0.0
    for i in range(len(logits)):
        logit = logits[i, 0]
        odds = np.exp(-abs(logit))
        loss += np.log1p(odds) + max(logit, 0.0) - labels[i] * logit
        probability = 1 / (1 + odds) if logit >= 0 else odds / (1 + odds)
        logits[i, 0] = probability - labels[i]
    return loss


def fit_softmax_tuned(features: Features, labels: Labels, n_classes: int) -> Softmax:
    """Fit with the strength, out of ten in [1e-4, 1e4], that five unshuffled folds prefer.

    Parameters
    ----------
    features
        The features, shape (n, p), n >= 5; they are not standardised.
    labels
        The class of each sample, 0 to n_classes - 1, shape (n,).
    n_classes
        How many classes there are, >= 2.

    Returns
    -------
    Softmax
        The fit to all samples. Each fold goes from weak to strong, starting from the last fit;
        the strength with the greatest mean accuracy wins, of equal ones the least.

    Examples
    --------
    >>> features = np.tile([[0.0], [9.0]], (5, 1))
    >>> fit_softmax_tuned(features, np.tile([0, 1], 5), 2).classify(features[:2])
    array([0, 1])
    """
    accuracy = np.zeros(len(STRENGTHS))
    paths = []
    for fold in np.array_split(np.arange(len(features)), N_FOLDS):
        kept = np.delete(np.arange(len(features)), fold)
        path = _path(features[kept], labels[kept], n_classes)
        right = [np.mean(fit.classify(features[fold]) == labels[fold]) for fit in path]
        accuracy += right
        paths.append(path)
    best = int(accuracy.argmax())
    weights, intercepts = zip(*(path[best] for path in paths), strict=True)
    start = Softmax(np.mean(weights, axis=0), np.mean(intercepts, axis=0))
    return fit_softmax(features, labels, n_classes, strength=STRENGTHS[best], start=start)


def _path(features: np.ndarray, labels: np.ndarray, n_classes: int) -> list[Softmax]:
    path: list[Softmax] = []
    for strength in STRENGTHS:
        start = path[-1] if path else None
        path.append(fit_softmax(features, labels, n_classes, strength=strength, start=start))
    return path
