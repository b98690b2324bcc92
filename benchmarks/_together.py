"""Fitting the learners of many runs as one program, before the runs are executed."""

from unbraid import learners, load_dataset
from unbraid.results import RunFolder


def fit_missing(runs, device, progress):
    """Fit those of runs of one class that have no model yet, on a device, and save the models."""
    waiting = [
        run for run in runs if not (RunFolder(run.folder).model_folder / "config.json").exists()
    ]
    if not waiting:
        return
    models = [learners.make(run.learner, **run.params) for run in waiting]
    images = load_dataset(waiting[0].dataset).images
    learners.fit_together(models, images, device=device, progress=progress)
    for run, model in zip(waiting, models, strict=True):
        folder = RunFolder(run.folder)
        folder.write_config(run.config())
        model.save(folder.model_folder)
