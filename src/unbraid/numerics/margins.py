"""Linear support vector classification on one code, solved exactly from sorted values.

On one code x the squared hinge of every class is a sum over those samples that lie on one side of
a threshold: prefix sums over sorted values give it, its gradient and its Hessian at once, so a
Newton step costs a binary search and not a pass over the samples.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

# liblinear's C, as the study sets it.
COST = 0.01
N_STEPS = 100


class Sorted(NamedTuple):
    """One code, standardised and sorted, with the map back to its own scale."""

    order: np.ndarray
    values: np.ndarray
    middle: float
    scale: float


def sort_code(code: Float[np.ndarray, " samples"]) -> Sorted:
    """Sort a code once for all factors.

    Parameters
    ----------
    code
        The code, shape (n,).

    Returns
    -------
    Sorted
        The order, the standardised values in that order, the mean and the standard deviation.

    Examples
    --------
    >>> sort_code(np.array([3.0, 1.0])).values
    array([-1.,  1.])
    """
    order = np.argsort(code, kind="stable")
    middle = float(code.mean())
    scale = float(code.std()) or 1.0
    return Sorted(order, (code[order] - middle) / scale, middle, scale)


def fit_lines(
    code: Sorted, labels: Int[np.ndarray, " samples"], n_classes: int
) -> tuple[Float[np.ndarray, " lines"], Float[np.ndarray, " lines"]]:
    """Fit a line per class, one against the rest, with the squared hinge and balanced weights.

    Parameters
    ----------
    code
        The code, sorted by `sort_code`.
    labels
        The class of each sample in the original order, 0 to n_classes - 1, shape (n,).
    n_classes
        How many classes there are, >= 2; each must occur.

    Returns
    -------
    tuple of numpy.ndarray
        Slopes and intercepts on the standardised code, shape (n_classes,), or (1,) for two
        classes: where the line is above zero the class is 1.

    References
    ----------
    Fan et al. (2008), LIBLINEAR: a library for large linear classification, JMLR 9, section 2:
    the primal L2-loss problem, whose intercept is penalised too. Keerthi and DeCoste (2005), A
    modified finite Newton method for fast solution of large scale linear SVMs, JMLR 6, section 3.

    Examples
    --------
    >>> slopes, _ = fit_lines(sort_code(np.arange(10.0)), np.repeat([0, 1], 5), 2)
    >>> bool(slopes[0] > 0)
    True
    """
    problem = _Hinge(code, labels, n_classes)
    point = np.zeros((problem.n, 2))
    value, gradient, hessian = problem.at(point)
    for _ in range(N_STEPS):
        # Where no sample is within the margin the penalty alone may be singular to rounding.
        damping = 1e-12 * np.trace(hessian, axis1=1, axis2=2)[:, None, None] * np.eye(2)
        step = -np.linalg.solve(hessian + damping, gradient[..., None])[..., 0]
        promise = (step * gradient).sum(axis=1)
        length = np.ones(problem.n)
        for _ in range(30):
            moved = point + length[:, None] * step
            new, new_gradient, new_hessian = problem.at(moved)
            worse = new > value + 1e-4 * length * promise + 1e-14 * np.abs(value)
            if not worse.any():
                break
            length[worse] /= 2
        point, value, gradient, hessian = moved, new, new_gradient, new_hessian
        if (-promise <= 1e-13 * np.abs(value)).all():
            break
    return point[:, 0], point[:, 1]


class _Hinge:
    """The penalised squared hinge of each class against the rest, as a function of lines."""

    def __init__(self, code: Sorted, labels: np.ndarray, n_classes: int) -> None:
        ordered = labels[code.order]
        counts = np.bincount(labels, minlength=n_classes)
        balanced = COST * len(labels) / (n_classes * counts)
        self.positive = np.array([1]) if n_classes == 2 else np.arange(n_classes)
        self.n = len(self.positive)
        self.costs = balanced[self.positive]
        # Against the rest liblinear weighs the rest by 1; between two classes both are weighed.
        self.rest_costs = balanced[:1] if n_classes == 2 else np.full(self.n, COST)
        self.values = code.values
        self.sums = _prefix_sums(code.values)
        # The samples class by class; in each class they keep the order of their values.
        few = ordered.astype(np.int16) if n_classes < 2**15 else ordered  # sorts by radix
        by_class = np.argsort(few, kind="stable")
        self.keys = ordered[by_class] * (len(labels) + 1) + by_class
        self.class_sums = _prefix_sums(code.values[by_class])
        self.starts = np.concatenate([[0], np.cumsum(counts)])
        self.penalty = _penalty(code)

    def at(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return value (m,), gradient (m, 2) and Hessian (m, 2, 2) at slopes and intercepts."""
        slope, intercept = point.T
        own = self._moments(slope, intercept, sign=1.0)[1]
        everyone, too_many = self._moments(slope, intercept, sign=-1.0)
        own = own * self.costs[:, None]
        rest = (everyone - too_many) * self.rest_costs[:, None]
        penalised = point @ self.penalty
        value = 0.5 * (point * penalised).sum(axis=1)
        gradient, hessian = penalised, np.tile(self.penalty, (self.n, 1, 1))
        for (number, total, squares), sign in ((own.T, 1.0), (rest.T, -1.0)):
            level = sign * intercept - 1
            steep = sign * slope
            # The sum over the active samples of (steep x + level)^2, and its derivatives.
            value = value + (level**2 * number + 2 * level * steep * total + steep**2 * squares)
            by_slope = 2 * sign * (level * total + steep * squares)
            by_intercept = 2 * sign * (level * number + steep * total)
            gradient = gradient + np.stack([by_slope, by_intercept], axis=1)
            blocks = np.stack([squares, total, total, number], axis=1)
            hessian = hessian + 2 * blocks.reshape(-1, 2, 2)
        return value, gradient, hessian

    def _moments(
        self, slope: np.ndarray, intercept: np.ndarray, sign: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Count, sum and sum of squares where sign * line < 1: of all samples, of the class."""
        steep = sign * slope
        level = 1 - sign * intercept
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            threshold = level / steep
        # A line without slope is below 1 everywhere or nowhere.
        flat = np.where(level > 0, np.inf, -np.inf)
        threshold = np.where(steep == 0, flat, threshold)
        n = len(self.values)
        rank = np.searchsorted(self.values, threshold)
        below = steep >= 0
        lower = np.searchsorted(self.keys, self.positive * (n + 1) + rank)
        first, last = self.starts[self.positive], self.starts[self.positive + 1]
        everyone = np.where(below[:, None], self.sums[rank], self.sums[n] - self.sums[rank])
        own = np.where(
            below[:, None],
            self.class_sums[lower] - self.class_sums[first],
            self.class_sums[last] - self.class_sums[lower],
        )
        return everyone, own


def _prefix_sums(values: np.ndarray) -> np.ndarray:
    powers = np.stack([np.ones_like(values), values, values**2], axis=1)
    return np.concatenate([np.zeros((1, 3)), np.cumsum(powers, axis=0)])


def _penalty(code: Sorted) -> np.ndarray:
    # Slope and intercept on the raw code are slope / scale and intercept - slope middle / scale.
    with np.errstate(over="ignore", divide="ignore"):
        slope = np.clip(1.0 / np.float64(code.scale), 1e-50, 1e50)
        shift = np.clip(np.float64(code.middle) / code.scale, -1e50, 1e50)
    back = np.array([[slope, 0.0], [-shift, 1.0]])
    return np.asarray(back.T @ back)


def classify(
    code: Sorted,
    slopes: Float[np.ndarray, " lines"],
    intercepts: Float[np.ndarray, " lines"],
    others: Float[np.ndarray, " others"],
) -> Int[np.ndarray, " others"]:
    """Return the class whose line is highest at each value.

    Parameters
    ----------
    code
        The code that the lines were fitted on.
    slopes, intercepts
        The lines, as `fit_lines` returns them.
    others
        Raw values of the code, shape (m,).

    Returns
    -------
    numpy.ndarray
        Classes, shape (m,); of equally high lines the first.

    Examples
    --------
    >>> code = sort_code(np.arange(10.0))
    >>> classify(code, *fit_lines(code, np.repeat([0, 1], 5), 2), np.array([-3.0, 12.0]))
    array([0, 1])
    """
    x = (others - code.middle) / code.scale
    if len(slopes) == 1:
        return np.asarray(slopes[0] * x + intercepts[0] > 0, dtype=np.intp)
    best = np.zeros(len(x), dtype=np.intp)
    height = slopes[0] * x + intercepts[0]
    for line in range(1, len(slopes)):
        candidate = slopes[line] * x + intercepts[line]
        higher = candidate > height
        best[higher] = line
        np.maximum(height, candidate, out=height)
    return best


def predictability(
    codes: Float[np.ndarray, "samples codes"],
    labels: Int[np.ndarray, "samples factors"],
    codes_test: Float[np.ndarray, "others codes"],
    labels_test: Int[np.ndarray, "others factors"],
) -> Float[np.ndarray, "codes factors"]:
    """Return how well each code alone predicts each factor on held-out samples.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d).
    labels
        The labels of their factors, 0 to the number of values - 1, shape (n, K).
    codes_test
        Held-out codes, shape (m, d).
    labels_test
        The labels of their factors, -1 where a value is unknown, shape (m, K).

    Returns
    -------
    numpy.ndarray
        Accuracies, shape (d, K); that of a factor with one value is its share.

    Examples
    --------
    >>> sides = np.tile([[0], [1]], (5, 1))
    >>> predictability(sides * 1.0, sides, sides * 1.0, sides)
    array([[1.]])
    """
    sizes = (labels.max(axis=0) + 1).tolist()
    columns, held_out = np.ascontiguousarray(labels.T), np.ascontiguousarray(labels_test.T)
    accuracy = np.empty((codes.shape[1], len(sizes)))
    for i in range(codes.shape[1]):
        code = sort_code(codes[:, i])
        for k, size in enumerate(sizes):
            predicted: np.ndarray | int = 0
            if size > 1:
                lines = fit_lines(code, columns[k], size)
                predicted = classify(code, *lines, codes_test[:, i])
            accuracy[i, k] = (predicted == held_out[k]).mean()
    return accuracy
