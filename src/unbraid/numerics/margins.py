"""Linear support vector classification on one code, solved exactly from sorted values.

On one code x the squared hinge of every class is a sum over those samples that lie on one side of
a threshold: prefix sums over sorted values give it, its gradient and its Hessian at once, so a
Newton step costs a binary search and not a pass over the samples.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from unbraid.numerics import _hinges

# liblinear's C, as the study sets it.
COST = 0.01


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
    counts = np.bincount(labels, minlength=n_classes)
    balanced = COST * len(labels) / (n_classes * counts)
    # Against the rest liblinear weighs the rest by 1; between two classes both are weighed.
    rest = balanced[::-1] if n_classes == 2 else np.full(n_classes, COST)
    lines = _hinges.fit(labels[code.order], code.values, balanced, rest, _penalty(code))
    return (lines[1:, 0], lines[1:, 1]) if n_classes == 2 else (lines[:, 0], lines[:, 1])


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
    return np.asarray(_hinges.highest(slopes, intercepts, x))


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
