"""Codes and factors as tables that fit together."""

from collections.abc import Mapping

import numpy as np

from unbraid.core import checks
from unbraid.core.errors import InputError

# Those learned from, those held out, and more for scores that intervene on factors.
PAIRS = (("codes", "factors"), ("codes_test", "factors_test"), ("pool_codes", "pool_factors"))


def with_all(
    pair: Mapping[str, np.ndarray], beside: Mapping[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], list[str]]:
    """Return codes, factors and what is beside without the rows that lack it, and notes."""
    n = len(pair["codes"]) if pair["codes"].ndim else 0
    kept = np.ones(n, dtype=bool)
    notes = []
    for name, values in beside.items():
        if values.shape != (n,):
            raise InputError(
                f"{name} must have one value per sample",
                got=f"shape {values.shape} for {n} samples",
            )
        there = _present(values)
        if n and not there.any():
            raise InputError(f"every row lacks {name}")
        if not there.all():
            notes.append(_left_out(there, name))
        kept &= there
    # Factors of another number of rows are refused where all arrays are checked.
    whole = {key: table[kept] if table.shape[:1] == (n,) else table for key, table in pair.items()}
    return whole, {name: values[kept] for name, values in beside.items()}, notes


def _present(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind in "fM":
        return np.asarray(values == values)  # neither NaN nor NaT is
    return np.asarray(values != "") if values.dtype.kind == "U" else np.ones(len(values), bool)


def complete(
    arrays: Mapping[str, np.ndarray],
) -> tuple[dict[str, np.ndarray], np.ndarray, str]:
    """Return the arrays as tables that fit together, which rows lack no factor, and a note."""
    tables: dict[str, np.ndarray] = {}
    note = ""
    rows = np.zeros(0, dtype=bool)
    for pair in PAIRS:
        first, second = (arrays.get(key) for key in pair)
        if first is None and second is None:
            continue
        if first is None or second is None:
            missing, there = pair if first is None else pair[::-1]
            raise InputError(f"{missing} is missing", got=f"{there} alone", hint="giving both")
        kept = np.ones(len(second) if second.ndim else 0, dtype=bool)
        if second.dtype.kind == "f":
            kept = ~np.isnan(second.reshape(len(second), -1)).any(axis=1)
        if len(kept) and not kept.any():
            raise InputError("every row lacks a factor", hint="naming others with --factors")
        rows = kept if pair[0] == "codes" else rows
        if len(first) == len(second) and not kept.all():
            note = note or _left_out(kept, "a factor")
            first, second = first[kept], second[kept]
        tables[pair[0]] = not_too_large(checks.table(pair[0], first).astype(np.float64))
        tables[pair[1]] = _whole(checks.table(pair[1], second))
        if len(tables[pair[0]]) != len(tables[pair[1]]):
            raise InputError(
                f"{pair[1]} must have one row per row of {pair[0]}",
                got=f"{len(tables[pair[0]])} {pair[0]} and {len(tables[pair[1]])} {pair[1]}",
                hint="checking that both come from the same samples in the same order",
            )
        for key, whole in zip(pair, PAIRS[0], strict=True):
            _as_many_columns(key, tables[key], whole, tables[whole])
    return tables, rows, note


def _as_many_columns(key: str, table: np.ndarray, whole: str, first: np.ndarray) -> None:
    if table.shape[1] != first.shape[1]:
        raise InputError(
            f"{key} must have a column per column of {whole}",
            got=table.shape[1],
            allowed=first.shape[1],
        )


def not_too_large(codes: np.ndarray) -> np.ndarray:
    """Return codes that can be scored, or say that they cannot."""
    # Trees are grown on float32, as those of the published scores are.
    largest = np.abs(codes).max()
    if largest > np.finfo(np.float32).max:
        raise InputError(
            "codes are too large to be scored",
            got=f"{largest:.3g}",
            allowed="up to 3.4e38, either sign",
            hint="codes / abs(codes).max()",
        )
    return codes


def _left_out(kept: np.ndarray, lacking: str) -> str:
    gone = int((~kept).sum())
    are = "is" if gone == 1 else "are"
    return f"{gone} of {len(kept)} rows {are} left out: {lacking} is missing"


def _whole(factors: np.ndarray) -> np.ndarray:
    # Texts with missing values were numbered in floats.
    if factors.dtype.kind == "f" and (factors == np.round(factors)).all():
        small = bool((np.abs(factors) < 2**53).all())
        return factors.astype(np.int64) if small else factors
    return factors
