"""``unbraid run``: train learners, score their codes, write the report."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from unbraid.cli._console import (
    about,
    print_json,
    say,
    say_error,
    show,
    show_runs,
    show_scores,
    show_seeds,
    showing,
)
from unbraid.cli._parse import SCORES, settings, words
from unbraid.core import files
from unbraid.core.values import Score
from unbraid.data import load_dataset
from unbraid.evaluation import select
from unbraid.report import build
from unbraid.results import RunFolder, collapse, provenance, read_rows, write_csv
from unbraid.results.seeds import over_seeds
from unbraid.study import Outcome, execute_all, plan_runs
from unbraid.study.plan import POOL

# What is scored by default, where the data have factors and where they have none.
_FACTORS = "study,probe_lr_10,probe_lr_100,probe_lr_1000,probe_lr_10000"
_NO_FACTORS = "codes"


def run(
    dataset: Annotated[
        str, typer.Option(help="A data set's name, or the path of your own npz or npy file.")
    ] = "dsprites",
    learners: Annotated[
        str, typer.Option(help="Names parted by commas: see 'unbraid list learners'.")
    ] = "beta_vae,vae,pca,ica,random_projection",
    steps: Annotated[
        int | None,
        typer.Option(min=1, help="Training steps; a learner's default otherwise."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A setting: --set n_codes=6 of all learners that have it, --set vae.n_codes=6 "
            "of one; repeatable.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Fixes all randomness.")] = 0,
    seeds: Annotated[
        int, typer.Option(min=1, help="How many seeds to train with, from --seed on.")
    ] = 1,
    scores: Annotated[
        str | None,
        typer.Option(
            help=f"{SCORES} By default the study's and probes, or 'codes' without factors."
        ),
    ] = None,
    pool: Annotated[
        int, typer.Option(min=3, help="How many samples to encode at the most.")
    ] = POOL,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Learners at a time; one per processor by default.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write in.")] = Path("runs/latest"),
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout.")
    ] = False,
) -> int:
    """Train learners on a data set, score their codes, and write the report.

    The same command continues a run that was stopped, and adds learners or scores to one that
    is finished.
    """
    started = datetime.now(UTC)
    data = load_dataset(dataset)
    wanted = scores or (_NO_FACTORS if data.factors is None else _FACTORS)
    runs = plan_runs(
        out,
        words(learners),
        dataset=dataset,
        scores=select(wanted),
        settings=settings(set_ or []),
        steps=steps,
        seed=seed,
        n_seeds=seeds,
        pool=pool,
    )
    with files.locked(out):
        say(f"data: {data.source}")
        files.write_json(
            out / "config.json",
            {"dataset": dataset, "learners": [run.name for run in runs], "seed": seed},
        )
        with showing() as progress:
            outcomes = execute_all(runs, jobs=jobs, progress=progress)
        made = provenance(started=started, dataset=data, seeds={"run": seed})
        RunFolder(out).write_provenance(made)
        write_csv(out / "scores.csv", read_rows(out))
        page = build(out)
    return _conclude(out, page, outcomes, json=json)


def _conclude(out: Path, page: Path, outcomes: Sequence[Outcome], *, json: bool) -> int:
    rows = read_rows(out)
    if json:
        document: dict[str, dict[str, object]] = {outcome.run.name: {} for outcome in outcomes}
        for row in rows:
            document.setdefault(row.learner, {})[row.score.name] = row.score.summary()
        errors = {each.run.name: each.error for each in outcomes if each.error}
        print_json({"report": str(page), "scores": document, "errors": errors})
    else:
        by_run: dict[str, dict[str, Score]] = {}
        for row in rows:
            by_run.setdefault(row.learner, {})[row.score.name] = row.score
        seeds = over_seeds({each.run.name: each.run.learner for each in outcomes}, by_run)
        if seeds:
            show_seeds(seeds)
            show("")
            show_runs(by_run)
        elif rows:
            show_scores(rows)
        lacking = (about(row.score) for row in rows if row.score.value is None)
        for line in filter(None, dict.fromkeys(lacking)):
            show(line)
    for outcome in outcomes:
        if outcome.error:
            say_error(outcome.error)
        elif caution := collapse(RunFolder(outcome.run.folder).read_train()):
            say(f"caution: {outcome.run.name}: {caution}")
    say(f"report: {page.resolve()}")
    return max((outcome.exit_code for outcome in outcomes), default=0)
