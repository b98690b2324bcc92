"""The page: what the runs tell, put together and written as one file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unbraid.core import files
from unbraid.core.errors import StoreError, UnbraidError
from unbraid.core.values import View
from unbraid.report import glossary
from unbraid.report.curves import curves, undrawn
from unbraid.report.figures import draw
from unbraid.report.headline import caution, headline
from unbraid.report.matrices import matrices
from unbraid.report.numbers import join
from unbraid.report.reading import Told, read_run
from unbraid.report.render import render
from unbraid.report.scoreboard import Scoreboard, decimal, scoreboard
from unbraid.results.collapse import collapse
from unbraid.results.formats import read_object
from unbraid.results.seeds import Seeds, over_seeds
from unbraid.results.table import find_runs

LARGEST_BYTES = 5_000_000
# Pictures are made smaller until the page is small enough.
_SIDES = (96, 64, 48, 32, 20)
# The views that one looks at first.
_VIEWS_FIRST = ("reconstructions", "atoms", "traversals")


def build(folder: Path) -> Path:
    """Write the report of a run, or of several, from their folder alone.

    Parameters
    ----------
    folder
        The folder of one run, or the one that holds the folders of several.

    Returns
    -------
    pathlib.Path
        The page, ``report.html`` in that folder: one file that needs no network.

    Raises
    ------
    StoreError
        If the folder holds no run or cannot be written. Files of a run that cannot be read are
        told on the page.
    """
    folder = Path(folder)
    told = [read_run(run) for run in find_runs(folder)]
    page = folder / "report.html"
    files.write_text(page, _fitting(folder, told))
    return page


def _fitting(folder: Path, told: Sequence[Told]) -> str:
    """Return the page with pictures as large as its size allows."""
    for side in _SIDES:
        page = compose(folder, told, side)
        if len(page.encode()) <= LARGEST_BYTES:
            break
    return page


def compose(folder: Path, told: Sequence[Told], side: int) -> str:
    """Return the page as text.

    Parameters
    ----------
    folder
        The folder that the runs are from.
    told
        What they tell.
    side
        The largest width of a sample's picture, in pixels.

    Returns
    -------
    str
        The page.
    """
    scored = {run.name: run.scores for run in told if run.scores}
    board = scoreboard(scored)
    seeds = over_seeds(
        {run.name: str(run.config.get("learner", run.name)) for run in told}, scored
    )
    means = {learner: several.scores for learner, several in seeds.items()}
    ranked, learners = (scoreboard(means), list(means)) if seeds else (board, list(scored))
    config, provenance, problems = _top(folder)
    return render(
        "report.html",
        folder=folder.resolve().name,
        facts=_facts(told, config, provenance),
        headline=headline(ranked, learners),
        caution=" ".join(said for said in (caution(board), _unranked(told)) if said),
        board=board,
        means=_means(ranked, seeds),
        runs=[_section(run, number, side) for number, run in enumerate(told, 1)],
        problems=problems,
        side=side if side < _SIDES[0] else None,
        glossary=[(column, glossary.sentence(column.name)) for column in board.columns],
        settings=_flat(config),
        provenance=_flat(provenance),
    )


def _top(folder: Path) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Return the settings and the provenance of all runs together, and what cannot be read."""
    found: list[dict[str, Any]] = []
    problems = []
    for name in ("config.json", "provenance.json"):
        try:
            found.append(read_object(folder / name) if (folder / name).exists() else {})
        except StoreError as error:
            found.append({})
            problems.append(str(error))
    return found[0], found[1], problems


def _facts(
    told: Sequence[Told], config: Mapping[str, Any], provenance: Mapping[str, Any]
) -> list[str]:
    """Return what a reader wants to know before the result: data, seed, day."""
    first = next((run for run in told if run.provenance), None)
    made = provenance or (first.provenance if first else {})
    asked = config or next((run.config for run in told if run.config), {})
    data = made.get("dataset") if isinstance(made.get("dataset"), dict) else {}
    source = data.get("source") if data else None
    facts = [str(source or asked.get("dataset") or "unknown data")]
    facts += [f"seed {asked['seed']}"] if "seed" in asked else []
    facts += [str(made["ended"])[:10]] if "ended" in made else []
    return facts


def _means(board: Scoreboard, seeds: Mapping[str, Seeds]) -> list[dict[str, Any]]:
    """Return a row per learner that has several seeds: its means, with their range over seeds."""
    rows = []
    for learner, several in seeds.items():
        cells = []
        for column in board.columns:
            cell, ends = column.cells.get(learner), several.ranges.get(column.name)
            span = f"{decimal(ends[0])} to {decimal(ends[1])}" if ends else ""
            cells.append({"cell": cell, "range": span if len(several.runs) > 1 else ""})
        rows.append({"learner": learner, "n": len(several.runs), "cells": cells})
    return [{"columns": board.columns, "rows": rows}] if rows else []


def _unranked(told: Sequence[Told]) -> str:
    """Say which learners the ranking leaves out."""
    by_state: dict[str, list[str]] = {}
    for run in told:
        if not run.scores:
            by_state.setdefault(run.state, []).append(run.name)
    said = {"complete": "without scores"}
    left = [f"{join(names)} ({said.get(state, state)})" for state, names in by_state.items()]
    return f"Not ranked: {join(left)}." if left else ""


def _section(run: Told, number: int, side: int) -> dict[str, Any]:
    problems = [*run.problems, *filter(None, [collapse(run.records)])]
    parts = matrices(run.parts, run.representation)
    order = {name: place for place, name in enumerate(_VIEWS_FIRST)}
    views = sorted(run.views, key=lambda view: (order.get(view.name, len(order)), view.name))
    return {
        "anchor": f"run-{number}",
        "told": run,
        "matrices": _drawn(parts.views, side, problems),
        "parts": parts.others,
        "views": _drawn(views, side, problems),
        "curves": _drawn(curves(run.records), side, problems),
        "undrawn": undrawn(run.records),
        "settings": _settings(run),
        "provenance": _flat(run.provenance),
        "problems": problems,
    }


def _settings(run: Told) -> list[tuple[str, str]]:
    """Return the run's settings, then all of the learner's, defaults included."""
    asked = {key: value for key, value in run.config.items() if key != "params" or not run.params}
    return _flat(asked) + _flat(run.params)


def _drawn(views: Sequence[View], side: int, problems: list[str]) -> list[dict[str, Any]]:
    drawn = []
    for view in views:
        try:
            drawn.append({"view": view, "html": draw(view, side)})
        except UnbraidError as error:
            problems.append(str(error))
    return drawn


def _flat(value: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Return nested settings as pairs of a dotted name and a text."""
    pairs = []
    for key, held in value.items():
        name = f"{before}{key}"
        if isinstance(held, dict):
            pairs += _flat(held, f"{name}.")
        elif isinstance(held, list):
            pairs.append((name, ", ".join(str(one) for one in held) or "none"))
        elif held is not None and held != "":
            pairs.append((name, str(held)))
    return pairs
