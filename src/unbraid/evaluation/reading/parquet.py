"""parquet files: columns by name; a column of lists is an array."""

from pathlib import Path
from typing import Any

import numpy as np

from unbraid.core.errors import InputError, StoreError
from unbraid.evaluation.reading._content import Content, one_of_each, optional


def read(path: Path) -> Content:
    """Read the columns of a parquet file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Content
        Columns of numbers, truth values, texts, dates and times by name; a column whose
        values are lists of one length, as embeddings often are, is an array of shape (n, length).

    Raises
    ------
    StoreError
        If the file cannot be read.
    InputError
        If it is damaged, has two columns of one name, or lists have unequal lengths.
    MissingNeed
        If pyarrow is not installed.
    """
    parquet = optional("pyarrow.parquet", "reading parquet files", "parquet")
    arrow = optional("pyarrow", "reading parquet files", "parquet")
    try:
        one_of_each(f"{path} has two columns", parquet.read_schema(path).names)
        table = parquet.read_table(path)
    except arrow.ArrowInvalid as error:
        raise InputError(f"{path} is truncated or damaged", got=_first_line(error)) from error
    except OSError as error:
        raise StoreError(f"cannot read {path}", got=_first_line(error)) from error
    arrays: dict[str, np.ndarray] = {}
    columns: dict[str, np.ndarray] = {}
    unread: dict[str, str] = {}
    for name, values in zip(table.column_names, table.columns, strict=True):
        if arrow.types.is_list(values.type) or arrow.types.is_fixed_size_list(values.type):
            arrays[name] = _array(path, name, values)
        elif (found := _column(arrow, values)) is None:
            unread[name] = str(values.type)
        else:
            columns[name] = found
    return Content(format="parquet", arrays=arrays, columns=columns, unread=unread)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _array(path: Path, name: str, values: Any) -> np.ndarray:  # noqa: ANN401 (a pyarrow array)
    rows = values.to_numpy()
    lengths = {-1 if row is None else len(row) for row in rows}
    if len(lengths) != 1 or -1 in lengths:
        raise InputError(
            f"{path} has lists of unequal length in the column {name!r}",
            got=f"{'missing lists' if -1 in lengths else f'{min(lengths)} to {max(lengths)}'}",
        )
    return np.stack([np.asarray(row) for row in rows])


def _column(arrow: Any, values: Any) -> np.ndarray | None:  # noqa: ANN401 (pyarrow has no types)
    types = arrow.types
    if types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if types.is_string(values.type) or types.is_large_string(values.type):
        return np.array([word or "" for word in values.to_pylist()])
    if types.is_boolean(values.type) and values.null_count == 0:
        return np.array(values.to_pylist(), dtype=bool)
    if types.is_timestamp(values.type) or types.is_date(values.type):
        return np.asarray(values.to_numpy())
    number = types.is_integer(values.type) or types.is_floating(values.type)
    if number or types.is_boolean(values.type):
        if values.null_count == 0:
            return np.asarray(values.to_numpy())
        return np.array([np.nan if each is None else float(each) for each in values.to_pylist()])
    return None
