"""Read codes and factors from files that anybody's tools can write."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from unbraid.core import checks, files
from unbraid.core.errors import InputError, unknown
from unbraid.core.values import KINDS, Kind, Representation

_KEYS = (
    "codes",
    "factors",
    "codes_test",
    "factors_test",
    "factor_names",
    "factor_kinds",
    "pool_codes",
    "pool_factors",
)


def read_codes(path: Path, factors: Path | None = None) -> Representation:
    """Read a representation from an npz file, or from an npy file of codes.

    Parameters
    ----------
    path
        An npz file with the keys ``codes`` (n, d) and, unless they come from another file,
        ``factors`` (n, K); optional ``codes_test`` and ``factors_test`` (then these are the
        held-out rows), ``factor_names``, ``factor_kinds``. Or an npy file of codes.
    factors
        An npz file with the key ``factors`` and optional ``factors_test``, ``factor_names``,
        ``factor_kinds``, or an npy file of factors.

    Returns
    -------
    Representation
        The codes and their factors, with names and kinds where the files give them.

    Raises
    ------
    StoreError
        If a file is missing or unreadable.
    InputError
        If a file is empty, truncated, holds pickles, or its arrays do not fit together.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "codes.npz"
    >>> np.savez(path, codes=np.zeros((4, 2)), factors=np.zeros((4, 1), dtype=int))
    >>> read_codes(path).codes.shape
    (4, 2)
    """
    arrays = _named(path, files.read_npz(path), "codes")
    if factors is not None:
        arrays |= _named(factors, files.read_npz(factors), "factors")
    _need(path, arrays, "codes", "numpy.savez(path, codes=codes, factors=factors)")
    _need(path, arrays, "factors", "naming the file that holds them with --factors")
    tables = {
        key: checks.table(key, value)
        for key, value in arrays.items()
        if not key.startswith("factor_")
    }
    _same_rows(tables, "codes", "factors")
    _same_rows(tables, "codes_test", "factors_test")
    _same_rows(tables, "pool_codes", "pool_factors")
    n_factors = tables["factors"].shape[1]
    names = _words(arrays, "factor_names", n_factors)
    kinds = _kinds(_words(arrays, "factor_kinds", n_factors))
    numbers = {key: value.astype(np.float64) for key, value in tables.items() if "codes" in key}
    given: dict[str, Any] = tables | numbers
    return Representation(
        **given, factor_names=names, factor_kinds=kinds, spec={"path": str(path)}
    )


def _named(path: Path, arrays: Mapping[str, np.ndarray], alone: str) -> dict[str, np.ndarray]:
    if set(arrays) == {"array"}:
        return {alone: arrays["array"]}
    known = {key: value for key, value in arrays.items() if key in _KEYS}
    if not known:
        raise InputError(
            f"{path} has none of the keys that unbraid reads",
            got=f"the keys {', '.join(sorted(arrays)) or 'none'}",
            allowed=", ".join(_KEYS[:6]),
        )
    return known


def _need(path: Path, arrays: Mapping[str, np.ndarray], key: str, hint: str) -> None:
    if key not in arrays:
        raise InputError(
            f"{path} has no key {key!r}",
            got=f"the keys {', '.join(sorted(arrays))}",
            hint=hint,
        )


def _same_rows(tables: Mapping[str, np.ndarray], codes: str, factors: str) -> None:
    first, second = tables.get(codes), tables.get(factors)
    if (first is None) != (second is None):
        missing, there = (codes, factors) if first is None else (factors, codes)
        raise InputError(f"{missing} is missing", got=f"{there} alone", hint="giving both")
    if first is not None and second is not None and len(first) != len(second):
        raise InputError(
            f"{factors} must have one row per row of {codes}",
            got=f"{len(first)} codes and {len(second)} factors",
            hint="checking that both come from the same samples in the same order",
        )


def _words(arrays: Mapping[str, np.ndarray], key: str, count: int) -> tuple[str, ...]:
    if key not in arrays:
        return ()
    words = arrays[key]
    if words.dtype.kind not in "US" or words.shape != (count,):
        raise InputError(
            f"{key} must be one text per factor",
            got=f"an array of {words.dtype} of shape {words.shape}",
            allowed=f"{count} strings",
        )
    texts = (
        word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word) for word in words
    )
    return tuple(texts)


def _kinds(words: tuple[str, ...]) -> tuple[Kind, ...]:
    for word in words:
        if word not in KINDS:
            raise unknown("factor kind", word, KINDS)
    return tuple(kind for word in words for kind in KINDS if kind == word)
