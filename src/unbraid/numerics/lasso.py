"""Sparse codes on a given dictionary by an active-set method that ends at the exact answer."""

from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float

_MOST_STEPS = 10_000  # supports that one sample may visit; a few hundred is much
# Atoms whose violation is this fraction of the worst join together with it.
_CLOSE = 0.8
# A squared pivot below this fraction of its atom's squared length counts as zero.
_LEAST = 1e-9

# Sums may be taken in any order; but a root must be a root, and what is infinite remains so.
_kernel = numba.njit(
    error_model="numpy", fastmath={"reassoc", "contract", "nsz"}, cache=True, nogil=True
)


def lasso(
    X: Float[np.ndarray, "samples features"],
    atoms: Float[np.ndarray, "atoms features"],
    penalty: float,
    *,
    positive: bool = False,
    tolerance: float = 1e-8,
    start: Float[np.ndarray, "samples atoms"] | None = None,
) -> Float[np.ndarray, "samples atoms"]:
    """Minimise ``|x - h D|^2 / 2 + penalty |h|_1`` for each sample.

    Parameters
    ----------
    X
        The samples, shape (n, p).
    atoms
        The dictionary D, shape (k, p); no atom may be zero.
    penalty
        What one unit of code costs; at least 0.
    positive
        Whether codes must not be negative.
    tolerance
        How far the optimality conditions may be missed, relative to the greatest correlation of
        the sample with an atom.
    start
        Codes to start from, shape (n, k); None for zeros.

    Returns
    -------
    numpy.ndarray
        The codes, shape (n, k).

    Notes
    -----
    The atoms that violate the optimality conditions most join the support. Then the codes go to
    where the equations for the present signs hold, or to the first code on the way that becomes
    zero and leaves. Each step lowers the cost, so no support comes twice. A step costs O(k s) for
    s active atoms, with a Cholesky factor that grows and shrinks with the support.

    References
    ----------
    Lee, Battle, Raina & Ng (2007), "Efficient sparse coding algorithms", Advances in Neural
    Information Processing Systems 19, algorithm 1. Osborne, Presnell & Turlach (2000), "A new
    approach to variable selection in least squares problems", doi:10.1093/imanum/20.3.389.

    Examples
    --------
    >>> lasso(np.array([[3.0, -0.5]]), np.eye(2), penalty=1.0)
    array([[2., 0.]])
    """
    codes = np.zeros((len(X), len(atoms))) if start is None else np.array(start, dtype=np.float64)
    gram = np.ascontiguousarray(atoms @ atoms.T)
    for first in range(0, len(X), 4096):  # correlations of a few samples at a time
        place = slice(first, first + 4096)
        correlations = np.ascontiguousarray(X[place] @ atoms.T)
        _solve_all(gram, correlations, float(penalty), positive, tolerance, codes[place])
    return codes


@_kernel
@no_type_check  # numba compiles the function itself, not one that checks shapes
def _solve_all(
    gram: np.ndarray,
    correlations: np.ndarray,
    penalty: float,
    positive: bool,
    tolerance: float,
    codes: np.ndarray,
) -> None:
    k = gram.shape[0]
    active = np.empty(k, np.int64)
    joined = np.zeros(k, np.bool_)
    slope = np.empty(k)
    factor = np.empty((k, k))
    work = np.empty((6, k))
    h, sign = work[:2]  # of the active atoms; then step, moved, missing and half of it
    for i in range(codes.shape[0]):
        slope[:] = correlations[i]
        size = 0
        scale = penalty
        for j in range(k):
            scale = max(scale, abs(slope[j]))
            if codes[i, j] != 0.0 and (codes[i, j] > 0.0 or not positive):
                active[size], h[size], sign[size] = j, codes[i, j], np.sign(codes[i, j])
                joined[j] = True
                size += 1
        _factorise(gram, active, 0, size, factor)
        if not _is_exact(gram, active, size, factor):  # such a start is not worth the trouble
            joined[active[:size]] = False
            size = 0
        _subtract(gram, active, h, size, slope)
        slack = tolerance * scale
        for _ in range(_MOST_STEPS):
            first = 0
            if _miss(slope, active, work, size, penalty) <= slack:
                first = size
                size = _join(slope, penalty, positive, slack, active, work, size, joined)
                if size == first:
                    break
                _factorise(gram, active, first, size, factor)
            size = _walk(gram, active, work, (first, size), factor, slope, joined)
        codes[i, :] = 0.0
        for a in range(size):
            codes[i, active[a]] = h[a]
            joined[active[a]] = False


@_kernel
@no_type_check
def _subtract(
    gram: np.ndarray,
    active: np.ndarray,
    weights: np.ndarray,
    size: int,
    slope: np.ndarray,
) -> None:
    """Take from all slopes what the weights of the active atoms explain, four at a time."""
    k = slope.shape[0]
    a = 0
    while a + 4 <= size:
        one, two = gram[active[a]], gram[active[a + 1]]
        three, four = gram[active[a + 2]], gram[active[a + 3]]
        w1, w2 = weights[a], weights[a + 1]
        w3, w4 = weights[a + 2], weights[a + 3]
        for j in range(k):
            slope[j] -= w1 * one[j] + w2 * two[j] + w3 * three[j] + w4 * four[j]
        a += 4
    while a < size:
        one, w1 = gram[active[a]], weights[a]
        for j in range(k):
            slope[j] -= w1 * one[j]
        a += 1


@_kernel
@no_type_check
def _miss(
    slope: np.ndarray, active: np.ndarray, work: np.ndarray, size: int, penalty: float
) -> float:
    """Fill by how much the slopes of the support miss their signs, and return the most."""
    sign, missing = work[1], work[4]
    most = 0.0
    for a in range(size):
        missing[a] = slope[active[a]] - penalty * sign[a]
        most = max(most, abs(missing[a]))
    return most


@_kernel
@no_type_check
def _join(
    slope: np.ndarray,
    penalty: float,
    positive: bool,
    slack: float,
    active: np.ndarray,
    work: np.ndarray,
    size: int,
    joined: np.ndarray,
) -> int:
    """Let the atom that violates the conditions most join, and those that come close to it."""
    k = slope.shape[0]
    worst = 0.0
    for j in range(k):
        if not joined[j]:
            worst = max(worst, (slope[j] if positive else abs(slope[j])) - penalty)
    if worst <= slack:
        return size
    for j in range(k):
        over = (slope[j] if positive else abs(slope[j])) - penalty
        if not joined[j] and over >= _CLOSE * worst:
            active[size] = j
            work[0, size], work[1, size] = 0.0, np.sign(slope[j])
            work[4, size] = slope[j] - penalty * work[1, size]
            joined[j] = True
            size += 1
    return size


@_kernel
@no_type_check
def _factorise(
    gram: np.ndarray, active: np.ndarray, first: int, size: int, factor: np.ndarray
) -> None:
    """Fill the rows of the Cholesky factor from the first that is not there yet.

    Where atoms depend on one another a pivot is lifted, and the factor is not exact: steps still
    lead downhill, but not all the way. Below a pivot that should be zero all is zero.
    """
    for a in range(first, size):
        own = gram[active[a]]
        pivot = own[active[a]]
        for b in range(a):
            value = own[active[b]]
            for m in range(b):
                value -= factor[a, m] * factor[b, m]
            least = _LEAST * gram[active[b], active[b]]
            value = value / factor[b, b] if factor[b, b] ** 2 > 1.1 * least else 0.0
            factor[a, b] = value
            pivot -= value * value
        least = _LEAST * own[active[a]]
        factor[a, a] = np.sqrt(max(pivot, least))


@_kernel
@no_type_check
def _is_exact(gram: np.ndarray, active: np.ndarray, size: int, factor: np.ndarray) -> bool:
    """Say whether no pivot of the factor was lifted."""
    exact = True
    for a in range(size):
        exact &= factor[a, a] ** 2 > 1.1 * _LEAST * gram[active[a], active[a]]
    return exact


@_kernel
@no_type_check
def _shrink(factor: np.ndarray, first: int, size: int) -> None:
    """Take a row out of the Cholesky factor: rotate the columns that lose their triangle."""
    for a in range(first, size):
        for m in range(a + 2):
            factor[a, m] = factor[a + 1, m]
    for a in range(first, size):
        one, two = factor[a, a], factor[a, a + 1]
        length = np.sqrt(one * one + two * two)
        c, s = one / length, two / length
        factor[a, a] = length
        for b in range(a + 1, size):
            left, right = factor[b, a], factor[b, a + 1]
            factor[b, a] = c * left + s * right
            factor[b, a + 1] = c * right - s * left


@_kernel
@no_type_check
def _solve(
    missing: np.ndarray,
    first: int,
    size: int,
    factor: np.ndarray,
    half: np.ndarray,
    step: np.ndarray,
) -> None:
    """Fill the step that makes up for what the slopes miss; `half` is right before the first."""
    for a in range(first, size):
        value = missing[a]
        for m in range(a):
            value -= factor[a, m] * half[m]
        half[a] = value / factor[a, a]
    for a in range(size):
        step[a] = half[a]
    for a in range(size - 1, -1, -1):
        step[a] /= factor[a, a]
        for m in range(a):
            step[m] -= factor[a, m] * step[a]


@_kernel
@no_type_check
def _walk(
    gram: np.ndarray,
    active: np.ndarray,
    work: np.ndarray,
    span: tuple,
    factor: np.ndarray,
    slope: np.ndarray,
    joined: np.ndarray,
) -> int:
    """Go to where the slopes of the support meet their signs; what becomes zero leaves.

    With an exact factor, what the slopes miss shrinks in proportion on the way, and need not be
    computed anew after each departure; slopes of all atoms are brought up to date at the end.
    `span` is the first atom whose slope misses its sign, and the size of the support.
    """
    h, sign, step, moved, missing, half = work
    first, size = span
    exact = _is_exact(gram, active, size, factor)
    moved[:size] = 0.0
    missing[:first] = 0.0
    half[:first] = 0.0
    while size > 0:
        _solve(missing, first, size, factor, half, step)
        length, leaving = 1.0, -1
        for a in range(size):
            towards = sign[a] * step[a] < 0.0
            if towards and sign[a] * (h[a] + length * step[a]) < 0.0:
                length, leaving = max(0.0, -h[a] / step[a]), a  # rounding may have gone past zero
        for a in range(size):
            h[a] += length * step[a]
            moved[a] += length * step[a]
            missing[a] *= 1.0 - length
            half[a] *= 1.0 - length
        if leaving < 0:
            break
        gone = active[leaving]
        slope -= gram[gone] * (moved[leaving] - h[leaving])  # it is zero now
        joined[gone] = False
        for a in range(leaving, size - 1):
            active[a], sign[a] = active[a + 1], sign[a + 1]
            h[a], moved[a], missing[a] = h[a + 1], moved[a + 1], missing[a + 1]
        size -= 1
        first = leaving
        if not exact:
            _factorise(gram, active, leaving, size, factor)
            break
        _shrink(factor, leaving, size)
    _subtract(gram, active, moved, size, slope)
    return size
