"""The checks at the door: public functions call them, kernels never do."""

from collections.abc import Sequence

import numpy as np

from unbraid.core.errors import InputError, unknown
from unbraid.core.values import KINDS

_NUMBERED = "numpy.unique(column, return_inverse=True)[1] to number text values"
_PARTED = "numpy.column_stack([array.real, array.imag]), two columns of real numbers for one"
_HINTS = {"U": _NUMBERED, "S": _NUMBERED, "O": _NUMBERED, "c": _PARTED}


def table(what: str, array: object, *, missing: bool = False) -> np.ndarray:
    """Return a finite two-dimensional array of numbers, or say what is wrong with it.

    Parameters
    ----------
    what
        What it is, such as ``"codes"``.
    array
        Anything that numpy can take; one dimension is read as one column.
    missing
        Whether NaN may stand for a missing value.

    Returns
    -------
    numpy.ndarray
        float64 where it was a floating type (the same object where it was float64 already),
        int64 where it was integers or booleans; shape (n, columns), n >= 1.

    Raises
    ------
    InputError
        If it is not numeric, has another number of axes, is empty, or holds infinity or, where
        none may be missing, NaN.

    Examples
    --------
    >>> table("codes", [1.0, 2.0]).shape
    (2, 1)
    """
    try:
        values = np.asarray(array)
    except ValueError as error:
        raise InputError(f"{what} are no array", got=str(error)) from error
    if values.dtype.kind not in "biuf":
        raise InputError(
            f"{what} must be numbers",
            got=f"an array of {values.dtype}",
            allowed="integers or floats",
            hint=_HINTS.get(values.dtype.kind),
        )
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2:
        raise InputError(
            f"{what} must have two axes, samples first",
            got=f"shape {values.shape}",
            hint="array.reshape(len(array), -1)",
        )
    if values.shape[0] == 0 or values.shape[1] == 0:
        raise InputError(f"{what} are empty", got=f"shape {values.shape}")
    values = values.astype(np.float64 if values.dtype.kind == "f" else np.int64, copy=False)
    if values.dtype.kind == "f":
        bad = np.isinf(values) if missing else ~np.isfinite(values)
        if bad.any():
            _refuse(what, values, bad)
    return values


def _refuse(what: str, values: np.ndarray, bad: np.ndarray) -> None:
    rows = np.flatnonzero(bad.any(axis=1))
    kind = "NaN" if np.isnan(values[bad]).all() else "NaN or infinity"
    raise InputError(
        f"{what} hold {kind}",
        got=f"{int(bad.sum())} such values in {rows.size} rows, the first in row {rows[0]}",
        allowed="finite numbers",
        hint="dropping those rows from the codes and from the factors",
    )


def codes_and_factors(codes: object, factors: object) -> tuple[np.ndarray, np.ndarray]:
    """Return codes and factors as two tables with a row per sample each.

    Parameters
    ----------
    codes
        The codes, shape (n, d) or (n,).
    factors
        The factors, shape (n, K) or (n,); NaN stands for a missing value.

    Returns
    -------
    tuple of numpy.ndarray
        float64 codes (n, d) and int64 or float64 factors (n, K).

    Raises
    ------
    InputError
        As `table` does, or if the numbers of rows differ.

    Examples
    --------
    >>> codes_and_factors([[0.5], [1.5]], [0, 1])[1].shape
    (2, 1)
    """
    codes = table("codes", codes).astype(np.float64, copy=False)
    factors = table("factors", factors, missing=True)
    if len(codes) != len(factors):
        raise InputError(
            "factors must have one row per sample",
            got=f"{len(codes)} codes and {len(factors)} factors",
            hint="checking that both come from the same samples in the same order",
        )
    return codes, factors


def factor_kinds(kinds: Sequence[str], n_factors: int) -> None:
    """Refuse kinds of factors that there are not, and more or fewer of them than factors.

    Parameters
    ----------
    kinds
        One kind per factor, or none.
    n_factors
        How many factors there are.

    Raises
    ------
    InputError
        If they cannot be used.
    """
    if kinds and len(kinds) != n_factors:
        raise InputError(
            "factor_kinds must have one entry per factor",
            got=f"{len(kinds)} for {n_factors} factors",
        )
    for kind in kinds:
        if kind not in KINDS:
            raise unknown("factor kind", kind, KINDS)
