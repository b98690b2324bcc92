"""Whether contenders have the same rows, as far as their factors tell."""

import numpy as np

from unbraid.core.values import Representation

_TABLES = ("factors", "factors_test", "pool_factors")


def differing(one: Representation, other: Representation) -> tuple[str, ...]:
    """Return in which tables of factors two contenders differ.

    Parameters
    ----------
    one, other
        Codes and factors.

    Returns
    -------
    tuple of str
        Of ``factors``, ``factors_test`` and ``pool_factors``; none where the rows are the same.
    """
    return tuple(key for key in _TABLES if not _equal(getattr(one, key), getattr(other, key)))


def _equal(mine: np.ndarray | None, theirs: np.ndarray | None) -> bool:
    if mine is None or theirs is None:
        return mine is theirs
    return np.array_equal(mine, theirs)
