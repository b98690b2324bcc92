"""Linear readings of codes, whose penalty is tuned on rows set aside for that."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from unbraid.numerics.softmax import Softmax, fit_softmax

# From strong to weak penalties: a power of ten at a time, in scikit-learn's C.
STRENGTHS = tuple(np.logspace(-3, 3, 7))
_UNTUNED = 3  # the place of 1, which is taken where there is nothing to tune on

Codes = Float[np.ndarray, "samples codes"]
Others = Float[np.ndarray, "others codes"]
Fold = tuple[np.ndarray, np.ndarray]


class Reading(NamedTuple):
    """What a tuned reading predicts of other rows, and the strength that it chose.

    Examples
    --------
    >>> Reading(np.array([0, 1]), 1.0).strength
    1.0
    """

    predicted: np.ndarray
    strength: float


def read_labels(
    codes: Codes, labels: Int[np.ndarray, " samples"], others: Others, folds: Sequence[Fold]
) -> Reading:
    """Predict the labels of other rows by logistic regression on standardised codes.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d).
    labels
        Their labels, any integers, shape (n,).
    others
        The codes of other rows, shape (m, d).
    folds
        Pairs of rows, to fit on and to tune on: the strength with the least mean log loss over
        folds is taken, of equal ones the least; 1 without folds.

    Returns
    -------
    Reading
        The predicted labels, shape (m,), after a fit to all n rows.

    Examples
    --------
    >>> sides = np.tile([[0.0], [9.0]], (5, 1))
    >>> fold = (np.arange(8), np.arange(8, 10))
    >>> read_labels(sides, np.tile([3, 5], 5), sides[:2], [fold]).predicted
    array([3, 5])
    """
    values, classes = np.unique(labels, return_inverse=True)
    if len(values) == 1:
        return Reading(np.full(len(others), values[0]), STRENGTHS[0])
    codes, others = standardised(codes, others)
    losses = np.zeros(len(STRENGTHS))
    for fitted, tuned in folds:
        path = _path(codes[fitted], classes[fitted], len(values))
        losses += [_log_loss(fit, codes[tuned], classes[tuned]) for fit in path]
    best = int(losses.argmin()) if folds else _UNTUNED
    fit = fit_softmax(codes, classes, len(values), strength=STRENGTHS[best])
    return Reading(values[fit.classify(others)], STRENGTHS[best])


def _path(codes: np.ndarray, classes: np.ndarray, n_classes: int) -> list[Softmax]:
    path: list[Softmax] = []
    for strength in STRENGTHS:
        start = path[-1] if path else None
        path.append(fit_softmax(codes, classes, n_classes, strength=strength, start=start))
    return path


def _log_loss(fit: Softmax, codes: np.ndarray, classes: np.ndarray) -> float:
    chances = fit.probabilities(codes)[np.arange(len(codes)), classes]
    return float(-np.log(np.maximum(chances, 1e-12)).mean())


def read_numbers(
    codes: Codes,
    numbers: Float[np.ndarray, "samples columns"],
    others: Others,
    folds: Sequence[Fold],
) -> Reading:
    """Predict the numbers of other rows by ridge regression on standardised codes.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d).
    numbers
        Their numbers, shape (n, c).
    others
        The codes of other rows, shape (m, d).
    folds
        Pairs of rows, to fit on and to tune on: the strength with the least mean squared error
        over folds is taken, of equal ones the least; 1 without folds.

    Returns
    -------
    Reading
        The predicted numbers, shape (m, c), after a fit to all n rows.

    Examples
    --------
    >>> line = np.linspace(0, 1, 20)[:, None]
    >>> fold = (np.arange(0, 20, 2), np.arange(1, 20, 2))
    >>> read_numbers(line, 3 * line + 1, line[-1:], [fold]).predicted.round(1)
    array([[4.]])
    """
    codes, others = standardised(codes, others)
    errors = np.zeros(len(STRENGTHS))
    for fitted, tuned in folds:
        predicted = _ridge(codes[fitted], numbers[fitted], codes[tuned])
        errors += ((predicted - numbers[tuned]) ** 2).sum(axis=2).mean(axis=1)
    best = int(errors.argmin()) if folds else _UNTUNED
    return Reading(_ridge(codes, numbers, others)[best], STRENGTHS[best])


def _ridge(codes: np.ndarray, numbers: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return predictions by strength, shape (strengths, m, c); C weighs the loss of all rows."""
    middle, mean = codes.mean(axis=0), numbers.mean(axis=0)
    left, singular, right = np.linalg.svd(codes - middle, full_matrices=False)
    turned = left.T @ (numbers - mean)
    predicted = []
    for strength in STRENGTHS:
        weights = right.T @ ((singular / (singular**2 + 1 / strength))[:, None] * turned)
        predicted.append((others - middle) @ weights + mean)
    return np.array(predicted)


def standardised(codes: Codes, others: Others) -> tuple[Codes, Others]:
    """Scale codes to mean 0 and standard deviation 1, and other rows by the same numbers.

    Parameters
    ----------
    codes
        The codes that say the mean and the deviation, shape (n, d).
    others
        The codes of other rows, shape (m, d).

    Returns
    -------
    tuple of numpy.ndarray
        Both, scaled; a code that is constant in the first becomes 0 there.

    Examples
    --------
    >>> standardised(np.array([[1.0], [3.0]]), np.array([[5.0]]))[1]
    array([[3.]])
    """
    middle = codes.mean(axis=0)
    spread = (codes - middle).std(axis=0)
    constant = spread <= 1e-12 * np.abs(middle)
    scale = np.where(constant | (spread == 0), np.inf, spread)
    return (codes - middle) / scale, (others - middle) / scale
