"""Two files whose rows are the same samples, perhaps in another order."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from unbraid.core.errors import InputError, unknown
from unbraid.evaluation.reading._content import Content, tells_rows_apart

_USUAL = ("id", "index", "", "sample", "sample_id", "cell", "cell_id", "barcode", "name")


def join(codes: Content, factors: Content, by: str | None) -> tuple[Content, Content, str]:
    """Return both with the rows that they share, in the order of the codes, and a note."""
    name = by if by is not None else _shared(codes, factors)
    first, second = _ids(codes, factors, name)
    n, m = _rows(codes), _rows(factors)
    if first is None or second is None:
        if by is not None:
            raise InputError(
                f"no column {by!r} in both files",
                got=f"{_listed(codes)} and {_listed(factors)}",
            )
        # Without an id, unequal lengths are refused where all arrays are checked.
        if n != m and (codes.columns or factors.columns):
            raise InputError(
                "factors must have one row per row of codes",
                got=f"{n} codes and {m} factors, and no column in both to join them on",
                hint="a column of ids in both files, and --id NAME",
            )
        return codes, factors, "no id in both files: rows are taken in their order"
    here, there = (_unique(ids, which) for ids, which in ((first, "codes"), (second, "factors")))
    kept = [key for key in here if key in there]
    if not kept:
        raise InputError(
            "the two files share no id",
            got=f"{next(iter(here))!r} in the codes and {next(iter(there))!r} in the factors",
        )
    named = [_name_of(content, ids) for content, ids in ((codes, first), (factors, second))]
    words = dict.fromkeys(word or "the names of the samples" for word in named)
    note = f"joined on {' and '.join(words)}"
    if len(kept) < n or len(kept) < m:
        note += f": {len(kept)} rows of {n} with codes and {m} with factors"
    rows = [here[key] for key in kept], [there[key] for key in kept]
    both = zip((codes, factors), rows, named, strict=True)
    left, right = (without(taken(content, kept), word) for content, kept, word in both)
    return left, right, note


def check_id(name: str, path: Path, codes: Content, factors: Content | None) -> None:
    """Refuse the name of an id that is no column of either file."""
    contents = [codes] if factors is None else [codes, factors]
    columns = {column: None for content in contents for column in content.columns}
    if not columns:
        formats = " and ".join(dict.fromkeys(content.format for content in contents))
        raise InputError(
            "--id names a column of tables", got=f"{name!r} for {formats}, which has none"
        )
    if name not in columns:
        raise unknown(
            f"column of {path}" + (" or of the factors" if factors else ""), name, columns
        )


def _name_of(content: Content, ids: np.ndarray) -> str | None:
    """Return the name of the column that the ids are; None if they have their own place."""
    return next((name for name, column in content.columns.items() if column is ids), None)


def _rows(content: Content) -> int:
    values = [*content.columns.values(), *content.arrays.values()]
    return len(values[0]) if values and values[0].ndim else 0


def _listed(content: Content) -> str:
    return ", ".join(list(content.columns)[:8]) or f"no columns ({content.format})"


def _shared(codes: Content, factors: Content) -> str | None:
    if codes.ids is not None or factors.ids is not None:
        return None
    both = [name for name in codes.columns if name in factors.columns]
    if len(both) > 1:
        usual = [name for name in both if name.lower() in _USUAL]
        both = usual[:1] or [name for name in both if name == next(iter(codes.columns))]
        if not both:
            raise InputError(
                "both files have several columns of one name",
                got=_listed(codes),
                hint="--id NAME, the column to join them on",
            )
    return both[0] if both else None


def _ids(
    codes: Content, factors: Content, name: str | None
) -> tuple[np.ndarray | None, np.ndarray | None]:
    if name is not None and (name in codes.columns or name in factors.columns):
        return codes.columns.get(name, codes.ids), factors.columns.get(name, factors.ids)
    if codes.ids is not None and factors.ids is not None:
        return codes.ids, factors.ids
    # The names of samples are some column of the other file, whatever it is called.
    if factors.ids is not None:
        return _likest(factors.ids, codes), factors.ids
    ids = codes.ids if codes.ids is not None else _telling(codes)
    return ids, None if ids is None else _likest(ids, factors)


def _likest(ids: np.ndarray, content: Content) -> np.ndarray | None:
    """Return the column of texts that shares most ids, or else one that could hold other ids."""
    known = set(ids.tolist())
    shares = {
        name: np.mean([word in known for word in column.tolist()])
        for name, column in content.columns.items()
        if column.dtype.kind == "U"
    }
    best = max(shares, key=lambda name: shares[name], default=None)
    if best is not None and shares[best] > 0:
        return content.columns[best]
    return _telling(content)


def _telling(content: Content) -> np.ndarray | None:
    """Return the first column of texts that are all different, as names of samples are."""
    texts = (column for column in content.columns.values() if column.dtype.kind == "U")
    return next((column for column in texts if tells_rows_apart(column)), None)


def _unique(ids: np.ndarray, which: str) -> dict[str, int]:
    if ids.dtype.kind == "f" and (ids == np.round(ids)).all():
        ids = ids.astype(np.int64)
    words = ids.astype(str)
    places = {str(word): row for row, word in enumerate(words)}
    if len(places) < len(words):
        seen, counts = np.unique(words, return_counts=True)
        raise InputError(
            f"an id occurs more than once in the {which}", got=repr(str(seen[counts.argmax()]))
        )
    return places


def taken(content: Content, rows: Sequence[int]) -> Content:
    """Return the content with some of its rows, in the order given."""
    index = np.asarray(rows, dtype=np.intp)
    n = _rows(content)
    return replace(
        content,
        arrays={k: v[index] if len(v) == n else v for k, v in content.arrays.items()},
        columns={key: value[index] for key, value in content.columns.items()},
        ids=None if content.ids is None else content.ids[index],
    )


def without(content: Content, name: str | None) -> Content:
    """Return the content without one column."""
    kept = {key: value for key, value in content.columns.items() if key != name}
    return replace(content, columns=kept)
