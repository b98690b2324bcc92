"""Read codes and factors from files that anybody's tools can write; one file per format."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unbraid.core import checks
from unbraid.core.errors import InputError, StoreError, unknown
from unbraid.core.values import KINDS, Kind, Representation
from unbraid.evaluation.reading import csv, h5ad, npz, parquet, safetensors
from unbraid.evaluation.reading._choose import (
    Codes,
    Factors,
    all_codes,
    choose_codes,
    choose_factors,
    with_kinds,
)
from unbraid.evaluation.reading._content import Content, not_found, one_of_each
from unbraid.evaluation.reading._join import check_id, join
from unbraid.evaluation.reading._tables import PAIRS, complete, not_too_large, with_all
from unbraid.evaluation.reading._times import as_times

__all__ = ["ENDINGS", "as_times", "read_codes"]

_READERS = {
    ".npz": npz.read,
    ".npy": npz.read,
    ".csv": csv.read,
    ".tsv": csv.read,
    ".txt": csv.read,
    ".parquet": parquet.read,
    ".pq": parquet.read,
    ".safetensors": safetensors.read,
    ".h5ad": h5ad.read,
    ".h5": h5ad.read,
    ".hdf5": h5ad.read,
}
ENDINGS = (*_READERS, ".gz")
# How a file of a format begins, for endings that say nothing.
_STARTS = {
    b"PK": npz.read,
    b"\x93NUMPY": npz.read,
    b"PAR1": parquet.read,
    b"\x89HDF": h5ad.read,
}


def read_codes(
    path: Path,
    factors: Path | None = None,
    *,
    columns: Sequence[str] = (),
    factor_columns: Sequence[str] = (),
    id_column: str | None = None,
    factor_kinds: Mapping[str, str] | None = None,
    beside: Sequence[str] = (),
    alone: bool = False,
) -> Representation:
    r"""Read a representation from files of any format that unbraid knows.

    Parameters
    ----------
    path
        The codes: npz, npy, csv, tsv (gzipped or not), parquet, safetensors, h5ad or HDF5, told
        by the name's ending, or by the content where the ending says nothing. An npz or
        safetensors file has the keys ``codes`` (n, d) and, unless they come from another file,
        ``factors`` (n, K); optional ``codes_test`` and ``factors_test`` (then these are the
        held-out rows), ``pool_codes``, ``pool_factors``, ``factor_names``, ``factor_kinds``.
    factors
        The file that holds the factors, in any of the formats; by default that of the codes.
    columns
        The columns, key or ``.obsm`` entry that are the codes; ``*`` and ``?`` stand for anything.
        By default the key ``codes``, a single array, or columns that are one word and a number.
    factor_columns
        The columns or key that are the factors. By default the key ``factors``, or all columns
        that are not codes; of an h5ad file they must be named.
    id_column
        The column on which two files are joined, and which is neither code nor factor. By default
        the one that both have; without one, rows are taken in their order.
    factor_kinds
        The kinds of factors by their names or numbers; by default texts and truth values are
        categorical, whole numbers ordinal and other numbers continuous.
    beside
        Names of columns that are neither codes nor factors but wanted too, such as groups.
    alone
        Whether codes are read alone, and what else the file holds is passed over.

    Returns
    -------
    Representation
        The codes and their factors, with names and kinds where the files give them. Texts are
        numbered in alphabetical order; rows that lack a factor, or a value of a column beside,
        are left out. ``spec`` has the ``path``, the ``format`` and ``notes``: what the user should
        know of the reading; and under ``beside`` the columns wanted, by name.

    Raises
    ------
    StoreError
        If a file is missing or unreadable.
    InputError
        If a file is empty, truncated, holds pickles, its arrays do not fit together, a name is
        unknown, or it is not clear what the codes or the factors are.
    MissingNeed
        If a format needs a package that is not installed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "codes.csv"
    >>> _ = path.write_text("z0,z1,shape\n1,2,square\n7,1,heart\n2,3,\n5,3,square")
    >>> found = read_codes(path)
    >>> found.codes.shape, found.factors.ravel().tolist(), found.factor_kinds
    ((3, 2), [1, 0, 1], ('categorical',))
    >>> found.spec["notes"][-1]
    '1 of 4 rows is left out: a factor is missing'
    """
    first = _read(path)
    if alone:
        return _alone(path, first, columns)
    second = None if factors is None else _read(factors)
    notes = [*_told(first), *(_told(second) if second else ())]
    if id_column is not None:
        check_id(id_column, path, first, second)
    if second is not None:
        first, second, note = join(first, second, id_column)
        notes.append(note)
    wanted = {name: _beside(path, name, first, second) for name in beside}
    sources = (path, path if factors is None else factors)
    codes, chosen = _chosen(sources, first, second, columns, factor_columns, (*beside, id_column))
    notes += [codes.note, *chosen.notes]
    arrays = dict(first.arrays) | dict(second.arrays if second else {})
    more, note = _held_out_and_pool(arrays, codes, chosen)
    notes.append(note)
    pair = {"codes": codes.values, "factors": chosen.values}
    pair, wanted, said = with_all(pair, wanted)
    notes += said
    tables, kept, note = complete(pair | more)
    notes.append(note)
    names, kinds = _named(arrays, chosen, tables["factors"].shape[1], factor_kinds or {})
    spec = {
        "path": str(path),
        "format": first.format,
        "notes": tuple(note for note in notes if note),
        "beside": {name: values[kept] for name, values in wanted.items()},
    }
    given: dict[str, Any] = tables
    return Representation(**given, factor_names=names, factor_kinds=kinds, spec=spec)


def _chosen(
    sources: tuple[Path, Path],
    first: Content,
    second: Content | None,
    columns: Sequence[str],
    factor_columns: Sequence[str],
    others: Sequence[str | None],
) -> tuple[Codes, Factors]:
    left = tuple(name for name in others if name)
    path, factors = sources
    if second is None:
        codes = choose_codes(path, first, columns, (*factor_columns, *left))
        return codes, choose_factors(path, first, factor_columns, (*codes.names, *left))
    codes = choose_codes(path, first, columns, ()) if columns else all_codes(path, first, left)
    return codes, choose_factors(factors, second, factor_columns, left)


def _held_out_and_pool(
    arrays: Mapping[str, np.ndarray], codes: Codes, factors: Factors
) -> tuple[dict[str, np.ndarray], str]:
    """Return what else a file holds of the codes and factors that were chosen, and a note."""
    more = {key: arrays[key] for pair in PAIRS[1:] for key in pair if key in arrays}
    if codes.names[0] != "codes" or _are_others(arrays, factors):
        note = f"not used: {', '.join(more)}, which go with the keys codes and factors"
        return {}, note if more else ""
    for _, key in PAIRS[1:]:
        if factors.places and key in more and more[key].shape[1:] == arrays["factors"].shape[1:]:
            more[key] = more[key][:, factors.places]
    return more, ""


def _are_others(arrays: Mapping[str, np.ndarray], factors: Factors) -> bool:
    """Tell factors that are not those of the key, which the other keys belong to."""
    return "factors" in arrays and factors.places is None


def _told(content: Content) -> tuple[str, ...]:
    return (content.not_read, *content.notes)


def _alone(path: Path, content: Content, columns: Sequence[str]) -> Representation:
    codes = choose_codes(path, content, columns, ())
    table = not_too_large(checks.table("codes", codes.values).astype(np.float64))
    notes = tuple(note for note in (*_told(content), codes.note) if note)
    spec = {"path": str(path), "format": content.format, "notes": notes, "beside": {}}
    return Representation(codes=table, spec=spec)


def _beside(path: Path, name: str, first: Content, second: Content | None) -> np.ndarray:
    for content in (second, first):
        if content is not None and name in content.names:
            return content.columns[name] if name in content.columns else content.arrays[name]
    contents = [content for content in (first, second) if content is not None]
    names = (each for content in contents for each in content.names)
    unread = {key: what for content in contents for key, what in content.unread.items()}
    raise not_found(f"column of {path}", name, names, unread)


def _read(path: Path) -> Content:
    if path.is_dir():
        inside = sorted(path.glob("codes.npz")) or sorted(path.glob("*/codes.npz"))
        hint = str(inside[0]) if inside else None  # a run, or one of several
        raise StoreError(
            f"cannot read {path}", got="a folder", allowed="a file of codes", hint=hint
        )
    endings = [ending.lower() for ending in path.suffixes if ending.lower() != ".gz"]
    if endings and endings[-1] in _READERS:
        return _READERS[endings[-1]](path)
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise StoreError(f"cannot read {path}", got=error.strerror or str(error)) from error
    if start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05":
        raise InputError(
            f"{path} is a pickle, and unbraid loads none",
            allowed=", ".join(ending[1:] for ending in _READERS),
            hint="numpy.savez('codes.npz', codes=codes, factors=factors)",
        )
    for magic, reader in _STARTS.items():
        if start.startswith(magic):
            return reader(path)
    return safetensors.read(path) if start[8:9] == b"{" else csv.read(path)


def _named(
    beside: Mapping[str, np.ndarray], chosen: Factors, n: int, given: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[Kind, ...]]:
    names, kinds = chosen.names, chosen.kinds
    if not names and not _are_others(beside, chosen):
        names = one_of_each("there are two factors", _words(beside, "factor_names", n))
        kinds = _kinds(_words(beside, "factor_kinds", n))
    return names, with_kinds(names, kinds, given, n)


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
