"""Compiled kernels of boosting: probabilities, residuals as integers, and the values of leaves.

No kernel here calls one of another file: numba's cache would not notice that file change.
"""

from typing import no_type_check

import numpy as np

from unbraid.numerics._cells import LANES
from unbraid.numerics._kernel import kernel

__all__ = ["add_up", "probabilities", "quantise", "step"]

_TOP = 2.0**25 - 1.0
_CHUNK = 1024
_MAGIC = 1.5 * 2.0**52  # added to a number, it leaves the nearest integer in the low bits
_LOG2_E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10


@kernel
@no_type_check
def _exp(x: np.ndarray) -> None:
    """Replace x <= 0 by exp(x), in place: 2^k exp(r), |r| < 0.35, by twelve terms."""
    power = np.empty(x.size)
    bits = power.view(np.uint64)
    for i in range(x.size):
        # Subnormal numbers would be slow, and max() is not vectorised.
        v = x[i] if x[i] > -690.0 else -690.0  # noqa: FURB136
        power[i] = v * _LOG2_E + _MAGIC  # the low bits now hold k
        k = power[i] - _MAGIC
        r = (v - k * _LN2_HIGH) - k * _LN2_LOW
        p = r * (1.0 / 479001600.0) + 1.0 / 39916800.0
        p = p * r + 1.0 / 3628800.0
        p = p * r + 1.0 / 362880.0
        p = p * r + 1.0 / 40320.0
        p = p * r + 1.0 / 5040.0
        p = p * r + 1.0 / 720.0
        p = p * r + 1.0 / 120.0
        p = p * r + 1.0 / 24.0
        p = p * r + 1.0 / 6.0
        p = p * r + 0.5
        p = p * r + 1.0
        x[i] = p * r + 1.0
    for i in range(x.size):
        bits[i] = (bits[i] + np.uint64(1023)) << np.uint64(52)
    for i in range(x.size):
        x[i] *= power[i]


@kernel
@no_type_check
def _softmax(raw: np.ndarray, prob: np.ndarray) -> None:
    n = raw.shape[1]
    for start in range(0, n, _CHUNK):
        stop = min(n, start + _CHUNK)
        top = raw[0, start:stop].copy()
        total = np.zeros(stop - start)
        for k in range(1, len(raw)):
            row = raw[k, start:stop]
            for i in range(row.size):
                top[i] = row[i] if row[i] > top[i] else top[i]  # noqa: FURB136
        for k in range(len(raw)):
            row, out = raw[k, start:stop], prob[k, start:stop]
            for i in range(row.size):
                out[i] = row[i] - top[i]
            _exp(out)
            for i in range(row.size):
                total[i] += out[i]
        for i in range(total.size):
            total[i] = 1.0 / total[i]
        for k in range(len(raw)):
            out = prob[k, start:stop]
            for i in range(total.size):
                out[i] *= total[i]


@kernel
@no_type_check
def probabilities(raw: np.ndarray, prob: np.ndarray) -> None:
    """Turn raw scores (trees, n) into the probabilities of the trees' classes."""
    if len(raw) > 1:
        _softmax(raw, prob)
        return
    for i in range(raw.shape[1]):
        x = raw[0, i]
        e = np.exp(-abs(x))
        prob[0, i] = (1.0 if x >= 0.0 else e) / (1.0 + e)


@kernel
@no_type_check
def _extremes(x: np.ndarray) -> tuple[float, float]:
    """Return the least and the largest of numbers >= 0, whose bits are ordered as they are."""
    bits = x.view(np.int64)
    least, top = bits[0], bits[0]
    for i in range(bits.size):
        least = min(least, bits[i])
        top = max(top, bits[i])
    ends = np.array([least, top]).view(np.float64)
    return ends[0], ends[1]


@kernel
@no_type_check
def _quantise_one(
    prob: np.ndarray, members: np.ndarray, shifted: np.ndarray, q: np.ndarray
) -> tuple[float, float]:
    # The extremes of the other classes: members hold another's probability for a moment.
    another = 0
    while another < members.size and members[another] == another:
        another += 1
    # (Loops, for numba takes seconds to compile an assignment to many places.)
    inside = prob[members]
    for i in members:
        prob[i] = prob[another]
    least, top = _extremes(prob)
    for k in range(members.size):
        prob[members[k]] = inside[k]
    for i in members:
        top = max(top, 1.0 - prob[i])
    scale = _TOP / top if top > 0.0 else 1.0
    for i in range(q.size):
        shifted[i] = _MAGIC - prob[i] * scale
    low = shifted.view(np.int32)
    for i in range(q.size):
        q[i] = low[2 * i]
    for i in members:
        q[i] = np.int32(np.rint((1.0 - prob[i]) * scale))
    return scale, np.rint(-least * scale)


@kernel
@no_type_check
def quantise(
    prob: np.ndarray,
    members: np.ndarray,
    starts: np.ndarray,
    q: np.ndarray,
    pairs: np.ndarray,
    scales: np.ndarray,
) -> None:
    """Write the residuals of up to eight classes as integers below 2^25.

    `members` are in order, and not all samples. `scales` (8, 2) gets integer / residual, and what
    no residual of another class exceeds;
    `pairs` (n, 8) gets the same integers with lanes 0, 4, 1, 5, 2, 6, 3, 7 side by side.
    """
    shifted = np.empty(q.shape[1])
    for lane in range(len(prob)):
        inside = members[starts[lane] : starts[lane + 1]]
        scales[lane, 0], scales[lane, 1] = _quantise_one(prob[lane], inside, shifted, q[lane])
        column = 2 * lane if lane < LANES // 2 else 2 * lane - LANES + 1
        for i in range(q.shape[1]):
            pairs[i, column] = q[lane, i]


@kernel
@no_type_check
def _step_one(
    prob: np.ndarray,
    members: np.ndarray,
    node: np.ndarray,
    values: np.ndarray,
    raw: np.ndarray,
    shrink: float,
) -> None:
    # Probability less what is true: where it is nearly right, 1 may only meet one probability.
    for i in members:
        prob[i] -= 1.0
    above = np.zeros((2, values.size))
    below = np.zeros((2, values.size))
    for i in range(node.size):
        away = abs(prob[i])
        above[i & 1, node[i]] -= prob[i]
        below[i & 1, node[i]] += away * (1.0 - away)
    for t in range(values.size):
        weight = below[0, t] + below[1, t]
        values[t] = shrink * (above[0, t] + above[1, t]) / weight if weight > 1e-150 else 0.0
    for i in range(node.size):
        raw[i] += values[node[i]]


@kernel
@no_type_check
def step(
    prob: np.ndarray,
    members: np.ndarray,
    starts: np.ndarray,
    node: np.ndarray,
    values: np.ndarray,
    raw: np.ndarray,
    shrink: float,
) -> None:
    """Set the leaves by one Newton step, shrunk, and add them to the raw scores.

    What is true is taken from `prob`, which holds no probabilities then.
    """
    for lane in range(len(prob)):
        inside = members[starts[lane] : starts[lane + 1]]
        _step_one(prob[lane], inside, node[lane], values[lane], raw[lane], shrink)


@kernel
@no_type_check
def add_up(
    codes: np.ndarray,
    features: np.ndarray,
    thresholds: np.ndarray,
    values: np.ndarray,
    raw: np.ndarray,
) -> None:
    """Add what the trees say about codes (d, m) float32 to raw scores (trees per round, m)."""
    n_nodes = features.shape[2]
    flat, n = codes.reshape(-1), codes.shape[1]
    start, limit = np.empty(n_nodes, np.int64), np.empty(n_nodes)
    for r in range(len(features)):
        for k in range(len(raw)):
            for j in range(n_nodes):
                leaf = features[r, k, j] < 0
                start[j] = 0 if leaf else features[r, k, j] * n
                limit[j] = np.inf if leaf else thresholds[r, k, j]
            for i in range(n):
                at = 0
                while at < n_nodes:
                    at = 2 * at + 1 + (flat[start[at] + i] > limit[at])
                raw[k, i] += values[r, k, at - n_nodes]
