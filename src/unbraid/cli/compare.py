"""``unbraid compare``: which of several codes is better, and whether the data can tell."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from unbraid import scores as room
from unbraid.cli._console import print_json, say, show, show_table, showing
from unbraid.cli._parse import SCORES, words
from unbraid.cli._reading import (
    ColumnsOption,
    FactorsOption,
    KindsOption,
    read,
    understood,
)
from unbraid.core.errors import InputError
from unbraid.core.values import Representation
from unbraid.data import load_dataset
from unbraid.evaluation import Comparison, select
from unbraid.evaluation import compare as compare_representations
from unbraid.evaluation.controls import input_controls
from unbraid.evaluation.same_rows import joined


def compare(
    codes: Annotated[
        list[Path],
        typer.Argument(help="Two or more files of codes with factors; one will do with --input."),
    ],
    factors: FactorsOption = None,
    columns: ColumnsOption = "",
    id_column: Annotated[
        str,
        typer.Option(
            "--id",
            help="The column that joins files: those of codes, or each with that of factors.",
        ),
    ] = "",
    kinds: KindsOption = "",
    scores: Annotated[str, typer.Option(help=SCORES)] = "study",
    controls: Annotated[
        str, typer.Option(help="Files, parted by commas, that the others should beat.")
    ] = "",
    raw: Annotated[
        Path | None,
        typer.Option(
            "--input",
            help="The samples that were encoded (npy or npz): adds raw input, PCA and a random "
            "projection as controls.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Fixes all randomness.")] = 0,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout.")
    ] = False,
) -> None:
    """Compare codes score by score, on the same rows.

    A file goes by its name without the ending, with as many of its folders as tell it from
    files of the same name. Its own codes, shuffled, which know nothing, stand below each score;
    the options say where codes and factors are in every file, as for score.
    """
    names = select(scores)
    files = dict(zip(_names(codes), codes, strict=True))
    # Joined with a file of factors, codes keep no ids.
    joins = bool(id_column) and not any(Path(each).is_file() for each in factors or ())
    ids = [id_column] if joins else []
    given = {
        name: read(path, factors, columns, id_column, kinds, ids) for name, path in files.items()
    }
    for name, each in given.items():
        said = understood(each, seed)
        say("; ".join([f"{name}: {said['sentence']}", *said["notes"]]))
    if joins:
        given = _joined(given, id_column)
    beaten = [_named(word, files) for word in words(controls)] if controls else []
    made = {} if raw is None else _controls(given, raw, seed)
    if set(made) & set(given):
        raise InputError("a file has the name of a control", got=", ".join(set(made) & set(given)))
    with showing() as progress:
        found = compare_representations(
            given | made,
            names,
            controls=[*beaten, *made],
            seed=seed,
            progress=progress,
        )
    if json:
        print_json(found.summary())
    else:
        _show(found)
    if found.apart:
        more = "" if id_column else ", or name a column that tells them apart with --id NAME"
        say(f"hint: to pair rows of the same samples, sort all files alike{more}")


def _joined(given: dict[str, Representation], id_column: str) -> dict[str, Representation]:
    besides = {name: each.spec["beside"] for name, each in given.items()}
    ids = {name: each[id_column] for name, each in besides.items() if isinstance(each, dict)}
    found, note = joined(given, ids)
    say(note)
    return found


def _controls(given: dict[str, Representation], raw: Path, seed: int) -> dict[str, Representation]:
    samples = load_dataset(raw).images
    made, note = input_controls(given, samples, seed=seed)
    if note:
        say(note)
    return made


def _names(paths: list[Path]) -> list[str]:
    """Return the names that files go by: as much of the end of each path as no other has."""
    if len({path.resolve() for path in paths}) < len(paths):
        raise InputError("the same file is given twice", got=", ".join(map(str, paths)))
    # A link keeps its own name.
    whole = [path.parent.resolve() / path.name for path in paths]
    bare = [path.with_suffix("") for path in whole]
    # Files of one folder may differ in their endings alone.
    told = bare if len(set(bare)) == len(bare) else whole
    return [_shortest(path, [other for other in told if other != path]) for path in told]


def _shortest(path: Path, others: list[Path]) -> str:
    return next(
        "/".join(path.parts[-n:])
        for n in range(1, len(path.parts) + 1)
        if all(other.parts[-n:] != path.parts[-n:] for other in others)
    )


def _named(word: str, files: dict[str, Path]) -> str:
    """Return the name of the file that is meant: by its name, its path, or its path's end."""
    if word in files:
        return word
    same = [name for name, path in files.items() if path.resolve() == Path(word).resolve()]
    alike = [name for name, path in files.items() if path.name == word]
    found = same or alike
    return found[0] if len(found) == 1 else word


def _show(found: Comparison) -> None:
    rows = [row for score in found.values for row in _rows(found, score)]
    show_table(["score", *next(iter(found.values.values())), "better"], rows)
    for score, reasons in found.reasons.items():
        # Alike for most: said once, by the first that it holds for.
        for reason in dict.fromkeys(reasons.values()):
            names = ", ".join(name for name, each in reasons.items() if each == reason)
            show(f"{score} of {names}: {reason}")
    for line in _pairing(found):
        show(line)
    ranked = _ranked(found)
    for verdict in found.verdicts:
        if verdict.first in ranked and verdict.second in ranked:
            show(verdict.sentence)
    for warning in found.warnings:
        say(f"warning: {warning}")


def _rows(found: Comparison, score: str) -> Iterator[list[str]]:
    """Yield a score's line, and below it what each contender's own shuffled codes have."""
    values, by_chance = found.values[score], found.shuffled.get(score)
    cells = [_cell(value, found, score, name) for name, value in values.items()]
    yield [score, *cells, room.load(score).better]
    if by_chance:
        cells = [_plain(by_chance[name]) if name in by_chance else "" for name in values]
        yield ["  shuffled", *cells, ""]


def _pairing(found: Comparison) -> Iterator[str]:
    if not found.apart:
        yield "all are compared on the same rows"
        return
    for group in found.same_rows:
        if len(group) > 1:
            yield f"compared on the same rows: {', '.join(group)}"
    yield f"taken for independent where rows differ: {'; '.join(found.apart)}"


def _ranked(found: Comparison) -> set[str]:
    return {name for ranks in found.ranks.values() for name in ranks}


def _cell(value: float | None, found: Comparison, score: str, name: str) -> str:
    ranks = found.ranks[score].get(name)
    if ranks is None:
        return _plain(value)
    first, last = ranks
    place = f"{first}" if first == last else f"{first}-{last}"
    return f"{_plain(value)} (rank {place})"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
