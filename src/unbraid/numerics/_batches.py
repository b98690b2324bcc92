"""Compiled kernels that measure batches of rows of a table without copying the rows."""

from typing import no_type_check

import numpy as np

from unbraid.numerics._kernel import kernel

__all__ = ["mean_differences_of", "variances_of"]


@kernel
@no_type_check
def mean_differences_of(
    table: np.ndarray, first: np.ndarray, other_table: np.ndarray, second: np.ndarray, size: int
) -> np.ndarray:
    """Return the mean absolute difference of each batch of pairs of rows, (batches, columns)."""
    batches, width = first.size // size, table.shape[1]
    found = np.zeros((batches, width))
    for b in range(batches):
        total = found[b]
        for i in range(b * size, (b + 1) * size):
            one, other = table[first[i]], other_table[second[i]]
            for j in range(width):
                total[j] += abs(one[j] - other[j])
        for j in range(width):
            total[j] /= size
    return found


@kernel
@no_type_check
def variances_of(table: np.ndarray, rows: np.ndarray, size: int) -> np.ndarray:
    """Return the unbiased variance within each batch of rows, (batches, columns)."""
    batches, width = rows.size // size, table.shape[1]
    found = np.zeros((batches, width))
    mean = np.empty(width)
    for b in range(batches):
        mean[:] = 0.0
        for i in range(b * size, (b + 1) * size):
            row = table[rows[i]]
            for j in range(width):
                mean[j] += row[j]
        for j in range(width):
            mean[j] /= size
        total = found[b]
        for i in range(b * size, (b + 1) * size):
            row = table[rows[i]]
            for j in range(width):
                total[j] += (row[j] - mean[j]) ** 2
        for j in range(width):
            total[j] /= size - 1
    return found
