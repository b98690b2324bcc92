"""Rows left out, or cut into parts."""

import operator
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from unbraid.core.values import Representation


def deleted(rows: Representation, n_groups: int, rng: np.random.Generator) -> list[Representation]:
    """Leave each group of rows out in turn.

    Parameters
    ----------
    rows
        Codes and factors.
    n_groups
        How many groups; the rows to learn on, the held-out rows and the pool are each parted.
    rng
        Parts the rows at random; the same stream parts as many rows in the same way.

    Returns
    -------
    list of Representation
        As many representations, each without one group.

    Examples
    --------
    >>> rows = Representation(codes=np.zeros((6, 1)), factors=np.zeros((6, 1), dtype=int))
    >>> [len(each.codes) for each in deleted(rows, 3, np.random.default_rng(0))]
    [4, 4, 4]
    """
    return _grouped(rows, n_groups, rng, operator.ne)


def pieces(rows: Representation, n_parts: int, rng: np.random.Generator) -> list[Representation]:
    """Cut rows into parts.

    Parameters
    ----------
    rows
        Codes and factors.
    n_parts
        How many; the rows to learn on, the held-out rows and the pool are each parted.
    rng
        Parts the rows at random.

    Returns
    -------
    list of Representation
        Every row in one of them.

    Examples
    --------
    >>> rows = Representation(codes=np.zeros((6, 1)), factors=np.zeros((6, 1), dtype=int))
    >>> [len(each.codes) for each in pieces(rows, 3, np.random.default_rng(0))]
    [2, 2, 2]
    """
    return _grouped(rows, n_parts, rng, operator.eq)


def _grouped(
    rows: Representation,
    n_groups: int,
    rng: np.random.Generator,
    taken: Callable[[np.ndarray, int], np.ndarray],
) -> list[Representation]:
    """Put every row in a group, and take for each group in turn the rows that it decides."""
    tables = (rows.codes, rows.codes_test, rows.pool_codes)
    groups = [
        None if table is None else rng.permutation(len(table)) % n_groups for table in tables
    ]
    return [
        _chosen(rows, *(None if each is None else taken(each, g) for each in groups))
        for g in range(n_groups)
    ]


def _chosen(
    rows: Representation,
    train: np.ndarray | None,
    test: np.ndarray | None,
    pool: np.ndarray | None,
) -> Representation:
    def of(table: np.ndarray | None, chosen: np.ndarray | None) -> np.ndarray | None:
        return None if table is None or chosen is None else table[chosen]

    return replace(
        rows,
        codes=rows.codes if train is None else rows.codes[train],
        factors=of(rows.factors, train),
        codes_test=of(rows.codes_test, test),
        factors_test=of(rows.factors_test, test),
        pool_codes=of(rows.pool_codes, pool),
        pool_factors=of(rows.pool_factors, pool),
    )
