"""``unbraid score``: how good anybody's codes are."""

from pathlib import Path
from typing import Annotated

import typer

from unbraid import scores as room
from unbraid.cli._console import about, print_json, say, show, show_table, showing
from unbraid.cli._parse import SCORES
from unbraid.cli._reading import (
    ColumnsOption,
    FactorsOption,
    IdOption,
    KindsOption,
    read,
    understood,
)
from unbraid.core.values import Score
from unbraid.evaluation import evaluate_representation, select
from unbraid.evaluation.cost import estimated_seconds

# Seconds from which on it is said before that scoring takes long.
_LONG = 60.0


def score(
    codes: Annotated[
        Path, typer.Argument(help="npz, npy, csv, tsv, parquet, safetensors or h5ad.")
    ],
    factors: FactorsOption = None,
    columns: ColumnsOption = "",
    id_column: IdOption = "",
    kinds: KindsOption = "",
    scores: Annotated[str, typer.Option(help=SCORES)] = "study",
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="Add floor, ceiling and 95% interval; the study's nine take 8 times as long on "
            "10,000 samples, and up to 30 times on few.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Fixes all randomness.")] = 0,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout.")
    ] = False,
) -> None:
    """Score codes against the factors that made the samples.

    Keys of an npz file: codes (samples x codes) and factors (samples x factors); optional
    factor_names, factor_kinds, and codes_test with factors_test (then these are the held-out
    rows; otherwise a third of the rows is, chosen by the seed). Tables: --codes 'z*'
    --factors shape,scale, or --factors FILE, joined on the column that both have. h5ad:
    --codes X_pca --factors cell_type.
    """
    names = select(scores)
    alone = all("factors" not in room.load(name).needs for name in names)
    representation = read(codes, factors, columns, id_column, kinds, alone=alone)
    given = understood(representation, seed)
    costs = estimated_seconds(names, representation, calibrated=calibrate)
    for line in (given["sentence"], *given["notes"], _warning(costs)):
        if line:
            say(line)
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
                "input": given,
                "scores": {name: each.summary() | _spread(each) for name, each in found.items()},
            }
        )
    else:
        _print_table(found, calibrated=calibrate)


def _spread(score: Score) -> dict[str, float]:
    """Return how uncertain a score is, and the part that repeating its draws shows."""
    names = ("sd", "evaluation_sd")
    return {name: float(score.parts[name][0]) for name in names if name in score.parts}


def _warning(costs: dict[str, float]) -> str:
    if sum(costs.values()) < _LONG:
        return ""
    most = ", ".join(
        f"{name} {seconds / 60:.1f}"
        for name, seconds in sorted(costs.items(), key=lambda cost: -cost[1])
        if seconds > _LONG / 10
    )
    return f"this may take minutes ({most}); --scores names fewer, and all others take seconds"


def _print_table(found: dict[str, Score], *, calibrated: bool) -> None:
    headings = _CALIBRATED if calibrated else _PLAIN
    places = _calibrated if calibrated else _plain
    show_table(
        ("score", "value", *headings),
        [(name, _number(each.value), *places(each)) for name, each in found.items()],
    )
    for line in filter(None, map(about, found.values())):
        show(line)


_PLAIN = ("unit", "better")
_CALIBRATED = (*_PLAIN, "95% interval", "floor", "ceiling", "calibrated", "p")


def _plain(score: Score) -> tuple[str, ...]:
    return score.unit, score.better


def _calibrated(score: Score) -> tuple[str, ...]:
    ends = "-" if score.low is None else f"{_number(score.low)} to {_number(score.high)}"
    p = "-" if score.p_value is None else f"{score.p_value:.3f}"
    return *_plain(score), ends, *map(_number, (score.floor, score.ceiling, score.calibrated)), p


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
