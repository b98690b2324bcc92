"""Whether contenders have the same rows, as far as their factors tell; ids make them the same."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from unbraid.core.errors import InputError
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


def joined(
    rows: Mapping[str, Representation], ids: Mapping[str, np.ndarray]
) -> tuple[dict[str, Representation], str]:
    """Return contenders with the rows that all have, in the order of the first.

    Parameters
    ----------
    rows
        Codes and factors by name.
    ids
        What tells each contender's rows apart, by the same names; held-out rows have none.

    Returns
    -------
    joined : dict
        Codes and factors by name.
    note : str
        How many rows are left.

    Raises
    ------
    InputError
        If an id occurs twice, or none is in all.

    Examples
    --------
    >>> one = Representation(codes=np.eye(3), factors=np.arange(3)[:, None])
    >>> other = Representation(codes=np.eye(2), factors=np.array([[2], [0]]))
    >>> found, note = joined({"A": one, "B": other}, {"A": np.arange(3), "B": np.array([2, 0])})
    >>> found["B"].factors.ravel(), note
    (array([0, 2]), 'joined on ids: 2 rows of 3 in A and 2 in B')
    """
    places = {name: _places(name, each) for name, each in ids.items()}
    first, *others = places.values()
    shared = [key for key in first if all(key in other for other in others)]
    if not shared:
        got = " and ".join(
            f"{next(iter(each), 'none')} in {name}" for name, each in places.items()
        )
        raise InputError("no id is in all", got=got)
    index = {name: [place[key] for key in shared] for name, place in places.items()}
    found = {
        name: replace(each, codes=each.codes[index[name]], factors=_taken(each, index[name]))
        for name, each in rows.items()
    }
    counts = " and ".join(f"{len(each)} in {name}" for name, each in ids.items())
    fewer = any(len(each) > len(shared) for each in ids.values())
    return found, f"joined on ids: {len(shared)} rows{f' of {counts}' if fewer else ''}"


def _places(name: str, ids: np.ndarray) -> dict[str, int]:
    """Return the row of each id, as text; a row whose id is missing has none."""
    found: dict[str, int] = {}
    for row, value in enumerate(ids.tolist()):
        whole = isinstance(value, float) and value.is_integer()
        word = str(int(value) if whole else value)
        if word in found:
            raise InputError(f"an id occurs more than once in {name}", got=repr(word))
        if word not in ("", "nan"):
            found[word] = row
    return found


def _taken(rows: Representation, index: list[int]) -> np.ndarray | None:
    return None if rows.factors is None else rows.factors[index]
