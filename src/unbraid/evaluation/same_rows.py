"""Whether contenders have the same rows, as far as their factors tell."""

from collections.abc import Mapping

import numpy as np

from unbraid.core.values import Representation

_TABLES = {
    "factors": "rows",
    "factors_test": "held-out rows",
    "pool_factors": "rows of the pool",
}


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


def groups(rows: Mapping[str, Representation]) -> tuple[tuple[str, ...], ...]:
    """Return which contenders have the same rows.

    Parameters
    ----------
    rows
        Codes and factors by name.

    Returns
    -------
    tuple of tuple of str
        The names, those of the same rows together.
    """
    found: list[list[str]] = []
    for name, each in rows.items():
        for group in found:
            if not differing(rows[group[0]], each):
                group.append(name)
                break
        else:
            found.append([name])
    return tuple(tuple(group) for group in found)


def apart(rows: Mapping[str, Representation]) -> tuple[str, ...]:
    """Say why contenders are not all on the same rows.

    Parameters
    ----------
    rows
        Codes and factors by name.

    Returns
    -------
    tuple of str
        What sets each further group apart from the first; none where all rows are the same.
    """
    (first, *_), *others = groups(rows)
    return tuple(_difference(first, rows[first], name, rows[name]) for name, *_ in others)


def _difference(first: str, one: Representation, second: str, other: Representation) -> str:
    table = differing(one, other)[0]
    what = _TABLES[table]
    ours, theirs = (_table(each, table) for each in (one, other))
    if len(ours) != len(theirs):
        return f"{second} has {len(theirs)} {what} and {first} {len(ours)}"
    if one.factor_names != other.factor_names and one.factor_names and other.factor_names:
        return f"{second} has its factors in another order than {first}"
    if np.array_equal(_sorted(ours), _sorted(theirs)):
        return f"{second} has the factors of {first} with its {what} in another order"
    return f"{second} has {what} of other factors than {first}"


def _table(rows: Representation, key: str) -> np.ndarray:
    found = getattr(rows, key)
    return np.zeros((0, 1)) if found is None else np.asarray(found)


def _sorted(table: np.ndarray) -> np.ndarray:
    return table[np.lexsort(table.T)]
