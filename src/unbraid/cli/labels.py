"""``unbraid labels``: how many labels codes need."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from unbraid.cli._console import print_json, say, show, show_table, showing
from unbraid.cli._parse import words
from unbraid.cli._reading import (
    ColumnsOption,
    FactorsOption,
    IdOption,
    KindsOption,
    read,
    understood,
)
from unbraid.core.errors import InputError
from unbraid.core.values import Representation
from unbraid.evaluation.blocks import Blocks
from unbraid.evaluation.curves import Curve
from unbraid.evaluation.label_efficiency import (
    MOST_HELD_OUT,
    N_REPEATS,
    Protocol,
    label_efficiency,
)
from unbraid.evaluation.reading import as_times


def labels(
    codes: Annotated[
        Path, typer.Argument(help="npz, npy, csv, tsv, parquet, safetensors or h5ad.")
    ],
    factors: FactorsOption = None,
    columns: ColumnsOption = "",
    id_column: IdOption = "",
    kinds: KindsOption = "",
    sizes: Annotated[
        str, typer.Option(help="Numbers of labels, parted by commas; 10,20,50,... by default.")
    ] = "",
    reach: Annotated[
        float, typer.Option(max=1.0, help="The accuracy (or R²) whose labels are counted.")
    ] = 0.9,
    repeats: Annotated[
        int, typer.Option(min=2, help="How many draws of labelled samples.")
    ] = N_REPEATS,
    groups: Annotated[
        str, typer.Option(help="A column of groups, such as patients, held out whole.")
    ] = "",
    times: Annotated[
        str, typer.Option(help="A column of times or dates: the latest are held out.")
    ] = "",
    gap: Annotated[
        float,
        typer.Option(min=0, help="Time to leave out before the held-out samples; days for dates."),
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Fixes all randomness.")] = 0,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout.")
    ] = False,
) -> None:
    """Measure how well each factor is read from codes, by the number of labels.

    A linear reader, tuned on the labelled samples alone, sees few labels and then more; the
    held-out rows are those of the file, or a third of the rows. The interval is of 95%.
    """
    beside = [name for name in (groups, times) if name]
    given = read(codes, factors, columns, id_column, kinds, beside)
    protocol = Protocol(
        sizes=_sizes(sizes),
        n_repeats=repeats,
        reach=reach,
        blocks=_blocks(given, groups, times, gap),
        seed=seed,
    )
    said = understood(given, seed, _held_out(given, protocol))
    for line in (said["sentence"], *said["notes"]):
        say(line)
    with showing() as progress:
        found = label_efficiency(given, (), protocol, progress=progress)
    if json:
        print_json(
            {"input": said, "curves": {name: each.summary() for name, each in found.items()}}
        )
    else:
        _show(found)


def _sizes(text: str) -> tuple[int, ...]:
    found = words(text) if text else []
    if not all(word.isdecimal() for word in found):
        raise InputError("numbers of labels must be whole", got=text, allowed="such as 10,100")
    return tuple(int(word) for word in found)


def _blocks(given: Representation, groups: str, times: str, gap: float) -> Blocks:
    beside = given.spec["beside"]
    assert isinstance(beside, dict)
    when = as_times(times, beside[times]) if times else None
    return Blocks(groups=beside.get(groups), times=when, gap=gap)


def _held_out(given: Representation, protocol: Protocol) -> str:
    blocks, n = protocol.blocks, len(given.codes)
    if given.codes_test is not None:
        held, said = len(given.codes_test), f"{len(given.codes_test)} held out"
    else:
        kept, rows = protocol.split(n)
        held, between = len(rows), n - len(kept) - len(rows)
        said = f"{held} held out, seed {protocol.seed}"
        if blocks.groups is not None:
            some, all_of_them = (
                len(np.unique(each)) for each in (blocks.groups[rows], blocks.groups)
            )
            said = f"{some} of {all_of_them} groups held out, {held} samples, seed {protocol.seed}"
        if blocks.times is not None:
            said = f"the latest {held} held out" + f", {between} before them left out" * (
                between > 0
            )
    return said + f", {MOST_HELD_OUT} of them judged" * (held > MOST_HELD_OUT)


def _show(found: dict[str, Curve]) -> None:
    every = sorted({int(size) for curve in found.values() for size in curve.sizes})
    show_table(
        ["labels", *(f"{name} ({curve.measure})" for name, curve in found.items())],
        [
            *([str(size), *(_cell(curve, size) for curve in found.values())] for size in every),
            ["area", *(_interval(curve.area) for curve in found.values())],
            ["chance", *(f"{curve.chance:.3f}" for curve in found.values())],
        ],
        first="right",
    )
    for curve in found.values():
        show(curve.says)


def _cell(curve: Curve, size: int) -> str:
    places = np.flatnonzero(curve.sizes == size)
    if len(places) == 0:
        return ""
    j = places[0]
    return _interval((curve.values[j], curve.low[j], curve.high[j]))


def _interval(numbers: tuple[float, float, float]) -> str:
    value, low, high = numbers
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"
