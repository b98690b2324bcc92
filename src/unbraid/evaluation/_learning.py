"""What is read of a factor: a label, or a number."""

from dataclasses import dataclass

import numpy as np

from unbraid.core.errors import InputError
from unbraid.core.values import Kind
from unbraid.numerics.alignment import columns_of

# So many values are read as labels, whatever the kind; more whole numbers than that as numbers.
_MOST_LABELS = 50
_N_STRATA = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Numbers:
    """The labels (n,) or numbers (n, c) to learn from, and how a prediction is judged."""

    values: np.ndarray
    strata: np.ndarray
    is_number: bool

    def gains(self, predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """Return what each held-out row adds to the mean that is the accuracy or R²."""
        if not self.is_number:
            return np.asarray(predicted == truth)
        spread = truth.var(axis=0).sum()
        error = ((predicted - truth) ** 2).sum(axis=1)
        return np.asarray(1 - error / (spread if spread > 0 else np.inf))

    def chance(self, truth: np.ndarray) -> float:
        """Return what a reader gets that ignores the codes."""
        if self.is_number:
            return 0.0
        values, counts = np.unique(self.values, return_counts=True)
        return float((truth == values[counts.argmax()]).mean())


def readable(
    factor: np.ndarray, truth: np.ndarray, kind: Kind | None
) -> tuple[Numbers, np.ndarray]:
    """Return a factor as labels or as numbers, and the held-out values in the same terms."""
    if len(truth) < 2:
        raise InputError("too few held-out samples that have the factor", got=len(truth))
    values = np.unique(factor)
    whole = bool((factor == np.round(factor)).all())
    few = len(values) <= _MOST_LABELS
    number = kind == "continuous" or (not few and (kind != "categorical" or not whole))
    if number and len(values) > 2:
        edges = np.quantile(factor, np.linspace(0, 1, _N_STRATA + 1)[1:-1])
        strata = np.searchsorted(np.unique(edges), factor)
        columns = np.column_stack(columns_of(np.concatenate([factor, truth]), kind))
        learned, asked = np.split(columns, [len(factor)])
        return Numbers(values=learned, strata=strata, is_number=True), asked
    labels = np.searchsorted(values, factor)
    places = np.minimum(np.searchsorted(values, truth), len(values) - 1)
    # A value that the rows to learn from do not have cannot be told.
    known = np.where(values[places] == truth, places, -1)
    return Numbers(values=labels, strata=labels, is_number=False), known
