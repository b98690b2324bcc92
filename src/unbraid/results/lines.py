"""Files of one JSON object per line, which may be read while they grow."""

import json
from pathlib import Path
from typing import Any

from unbraid.core.errors import StoreError


def read(path: Path) -> list[dict[str, Any]]:
    r"""Read a file of one JSON object per line, up to a last line that is still being written.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    list of dict
        One per line; empty where the file does not exist.

    Raises
    ------
    StoreError
        If it cannot be read, or a line before the last one is no JSON object.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "train.jsonl"
    >>> _ = path.write_text('{"step": 1}\n{"step": 2}\n{"st')
    >>> read(path)
    [{'step': 1}, {'step': 2}]
    """
    if not path.exists():
        return []
    try:
        *whole, last = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError as error:
        raise StoreError(f"cannot read {path}", got=error.strerror or str(error)) from error
    records = [_record(path, number, line) for number, line in enumerate(whole, 1) if line]
    try:
        # A last line without its line feed counts if it is whole all the same.
        return [*records, _record(path, len(whole) + 1, last)] if last else records
    except StoreError:
        return records


def _record(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise StoreError(f"line {number} of {path} is not JSON", got=str(error)) from error
    if not isinstance(value, dict):
        raise StoreError(f"line {number} of {path} is no object", got=type(value).__name__)
    return value
