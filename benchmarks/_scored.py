"""Executing many runs and reading their scores; on a device their models are fitted together."""

from hashlib import sha256

from unbraid import learners, load_dataset
from unbraid.cli._console import showing
from unbraid.results import RunFolder
from unbraid.study import execute_all
from unbraid.study.execute import check_config


def scored(runs, options):
    """Return the scores of each of the runs, executed by `--jobs`, their models by `--device`."""
    with showing() as progress:
        if options.device:
            _fit_missing(runs, options.device, progress)
        outcomes = execute_all(runs, jobs=options.jobs, progress=progress)
    if failed := [outcome.error for outcome in outcomes if outcome.error]:
        raise SystemExit("\n".join(failed))
    return [RunFolder(run.folder).read_scores() for run in runs]


def _fit_missing(runs, device, progress):
    """Fit those of runs of one class that have no model yet, on a device, and save the models."""
    folders = [(run, RunFolder(run.folder)) for run in runs]
    waiting = [each for each in folders if not each[1].is_fitted]
    if not waiting:
        return
    for run, folder in waiting:
        check_config(run, folder)
    models = [learners.make(run.learner, **run.params) for run, _ in waiting]
    first = waiting[0][0]
    images = load_dataset(first.dataset, **first.dataset_options).images
    # Those that wait are others when some have been saved: their checkpoints are their own.
    names = sha256(" ".join(run.name for run, _ in waiting).encode()).hexdigest()[:12]
    together = first.folder.parent / f"together-{names}"
    learners.fit_together(models, images, device=device, folder=together, progress=progress)
    for (run, folder), model in zip(waiting, models, strict=True):
        folder.write_config(run.config())
        model.save(folder.model_folder)
