"""Compiled kernels of the squared hinge on one code: the best line of each class, and its height.

No kernel here calls one of another file: numba's cache would not notice that file change.
"""

from typing import no_type_check

import numpy as np

from unbraid.numerics._kernel import kernel

__all__ = ["fit", "highest"]

_STEPS, _HALVINGS = 100, 30


@kernel
@no_type_check
def _prefix_sums(values: np.ndarray) -> np.ndarray:
    """Return how many values, their sum and that of their squares, before each (n + 1, 3)."""
    sums = np.zeros((values.size + 1, 3))
    for i in range(values.size):
        sums[i + 1, 0] = sums[i, 0] + 1.0
        sums[i + 1, 1] = sums[i, 1] + values[i]
        sums[i + 1, 2] = sums[i, 2] + values[i] ** 2
    return sums


@kernel
@no_type_check
def _below(values: np.ndarray, sums: np.ndarray, slope: float, level: float) -> tuple:
    """Count, sum and sum of squares of those of sorted values where slope * value < level."""
    # A line without slope is below everywhere or nowhere.
    flat = np.inf if level > 0.0 else -np.inf
    threshold = flat if slope == 0.0 else level / slope
    low, high = 0, values.size
    while low < high:
        middle = (low + high) // 2
        if values[middle] < threshold:
            low = middle + 1
        else:
            high = middle
    first, last = (0, low) if slope >= 0.0 else (low, values.size)
    return (
        sums[last, 0] - sums[first, 0],
        sums[last, 1] - sums[first, 1],
        sums[last, 2] - sums[first, 2],
    )


@kernel
@no_type_check
def _loss(moments: tuple, sign: float, line: tuple, cost: float) -> tuple:
    """Sum (steep x + level)^2 over active samples: value, gradient (2) and Hessian (3)."""
    number, total, squares = cost * moments[0], cost * moments[1], cost * moments[2]
    level, steep = sign * line[1] - 1.0, sign * line[0]
    return (
        level**2 * number + 2 * level * steep * total + steep**2 * squares,
        2 * sign * (level * total + steep * squares),
        2 * sign * (level * number + steep * total),
        2 * squares,
        2 * total,
        2 * number,
    )


@kernel
@no_type_check
def _objective(
    everyone: tuple, own: tuple, line: tuple, costs: tuple, penalty: np.ndarray
) -> tuple:
    """Return value, gradient (2) and Hessian (3) of one class against the rest."""
    slope, intercept = line
    mine = _below(own[0], own[1], slope, 1.0 - intercept)
    every = _below(everyone[0], everyone[1], -slope, 1.0 + intercept)
    extra = _below(own[0], own[1], -slope, 1.0 + intercept)
    rest = (every[0] - extra[0], every[1] - extra[1], every[2] - extra[2])
    a = _loss(mine, 1.0, line, costs[0])
    b = _loss(rest, -1.0, line, costs[1])
    by_slope = penalty[0, 0] * slope + penalty[0, 1] * intercept
    by_intercept = penalty[1, 0] * slope + penalty[1, 1] * intercept
    return (
        0.5 * (slope * by_slope + intercept * by_intercept) + (a[0] + b[0]),
        by_slope + (a[1] + b[1]),
        by_intercept + (a[2] + b[2]),
        penalty[0, 0] + (a[3] + b[3]),
        penalty[0, 1] + (a[4] + b[4]),
        penalty[1, 1] + (a[5] + b[5]),
    )


@kernel
@no_type_check
def _newton_step(at: tuple) -> tuple[float, float]:
    # Where no sample is within the margin the penalty alone may be singular to rounding.
    damping = 1e-12 * (at[3] + at[5])
    a, b, c = at[3] + damping, at[4], at[5] + damping
    if abs(a) >= abs(b):
        share = b / a
        second = -(at[2] - share * at[1]) / (c - share * b)
        return -(at[1] + b * second) / a, second
    share = a / b
    second = -(at[1] - share * at[2]) / (b - share * c)
    return -(at[2] + c * second) / b, second


@kernel
@no_type_check
def _best_line(
    everyone: tuple, own: tuple, costs: tuple, penalty: np.ndarray
) -> tuple[float, float]:
    slope, intercept = 0.0, 0.0
    at = _objective(everyone, own, (slope, intercept), costs, penalty)
    for _ in range(_STEPS):
        up, across = _newton_step(at)
        promise = up * at[1] + across * at[2]
        length = 1.0
        for _ in range(_HALVINGS):
            line = (slope + length * up, intercept + length * across)
            new = _objective(everyone, own, line, costs, penalty)
            if not new[0] > at[0] + 1e-4 * length * promise + 1e-14 * abs(at[0]):
                break
            length /= 2
        slope, intercept = line
        at = new
        if -promise <= 1e-13 * abs(at[0]):
            break
    return slope, intercept


@kernel
@no_type_check
def fit(
    ordered: np.ndarray,
    values: np.ndarray,
    costs: np.ndarray,
    rest_costs: np.ndarray,
    penalty: np.ndarray,
) -> np.ndarray:
    """Return the slope and intercept of each class against the rest, (classes, 2).

    `values` are sorted, `ordered` their classes, and `costs` weigh each class and its rest.
    """
    n_classes = costs.size
    starts = np.zeros(n_classes + 1, np.int64)
    for label in ordered:
        starts[label + 1] += 1
    for k in range(n_classes):
        starts[k + 1] += starts[k]
    # The samples class by class; in each class they keep the order of their values.
    by_class, places = np.empty(values.size), starts[:-1].copy()
    for i in range(values.size):
        by_class[places[ordered[i]]] = values[i]
        places[ordered[i]] += 1
    everyone = (values, _prefix_sums(values))
    lines = np.zeros((n_classes, 2))
    for k in range(n_classes):
        inside = by_class[starts[k] : starts[k + 1]]
        own = (inside, _prefix_sums(inside))
        # One by one: numba takes seconds to compile the message of a row that does not fit.
        slope, intercept = _best_line(everyone, own, (costs[k], rest_costs[k]), penalty)
        lines[k, 0], lines[k, 1] = slope, intercept
    return lines


@kernel
@no_type_check
def highest(slopes: np.ndarray, intercepts: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return which line is highest at each place; of equally high ones the first."""
    best, height = np.zeros(x.size, np.int64), slopes[0] * x + intercepts[0]
    for k in range(1, slopes.size):
        for i in range(x.size):
            candidate = slopes[k] * x[i] + intercepts[k]
            best[i] = k if candidate > height[i] else best[i]
            height[i] = candidate if candidate > height[i] else height[i]  # noqa: FURB136
    return best
