"""The options that say where codes and factors are, and what was understood of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from unbraid.cli._parse import settings, words
from unbraid.core.errors import InputError
from unbraid.core.values import Representation
from unbraid.evaluation.reading import ENDINGS, read_codes

ColumnsOption = Annotated[
    str,
    typer.Option(
        "--codes", help="The codes' columns ('z*'), key or .obsm entry, if the file has several."
    ),
]
FactorsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--factors", help="Another file, or names of columns or a key; give it twice for both."
    ),
]
IdOption = Annotated[
    str, typer.Option("--id", help="The column that joins two files, if they share several.")
]
KindsOption = Annotated[
    str,
    typer.Option(
        "--kinds",
        help="Kinds of factors: shape=categorical,angle=periodic. Also ordinal, continuous.",
    ),
]


def read(
    path: Path,
    factors: list[str] | None = None,
    columns: str = "",
    id_column: str = "",
    kinds: str = "",
    beside: Sequence[str] = (),
    *,
    alone: bool = False,
) -> Representation:
    """Read codes and factors as the options say.

    Parameters
    ----------
    path
        The file of codes.
    factors
        A file, names parted by commas, or both.
    columns
        Names of codes, parted by commas.
    id_column
        The column that joins two files; "" for none.
    kinds
        ``name=kind`` pairs, parted by commas.
    beside
        Names of columns that are wanted beside codes and factors.
    alone
        Whether codes are wanted alone.

    Returns
    -------
    Representation
        The codes and their factors.

    Raises
    ------
    InputError
        If two files of factors are given, or what the files hold cannot be used.
    StoreError
        If a file cannot be read.
    """
    files = [Path(each) for each in factors or () if _is_file(each)]
    names = [word for each in factors or () if not _is_file(each) for word in words(each)]
    if len(files) > 1:
        raise InputError("factors must be in one file", got=", ".join(map(str, files)))
    given = settings(words(kinds), "a kind", "--kinds shape=categorical") if kinds else {}
    return read_codes(
        path,
        files[0] if files else None,
        columns=words(columns) if columns else (),
        factor_columns=names,
        id_column=id_column or None,
        factor_kinds={name: str(kind) for name, kind in given.items()},
        beside=beside,
        alone=alone,
    )


def _is_file(text: str) -> bool:
    return Path(text).is_file() or "/" in text or text.lower().endswith(ENDINGS)


def understood(representation: Representation, seed: int, held_out: str = "") -> dict[str, Any]:
    """Return what was understood of the input, with a sentence that says it.

    Parameters
    ----------
    representation
        What was read.
    seed
        The seed that chooses the held-out rows.
    held_out
        What is held out, in words; by default the file's held-out rows, or a third.

    Returns
    -------
    dict
        Ready to be written as JSON; ``sentence`` has it in words.
    """
    n, d = representation.codes.shape
    codes = f"{n} samples", f"{d} code{'s' * (d > 1)}"
    told: dict[str, Any] = {
        "path": representation.spec["path"],
        "format": representation.spec["format"],
        "notes": list(representation.spec["notes"]),  # type: ignore[call-overload]
        "samples": n,
        "codes": d,
        "seed": seed,
    }
    if representation.factors is None:
        return told | {"sentence": f"{told['format']}: {', '.join(codes)}; no factors are needed"}
    sizes = [len(np.unique(column)) for column in representation.factors.T]
    there = representation.codes_test
    test = f"a third held out, seed {seed}" if there is None else f"{len(there)} held out"
    names = representation.factor_names or tuple(map(str, range(len(sizes))))
    kinds = representation.factor_kinds or ("",) * len(sizes)
    said = ", ".join(
        f"{name} ({kind}{' of ' if kind else ''}{size} value{'s' if size != 1 else ''})"
        for name, kind, size in zip(names, kinds, sizes, strict=True)
    )
    return told | {
        "samples_test": None if there is None else len(there),
        "factors": len(sizes),
        "factor_names": list(representation.factor_names) or None,
        "factor_kinds": list(representation.factor_kinds) or None,
        "factor_sizes": sizes,
        "sentence": f"{told['format']}: {codes[0]} ({held_out or test}), {codes[1]}, "
        f"{len(sizes)} factor{'s' * (len(sizes) > 1)}: {said}",
    }
