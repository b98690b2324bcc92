"""Execute one run: fit, encode, score, look; each step that is on disk already is kept."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from unbraid import learners
from unbraid.core import memo, rooms
from unbraid.core.errors import InputError, StoreError
from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.rng import stream
from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation, Score
from unbraid.data import load_dataset
from unbraid.evaluation import STUDY, evaluate_representation
from unbraid.results.folder import RunFolder
from unbraid.results.provenance import provenance
from unbraid.study.encoding import transform
from unbraid.study.plan import Run
from unbraid.study.rows import Subset, affordable, choose_rows

# With more codes than this, as raw images have, intervals would take hours.
_MOST_CODES = 1000
# What the configuration of a run calls the checksum of its data.
_DATA = "data_fingerprint"


def execute(run: Run, *, progress: Listener = silent) -> None:
    """Execute a run in its folder, and continue where an earlier execution stopped.

    Parameters
    ----------
    run
        What to run.
    progress
        Is told how far it has come.

    Raises
    ------
    InputError
        If the folder holds a run of other settings or data, or the data cannot be used.
    StoreError
        If the folder cannot be written.
    RunFailed
        If training diverges.
    """
    started = datetime.now(UTC)
    folder = RunFolder(run.folder)
    dataset = load_dataset(run.dataset, **run.dataset_options)
    config = agreed(run, dataset, folder)
    if folder.is_complete and scores_missing(run, folder) == ():
        progress(Progress(task="finished before", done=1, total=1))
        return
    folder.begin(config)
    learner = fit(run, dataset, folder, progress)
    encode(run, dataset, learner, folder, progress)
    score(run, folder, progress)
    look(run, dataset, learner, folder, progress)
    seeds = {"run": run.seed}
    folder.write_provenance(provenance(started=started, dataset=dataset, seeds=seeds))
    folder.finish()


def record_failure(run: Run, error: Exception) -> None:
    """Write down why a run failed; if even that cannot be written, say nothing.

    Parameters
    ----------
    run
        The run.
    error
        What stopped it.
    """
    folder = RunFolder(run.folder)
    if folder.is_complete:
        return  # it was not touched
    try:
        folder.write_failure(error)
    except StoreError:
        return


def check_config(run: Run, folder: RunFolder) -> None:
    """Make sure that a folder holds this run, or none yet.

    Parameters
    ----------
    run
        The run.
    folder
        Its folder.

    Raises
    ------
    InputError
        If something was computed with other settings; the message names the first that differs.
    """
    bound = _bound(folder)
    if not bound:
        return
    there, here = _flat(bound), _flat(run.config())
    there.pop(_DATA, None)
    for key in sorted(there.keys() | here.keys()):
        if there.get(key) != here.get(key):
            raise InputError(
                f"{run.folder} holds a run of another {key}",
                got=here.get(key, "the default"),
                allowed=there.get(key, "the default"),
                hint="another --out folder, or the settings that it was begun with",
            )


def agreed(run: Run, dataset: Dataset, folder: RunFolder) -> dict[str, object]:
    """Return the configuration of a run, if its folder holds no other.

    Parameters
    ----------
    run
        The run.
    dataset
        Its data.
    folder
        Its folder.

    Returns
    -------
    dict
        The run's settings and the checksum of its data.

    Raises
    ------
    InputError
        If the folder holds a run of other settings or data.
    """
    check_config(run, folder)
    check_data(dataset, folder)
    return run.config() | {_DATA: dataset.fingerprint}


def check_data(dataset: Dataset, folder: RunFolder) -> None:
    """Make sure that a folder holds a run on this data, or none yet.

    Parameters
    ----------
    dataset
        The data.
    folder
        The run's folder.

    Raises
    ------
    InputError
        If the data have changed since the run was begun.
    """
    there = _bound(folder).get(_DATA)
    if there not in (None, dataset.fingerprint):
        raise InputError(
            f"{folder.path} holds a run on other data of the same name",
            got=f"the checksum {dataset.fingerprint[:12]}",
            allowed=str(there)[:12],
            hint="another --out folder, or the data that it was begun with",
        )


def _bound(folder: RunFolder) -> dict[str, object]:
    """Return the configuration of what was computed in a folder; empty where nothing was."""
    return folder.read_config() if folder.config_file.exists() and folder.is_bound else {}


def _flat(config: Mapping[str, object]) -> dict[str, object]:
    settings = [value for value in config.values() if isinstance(value, dict)]
    flat = {key: value for key, value in config.items() if not isinstance(value, dict)}
    return flat | {key: value for some in settings for key, value in some.items()}


def scores_missing(run: Run, folder: RunFolder) -> tuple[str, ...]:
    """Return the scores that are asked for and not on disk.

    Parameters
    ----------
    run
        The run.
    folder
        Its folder.

    Returns
    -------
    tuple of str
        Their names, in the order asked for.
    """
    there = folder.read_scores() if folder.scores_file.exists() else {}
    return tuple(name for name in run.scores if name not in there)


def fit(run: Run, dataset: Dataset, folder: RunFolder, progress: Listener) -> Any:  # noqa: ANN401
    """Fit the learner, or load it if it is on disk.

    Parameters
    ----------
    run
        The run.
    dataset
        What to learn from.
    folder
        Where the learner is saved; training leaves its log and checkpoints there.
    progress
        Is told how far it has come.

    Returns
    -------
    Learner
        The fitted learner.
    """
    if folder.is_fitted:
        return learners.load(folder.model_folder)
    progress(Progress(task="fitting", done=0, total=1))
    learner = learners.make(run.learner, **run.params)
    learner.fit(dataset.images, dataset.y, folder=run.folder, progress=progress)
    learner.save(folder.model_folder)
    return learner


def encode(
    run: Run,
    dataset: Dataset,
    learner: Any,  # noqa: ANN401
    folder: RunFolder,
    progress: Listener,
) -> None:
    """Encode samples, unless the codes are on disk.

    Parameters
    ----------
    run
        The run.
    dataset
        What to encode.
    learner
        The fitted learner.
    folder
        Where the codes are written.
    progress
        Is told how far it has come.
    """
    if folder.codes_file.exists():
        return
    pool = affordable(run.pool, learner.n_codes_)
    rows = choose_rows(len(dataset), pool=pool, seed=run.seed)
    codes = transform(learner, Subset(dataset.images, rows.pool), progress)
    train, test = slice(rows.n_train), slice(rows.n_train, rows.n_train + rows.n_test)
    if dataset.factors is None:
        representation = Representation(codes=codes[train])
    else:
        factors = _counted(dataset.factors[rows.pool])
        representation = Representation(
            codes=codes[train],
            factors=factors[train],
            codes_test=codes[test],
            factors_test=factors[test],
            pool_codes=codes,
            pool_factors=factors,
            factor_names=dataset.factor_names,
            factor_kinds=dataset.factor_kinds,
        )
    folder.write_representation(representation)


def _counted(factors: np.ndarray) -> np.ndarray:
    """Return whole numbers as such, whatever type they came in; others as they are."""
    return factors.astype(np.int64) if np.array_equal(factors, np.round(factors)) else factors


def score(run: Run, folder: RunFolder, progress: Listener) -> None:
    """Compute the scores that are missing, then the intervals of the study's scores.

    Each value is on disk before the next is begun. Representations of more than 1,000 codes
    are given no intervals.

    Parameters
    ----------
    run
        The run.
    folder
        Where the codes are and the scores are written.
    progress
        Is told how far it has come.
    """
    missing = scores_missing(run, folder)
    found = folder.read_scores() if folder.scores_file.exists() else {}
    representation = folder.read_representation()
    with memo.sharing():
        for done, name in enumerate(missing):
            progress(Progress(task="scoring", done=done, total=len(missing)))
            found |= evaluate_representation(representation, [name], seed=run.seed)
            _write(run, folder, found)
        progress(Progress(task="scoring", done=len(missing), total=len(missing)))
        unsure = [name for name in run.scores if name in STUDY and found[name].low is None]
        if unsure and representation.codes.shape[1] <= _MOST_CODES:
            found |= evaluate_representation(
                representation,
                unsure,
                seed=run.seed,
                intervals=True,
                known=found,
                progress=progress,
            )
            _write(run, folder, found)


def _write(run: Run, folder: RunFolder, found: Mapping[str, Score]) -> None:
    ordered = dict.fromkeys([*run.scores, *found])
    folder.write_scores({name: found[name] for name in ordered if name in found})


def look(
    run: Run,
    dataset: Dataset,
    learner: Any,  # noqa: ANN401
    folder: RunFolder,
    progress: Listener,
) -> None:
    """Make every view that can be made of the run and is not on disk.

    Parameters
    ----------
    run
        The run.
    dataset
        What was encoded.
    learner
        The fitted learner.
    folder
        Where the views are written.
    progress
        Is told how far it has come.
    """
    stored = folder.read_representation()
    representation = Representation(
        codes=stored.codes,
        factors=stored.factors,
        factor_names=stored.factor_names,
        factor_kinds=stored.factor_kinds,
        encode=learner.transform,
        decode=_decoder(learner),
    )
    names = [name for name in rooms.names("views") if name not in folder.view_names()]
    reasons: dict[str, str] = {}
    for done, name in enumerate(names):
        progress(Progress(task="looking", done=done, total=len(names)))
        try:
            view = rooms.load("views", name)(representation, dataset, stream(run.seed, name))
        except Undefined as undefined:
            reasons[name] = str(undefined)
        else:
            folder.write_view(view)
    folder.write_view_reasons(reasons)


def _decoder(learner: Any) -> Callable[[np.ndarray], np.ndarray] | None:  # noqa: ANN401
    decode: Callable[[np.ndarray], np.ndarray] | None = getattr(learner, "inverse_transform", None)
    return decode
