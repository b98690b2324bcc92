"""``unbraid fit``: fit one learner and save it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from unbraid import learners
from unbraid.cli._console import say, showing
from unbraid.cli._parse import settings
from unbraid.core import files
from unbraid.data import load_dataset
from unbraid.results import RunFolder, collapse, provenance
from unbraid.study import Run
from unbraid.study.execute import agreed
from unbraid.study.execute import fit as fit_run


def fit(
    learner: Annotated[str, typer.Argument(help="A learner's name: see 'unbraid list learners'.")],
    out: Annotated[Path, typer.Option(help="The folder to save the fitted learner in.")],
    dataset: Annotated[
        str, typer.Option(help="A data set's name, or the path of your own npz or npy file.")
    ] = "dsprites",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A setting, as in --set beta=4; repeatable.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Fixes all randomness.")] = 0,
) -> None:
    """Fit one learner on a data set and save it; the same command continues a stopped fit."""
    params = settings(set_ or [])
    if "random_state" in learners.make(learner, **params).get_params(deep=False):
        params.setdefault("random_state", seed)
    run = Run(folder=out, learner=learner, dataset=dataset, scores=(), params=params, seed=seed)
    folder = RunFolder(out)
    with files.locked(out):
        started = datetime.now(UTC)
        data = load_dataset(dataset)
        folder.write_config(agreed(run, data, folder))
        say(f"data: {data.source}")
        with showing() as progress:
            fit_run(run, data, folder, progress)
        seeds = {"run": seed}
        folder.write_provenance(provenance(started=started, dataset=data, seeds=seeds))
    say(f"saved: {folder.model_folder.resolve()}")
    if caution := collapse(folder.read_train()):
        say(f"caution: {caution}")
