"""How well numbers rank one group above another."""

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import rankdata


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
    count = positive.sum(axis=0)
    ranks = np.where(positive, rankdata(numbers, axis=0), 0.0).sum(axis=0)
    return np.asarray((ranks - count * (count + 1) / 2) / (count * (len(numbers) - count)))
