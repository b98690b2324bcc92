"""How well numbers rank one group above another."""

import numpy as np
from jaxtyping import Bool, Float


def roc_auc(
    numbers: Float[np.ndarray, "samples columns"], positive: Bool[np.ndarray, "samples columns"]
) -> Float[np.ndarray, " columns"]:
    """Return the area under each column's ROC curve.

    Parameters
    ----------
    numbers
        What the samples are ranked by, shape (n, c).
    positive
        Which samples should rank high, shape (n, c); each column needs some and not all.

    Returns
    -------
    numpy.ndarray
        In [0, 1], shape (c,): the share of pairs ranked right, ties counting half.

    References
    ----------
    Hanley and McNeil (1982), The meaning and use of the area under a ROC curve, Radiology 143,
    doi:10.1148/radiology.143.1.7063747, page 31.

    Examples
    --------
    >>> roc_auc(np.array([[0.1], [0.4], [0.3]]), np.array([[False], [True], [False]]))
    array([1.])
    """
    return np.array([_share(*each) for each in zip(numbers.T, positive.T, strict=True)])


def _share(numbers: np.ndarray, positive: np.ndarray) -> float:
    # Only the positive ones, mostly few, are sorted; all find their place among them.
    high = np.sort(numbers[positive])
    below = np.searchsorted(high, numbers, side="left")
    count = len(high)
    equal = high[np.minimum(below, count - 1)] == numbers
    ties = np.searchsorted(high, numbers[equal], side="right") - below[equal]
    # Of the positive ones among themselves, half of the pairs are ranked right.
    won = len(numbers) * count - below.sum() - ties.sum() / 2 - count**2 / 2
    return float(won / (count * (len(numbers) - count)))
