"""Text tables: values parted by commas, semicolons or tabs, gzipped or not."""

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from unbraid.core.errors import InputError, StoreError
from unbraid.evaluation.reading._content import Content, one_of_each

# What stands for a missing value, in any case.
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-nan", "<na>"})

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # how such a text begins


def read(path: Path) -> Content:
    """Read the columns of a text table.

    Parameters
    ----------
    path
        The file, UTF-8. The first line names the columns, unless all of it is numbers.

    Returns
    -------
    Content
        The columns by name: integers or floats where every value is one, otherwise texts. Empty
        values, ``NA``, ``NaN``, ``null`` and ``None`` are missing.

    Raises
    ------
    StoreError
        If the file cannot be read.
    InputError
        If it is empty, no UTF-8 text, has two columns of one name, or a line has more or fewer
        values than the first.
    """
    text = _text(path)
    if not text.strip():
        raise InputError(f"{path} is empty", got="no line", allowed="a line of column names first")
    parted_by = max(",;\t", key=text.lstrip("\r\n").partition("\n")[0].count)
    try:
        rows = [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=parted_by) if row
        ]
    except csv.Error as error:
        raise InputError(f"{path} is no table", got=str(error)) from error
    header, body = [word.strip() for word in rows[0]], rows[1:]
    notes: tuple[str, ...] = ()
    if all(_is_number(word) for word in header):
        header, body = [f"column_{j}" for j in range(len(header))], [rows[0], *body]
        notes = ("the first line is numbers, so the columns go by column_0 and so on",)
    _check(path, header, body)
    columns = {
        name: column(values) for name, values in zip(header, zip(*body, strict=True), strict=True)
    }
    return Content(format="table of text", columns=columns, notes=notes)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is truncated or damaged", got=str(error)) from error
    except OSError as error:
        raise StoreError(f"cannot read {path}", got=error.strerror or str(error)) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" not in content or content[:2] in _UTF_16:
            encoding = "utf-16" if content[:2] in _UTF_16 else "latin1"
            line = content[: error.start].count(b"\n") + 1
            raise InputError(
                f"{path} is text, but not in UTF-8",
                got=f"the byte 0x{content[error.start]:02x} in line {line}",
                hint=f"saving it as UTF-8, such as iconv -f {encoding} -t utf-8 {path.name}",
            ) from error
        raise InputError(
            f"{path} is no text in UTF-8",
            got=f"a file that starts with {content[:6]!r}",
            allowed="npz, npy, csv, tsv, parquet, safetensors, h5ad",
            hint="numpy.savez(path, codes=codes, factors=factors)",
        ) from error


def _check(path: Path, header: list[str], body: list[list[str]]) -> None:
    if not body:
        raise InputError(f"{path} has no rows", got="a line of column names alone")
    one_of_each(f"{path} has two columns", header)
    for number, row in enumerate(body, start=1):
        if len(row) != len(header):
            raise InputError(
                f"{path} has rows of unequal length",
                got=f"{len(row)} values in data row {number} and {len(header)} columns",
            )


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return word.strip().lower() not in MISSING


def column(words: Sequence[str]) -> np.ndarray:
    """Return a column of texts as numbers, where all that is not missing is.

    Parameters
    ----------
    words
        The texts.

    Returns
    -------
    numpy.ndarray
        int64, float64 (NaN where missing) or texts ("" where missing).

    Examples
    --------
    >>> column(["1", "2"]), column(["0.5", "NA"]), column(["red", ""])
    (array([1, 2]), array([0.5, nan]), array(['red', ''], dtype='<U3'))
    """
    array = np.array(words)
    try:
        numbers = array.astype(np.float64)
    except ValueError:  # a text, or a missing value: looked at one by one
        array = np.char.strip(array)
        gone = np.isin(np.char.lower(array), list(MISSING))
        try:
            return np.where(gone, "nan", array).astype(np.float64)
        except ValueError:
            return np.where(gone, "", array)
    whole = bool((numbers == np.round(numbers)).all())
    if not whole or not all(word.strip().lstrip("+-").isdecimal() for word in words):
        return numbers
    # An identifier of 20 digits is no int64, and no float64 without loss.
    return numbers.astype(np.int64) if np.abs(numbers).max() < 2**53 else array
