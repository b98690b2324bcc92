"""Compiled kernels of boosting: sums and counts of residuals in cells of sorted columns.

Eight trees grow side by side: one addition of a 64-bit word adds the residuals of two of them,
another one counts the samples of all eight.

No kernel here calls one of another file: numba's cache would not notice that file change.
"""

from typing import no_type_check

import numpy as np
from numba import njit

from unbraid.numerics._kernel import kernel

__all__ = ["CELL", "CELL_BITS", "LANES", "make_room", "sum_cells"]

LANES = 8
CELL_BITS = 5
CELL = 1 << CELL_BITS
"""Samples in a cell: up to 64 residuals below 2^25 stay within 32 bits, and counts in a byte.

Other kernels hold it as a constant: to change it, also empty their __pycache__.
"""


def make_room(d: int, n: int, max_depth: int) -> tuple[np.ndarray, ...]:
    """Return the arrays that eight trees need while they grow.

    In order: the nodes of samples within their level (8, n), the same side by side (n, 8), what
    the histogram adds (n, 4) and counts (n,), sums and counts to the left of the borders of cells
    (2, nodes, 8, d, cells + 1), rises (nodes, d, cells), bounds (d, cells), gains at the ends of
    cells (cells,), largest bounds of columns (d,), and the best split: gain, column, place,
    threshold, priority.
    """
    cells, nodes = -(-n // CELL), 2 ** (max_depth - 1)
    return (
        np.zeros((LANES, n), np.uint8),
        np.zeros((n, LANES), np.uint8),
        np.zeros((n, LANES // 2), np.uint64),
        np.zeros(n, np.uint64),
        np.zeros((2, nodes, LANES, d, cells + 1)),
        np.zeros((2, nodes, LANES, d, cells + 1)),
        np.zeros((nodes, d, cells), np.float32),
        np.zeros((d, cells), np.float32),
        np.zeros(cells, np.float32),
        np.zeros(d, np.float32),
        np.zeros(5),
    )


@kernel
@no_type_check
def _pack(
    pairs: np.ndarray, tags: np.ndarray, node: int, words: np.ndarray, tally: np.ndarray
) -> None:
    """Write what the histogram adds: the residuals and counts of one node, zero elsewhere."""
    ones = np.uint64(0x0101010101010101)
    highs = np.uint64(0x8080808080808080)
    two = np.uint64(0x0000000100000001)
    sign = np.uint64(0x0000000080000000)
    sought = np.uint64(node) * ones
    for i in range(len(words)):
        inside = ((highs - (tags[i] ^ sought)) >> np.uint64(7)) & ones  # 1 per byte that agrees
        tally[i] = inside
        for w in range(4):
            bit = (inside >> np.uint64(8 * w)) & two
            pair = pairs[i, w] & ((bit << np.uint64(32)) - bit)
            words[i, w] = pair - ((pair & sign) << np.uint64(1))  # two's complement, borrowed


@njit(inline="always")
@no_type_check
def _unpack(
    word: int, tally: int, w: int, sums: np.ndarray, counts: np.ndarray, f: int, cell: int
) -> None:
    low = np.int64(np.int32(np.int64(word)))
    high = (np.int64(word) - low) >> 32
    tally = np.int64(tally >> np.uint64(8 * w))
    sums[w, f, cell + 1] = sums[w, f, cell] + low
    sums[w + 4, f, cell + 1] = sums[w + 4, f, cell] + high
    counts[w, f, cell + 1] = counts[w, f, cell] + (tally & 255)
    counts[w + 4, f, cell + 1] = counts[w + 4, f, cell] + ((tally >> 32) & 255)


@kernel
@no_type_check
def _histogram(
    order: np.ndarray, words: np.ndarray, tally: np.ndarray, sums: np.ndarray, counts: np.ndarray
) -> None:
    for f in range(len(order)):
        for cell in range(sums.shape[2] - 1):
            w0 = w1 = w2 = w3 = t = np.uint64(0)
            for i in order[f, cell * CELL : (cell + 1) * CELL]:
                w0 += words[i, 0]
                w1 += words[i, 1]
                w2 += words[i, 2]
                w3 += words[i, 3]
                t += tally[i]
            _unpack(w0, t, 0, sums, counts, f, cell)
            _unpack(w1, t, 1, sums, counts, f, cell)
            _unpack(w2, t, 2, sums, counts, f, cell)
            _unpack(w3, t, 3, sums, counts, f, cell)


@kernel
@no_type_check
def _subtract(whole: np.ndarray, part: np.ndarray, rest: np.ndarray) -> None:
    whole, part, rest = whole.reshape(-1), part.reshape(-1), rest.reshape(-1)
    for i in range(whole.size):
        rest[i] = whole[i] - part[i]


@kernel
@no_type_check
def sum_cells(order: np.ndarray, pairs: np.ndarray, room: tuple, level: int) -> None:
    """Fill sums and counts for all nodes of a level; right children by subtraction."""
    tags, words, tally, sums, counts = room[1], room[2], room[3], room[4], room[5]
    now, before = level % 2, 1 - level % 2
    for left in range(0, 2**level, 2):
        _pack(pairs.view(np.uint64), tags.view(np.uint64).reshape(-1), left, words, tally)
        _histogram(order, words, tally, sums[now, left], counts[now, left])
        if level > 0:
            _subtract(sums[before, left // 2], sums[now, left], sums[now, left + 1])
            _subtract(counts[before, left // 2], counts[now, left], counts[now, left + 1])
