"""Which of what a file holds are the codes, and which the factors."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from unbraid.core.errors import InputError, unknown
from unbraid.core.values import KINDS, Kind
from unbraid.evaluation.reading._content import Content, not_found, one_of_each, tells_rows_apart
from unbraid.evaluation.reading._times import as_times

_HINT = "naming them with --factors NAME,NAME, or --factors FILE"
# The keys that tell of factors and are none.
_ABOUT = ("factor_names", "factor_kinds")
# What pandas calls the number of a row when it writes it beside the rest.
_ROW_NUMBERS = ("", "Unnamed: 0", "__index_level_0__")


class Codes(NamedTuple):
    """The codes, and the names that they were chosen by."""

    values: np.ndarray
    names: tuple[str, ...]
    note: str


class Factors(NamedTuple):
    """The factors as numbers, NaN where missing, with names and kinds where they are known."""

    values: np.ndarray
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    notes: tuple[str, ...]
    # Which columns of the key "factors" they are, () for all; None if they are something else.
    places: tuple[int, ...] | None = None


def choose_codes(
    path: Path, content: Content, words: Sequence[str], others: Sequence[str]
) -> Codes:
    """Return the codes: what is named, or what can be nothing else."""
    if words:
        listed = tuple(content.arrays) if content.format == "h5ad" else content.names
        error = partial(not_found, f"name of codes in {path}", known=listed, unread=content.unread)
        names = _matching(words, content.names, error)
    elif "codes" in content.arrays:
        names = ["codes"]
    elif "array" in content.arrays:
        names = ["array"]
    else:
        names = _likely_codes(path, content, others)
    note = "" if words or names[0] in ("codes", "array") else f"codes: {_shown(names)}"
    return Codes(_numbers(path, content, names), tuple(names), note)


def _matching(
    words: Sequence[str], names: Sequence[str], error: Callable[[str], InputError]
) -> list[str]:
    """Return the names that words stand for, each once."""
    found: list[str] = []
    for word in words:
        some = _matched(word, names)
        if not some:
            raise error(word)
        found += some
    return list(dict.fromkeys(found))


def _matched(word: str, names: Sequence[str]) -> list[str]:
    return [word] if word in names else [name for name in names if fnmatchcase(name, word)]


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) < 5 else f"{names[0]}, {names[1]}, ..., {names[-1]}"


def _listed(names: Iterable[str], most: int = 12) -> str:
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}" or "none"


def _numbers(path: Path, content: Content, names: Sequence[str]) -> np.ndarray:
    parts = []
    for name in names:
        part = content.arrays.get(name, content.columns.get(name))
        assert part is not None  # names were matched
        if part.dtype.kind == "U" and name in content.columns:
            raise InputError(
                f"{path} has texts in the column {name!r}",
                got=_first_text(part),
                allowed="numbers as codes, with a point before decimals",
            )
        parts.append(part if part.ndim > 1 else part[:, None] if part.ndim else part)
    if len(parts) == 1:
        return parts[0]
    if len({part.shape[:1] for part in parts}) > 1 or any(part.ndim != 2 for part in parts):
        shapes = ", ".join(f"{n} {p.shape}" for n, p in zip(names, parts, strict=True))
        raise InputError(f"what is chosen from {path} does not fit together", got=shapes)
    return np.hstack(parts)


def _first_text(column: np.ndarray) -> str | None:
    for row, word in enumerate(column.tolist(), start=1):
        try:
            float(word or "nan")
        except ValueError:
            return f"{word!r} in data row {row}"
    return None


def _likely_codes(path: Path, content: Content, others: Sequence[str]) -> list[str]:
    arrays = [
        name
        for name, array in content.arrays.items()
        if array.ndim == 2 and not name.startswith("factor") and name not in others
    ]
    if len(arrays) == 1 and content.format not in ("npz", "safetensors"):
        return arrays
    numbers = _numeric(content, others)
    counted = _counted(numbers)
    if not arrays and content.format != "h5ad":
        # With those that are texts by a slip, so that what is wrong with them is said.
        meant = _counted([name for name in content.columns if name not in others])
        if len(counted) == 1 or (not counted and len(meant) == 1):
            return meant[next(iter(counted or meant))]
        if others and numbers:
            return numbers
    hint = f"--codes {arrays[0] if arrays else _prefix(counted)}"
    if content.format == "h5ad":
        what = f"{path} must have one embedding in .obsm, or you name one"
        got = "; ".join(filter(None, (_listed(arrays), content.not_read)))
        raise InputError(what, got=got, hint=hint if arrays else None)
    keys = "the keys" if content.arrays else "the columns"
    what = "has no key 'codes'" if content.arrays else "does not say which columns are the codes"
    raise InputError(f"{path} {what}", got=f"{keys} {_listed(content.names)}", hint=hint)


def _numeric(content: Content, others: Sequence[str]) -> list[str]:
    """Return the columns of numbers, but for others and those that number the rows."""
    return [
        name
        for name, column in content.columns.items()
        if column.dtype.kind in "biuf" and name not in (*others, *_ROW_NUMBERS)
    ]


def _counted(names: Sequence[str]) -> dict[str, list[str]]:
    """Return the names that are a word and a number, by word, where there are two or more."""
    found: dict[str, list[str]] = {}
    for name in names:
        match = re.fullmatch(r"(.*?)[ _.\-]?\d+", name)
        if match:
            found.setdefault(match[1], []).append(name)
    return {word: members for word, members in found.items() if len(members) > 1}


def _prefix(counted: Mapping[str, list[str]]) -> str:
    return f"'{next(iter(counted))}*'" if counted else "NAME,NAME"


def all_codes(path: Path, content: Content, others: Sequence[str] = ()) -> Codes:
    """Return the codes of a file that holds nothing else, but perhaps texts that name rows."""
    if content.arrays or not content.columns:
        return choose_codes(path, content, (), ())
    numbers = _numeric(content, others)
    if not numbers:
        raise InputError(f"{path} holds no column of numbers", got=_listed(content.columns))
    rest = [name for name in content.columns if name not in numbers]
    note = f"codes: {_shown(numbers)}" + (f"; not used: {_shown(rest)}" if rest else "")
    return Codes(_numbers(path, content, numbers), tuple(numbers), note)


def choose_factors(
    path: Path, content: Content, words: Sequence[str], codes: Sequence[str]
) -> Factors:
    """Return the factors: what is named, or all that is not codes."""
    if words:
        given = _given_names(content)
        listed = [*given, *(name for name in content.names if name not in (*codes, *_ABOUT))]
        error = partial(
            not_found, f"name of factors in {path}", known=listed, unread=content.unread
        )
        if any(_matched(word, given) for word in words):
            return _some_columns(content, given, _matching(words, given, error))
        names = _matching(words, content.names, error)
    elif "factors" in content.arrays or ("array" in content.arrays and "array" not in codes):
        names = ["factors" if "factors" in content.arrays else "array"]
    elif content.columns and content.format != "h5ad":
        names = [name for name in content.columns if name not in codes]
    else:
        names = []
    if not names:
        keys, what = "the columns", "does not say which columns are the factors"
        if not content.columns:
            keys, what = "the keys", "has no key 'factors'"
        listed = [name for name in content.columns or content.arrays if name not in codes]
        got = f"{keys} {_listed(listed)}" if listed else "nothing but the codes"
        raise InputError(f"{path} {what}", got=got, hint=_HINT)
    if names[0] in content.arrays:
        places = () if names == ["factors"] else None
        return Factors(_numbers(path, content, names), (), (), (), places)
    return _of_columns(path, content, names, named=bool(words))


def _given_names(content: Content) -> tuple[str, ...]:
    """Return the names that the file's own list gives the columns of its factors."""
    array, names = content.arrays.get("factors"), content.arrays.get("factor_names")
    if array is None or names is None or array.ndim != 2 or names.shape != array.shape[1:]:
        return ()
    return one_of_each("there are two factors", map(str, names))


def _some_columns(content: Content, given: Sequence[str], names: Sequence[str]) -> Factors:
    places = tuple(given.index(name) for name in names)
    kinds = content.arrays.get("factor_kinds")
    chosen: list[Kind] = []
    if kinds is not None and kinds.shape == (len(given),):
        chosen = [kind for k in places for kind in KINDS if kind == str(kinds[k])]
    array = content.arrays["factors"][:, places]
    return Factors(array, tuple(names), tuple(chosen), (), places)


def _of_columns(path: Path, content: Content, names: Sequence[str], *, named: bool) -> Factors:
    values, kinds, notes, kept = [], [], [], []
    for name in names:
        column = content.columns[name]
        words = column.dtype.kind == "U"
        if not named and (name in _ROW_NUMBERS or tells_rows_apart(column)):
            notes.append(f"{name or 'the first column'} numbers or names the rows and is left out")
            continue
        if not named and column.dtype.kind == "M":
            notes.append(f"{name} holds times and is left out")
            continue
        number, kind = _numbered(column)
        if words:
            known = sorted(set(column.tolist()) - {""})
            notes.append(f"{name}: {_shown([f'{w} = {i}' for i, w in enumerate(known)])}")
        values.append(number)
        kinds.append(kind)
        kept.append(name)
    if not values:
        raise InputError(f"no factors from {path}", got="; ".join(notes), hint=_HINT)
    return Factors(np.column_stack(values), tuple(kept), tuple(kinds), tuple(notes))


def _numbered(column: np.ndarray) -> tuple[np.ndarray, Kind]:
    """Return a column as numbers, texts in alphabetical order, and what kind of factor it is."""
    if column.dtype.kind == "U":
        gone = column == ""
        labels = np.unique(column[~gone], return_inverse=True)[1]
        if not gone.any():
            return labels.astype(np.int64), "categorical"
        numbers = np.full(len(column), np.nan)
        numbers[~gone] = labels
        return numbers, "categorical"
    if column.dtype.kind == "b":
        return column.astype(np.int64), "categorical"
    if column.dtype.kind == "M":
        return as_times("", column), "continuous"
    there = column[np.isfinite(column)]
    return column, "ordinal" if (there == np.round(there)).all() else "continuous"


def with_kinds(
    names: tuple[str, ...], kinds: tuple[Kind, ...], given: Mapping[str, str], n: int
) -> tuple[Kind, ...]:
    """Return the kinds, with those that the user gives by name or by number."""
    if not given:
        return kinds
    found: list[Kind] = list(kinds) or ["ordinal"] * n
    places = {str(k): k for k in range(n)} | {name: k for k, name in enumerate(names)}
    for name, word in given.items():
        if name not in places:
            raise unknown("factor", name, names or places)
        if word not in KINDS:
            raise unknown("factor kind", word, KINDS)
        found[places[name]] = next(kind for kind in KINDS if kind == word)
    return tuple(found)
