"""Fill polygons with even-odd parity, a 64-pixel row being one 64-bit word."""

from collections.abc import Callable
from typing import no_type_check

import numba
import numpy as np


# Decorators of a type checker would keep numba from compiling it.
@no_type_check
def _fill(
    vertices: np.ndarray,
    starts: np.ndarray,
    scales: np.ndarray,
    cosines: np.ndarray,
    sines: np.ndarray,
    centres: np.ndarray,
    factors: np.ndarray,
    rows: np.ndarray,
) -> None:
    xs = np.empty(len(vertices) + 1)
    ys = np.empty(len(vertices) + 1)
    line = np.uint64(0xFFFFFFFFFFFFFFFF)
    for i in range(len(factors)):
        first = starts[factors[i, 0]]
        n = starts[factors[i, 0] + 1] - first
        cosine = cosines[factors[i, 2]] * scales[factors[i, 1]]
        sine = sines[factors[i, 2]] * scales[factors[i, 1]]
        for j in range(n):
            x, y = vertices[first + j, 0], vertices[first + j, 1]
            # A graphics card knows vertices to 1/256 pixel.
            xs[j] = np.rint((centres[factors[i, 3]] + x * cosine + y * sine) * 256) / 256
            ys[j] = np.rint((centres[factors[i, 4]] - x * sine + y * cosine) * 256) / 256
        xs[n], ys[n] = xs[0], ys[0]
        for j in range(n):
            # A row is crossed where its centre lies in (top, bottom]: horizontal edges never are.
            top = int(np.floor(min(ys[j], ys[j + 1]) - 0.5)) + 1
            bottom = int(np.floor(max(ys[j], ys[j + 1]) - 0.5))
            for row in range(top, bottom + 1):
                slope = (xs[j + 1] - xs[j]) / (ys[j + 1] - ys[j])
                column = np.ceil(xs[j] + (row + 0.5 - ys[j]) * slope - 0.5)
                # Crossing an edge turns over every pixel to its right.
                rows[i, row] ^= line >> np.uint64(column)


def _compiled() -> Callable[..., None]:
    try:
        kept: Callable[..., None] = numba.njit(cache=True, nogil=True)(_fill)
    except RuntimeError:  # there is no folder to keep the machine code in
        kept = numba.njit(nogil=True)(_fill)
    return kept


fill = _compiled()
