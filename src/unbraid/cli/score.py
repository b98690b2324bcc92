"""``unbraid score``: how good anybody's codes are."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table

from unbraid.cli._console import out, print_json, say, showing
from unbraid.core.values import Representation, Score
from unbraid.evaluation import evaluate_representation, select
from unbraid.evaluation.reading import read_codes


def score(
    codes: Annotated[
        Path, typer.Argument(help="An npz file with the keys codes and factors, or npy codes.")
    ],
    factors: Annotated[
        Path | None, typer.Option(help="Where the factors are, if not beside the codes.")
    ] = None,
    scores: Annotated[
        str, typer.Option(help="Names parted by commas, 'study' for the study's nine, or 'all'.")
    ] = "study",
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="Add floor, ceiling and 95% interval, which takes some 20 times as long.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Fixes all randomness.")] = 0,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout.")
    ] = False,
) -> None:
    """Score codes against the factors that made the samples.

    The file's keys: codes (samples x codes) and factors (samples x factors); optional
    factor_names, factor_kinds, and codes_test with factors_test (then these are the held-out
    rows; otherwise a third of the rows is, chosen by the seed).
    """
    names = select(scores)
    representation = read_codes(codes, factors)
    understood = _understood(representation, seed)
    say(understood["sentence"])
    with showing() as progress:
        found = evaluate_representation(
            representation,
            names,
            seed=seed,
            calibrated=calibrate,
            intervals=calibrate,
            progress=progress,
        )
    if json:
        print_json(
            {
                "input": understood,
                "scores": {name: each.summary() for name, each in found.items()},
            }
        )
    else:
        _print_table(found, calibrated=calibrate)


def _understood(representation: Representation, seed: int) -> dict[str, Any]:
    assert representation.factors is not None  # read_codes asks for them
    n, d = representation.codes.shape
    sizes = [len(np.unique(column)) for column in representation.factors.T]
    held_out = representation.codes_test
    test = (
        f"{len(held_out)} held out" if held_out is not None else f"a third held out, seed {seed}"
    )
    return {
        "path": representation.spec["path"],
        "samples": n,
        "samples_test": None if held_out is None else len(held_out),
        "codes": d,
        "factors": len(sizes),
        "factor_names": list(representation.factor_names) or None,
        "factor_kinds": list(representation.factor_kinds) or None,
        "factor_sizes": sizes,
        "seed": seed,
        "sentence": f"{n} samples ({test}), {d} codes, {len(sizes)} factors with "
        f"{', '.join(map(str, sizes))} values",
    }


def _print_table(found: dict[str, Score], *, calibrated: bool) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("score")
    table.add_column("value", justify="right")
    for heading in ("95% interval", "floor", "ceiling", "calibrated") if calibrated else ():
        table.add_column(heading, justify="right")
    for heading in ("unit", "better", ""):
        table.add_column(heading)
    for name, each in found.items():
        places = (_interval(each), *map(_number, (each.floor, each.ceiling, each.calibrated)))
        remark = each.reason or ""
        if each.status != "ok":
            remark = f"{each.status}: {remark}"
        shown = places if calibrated else ()
        table.add_row(name, _number(each.value), *shown, each.unit, each.better, remark)
    out.print(table)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _interval(score: Score) -> str:
    return "-" if score.low is None else f"{_number(score.low)} to {_number(score.high)}"
