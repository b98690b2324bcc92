"""What the page shows of a run; a file that cannot be read is told and does not stop the page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from unbraid.core.errors import UnbraidError
from unbraid.core.values import Representation, Score, View
from unbraid.results.folder import RunFolder
from unbraid.results.formats import read_object

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a run's folder tells.

    Parameters
    ----------
    name
        The learner's name.
    state
        ``complete``, ``failed``, ``incomplete`` or ``not started``.
    failure
        Why it failed, or None.
    problems
        What could not be read, a sentence each.
    config
        The run's settings.
    params
        The settings of the saved learner, defaults included.
    records
        What the training loop said.
    scores
        The scores by name.
    parts
        The arrays behind the scores.
    views
        The views.
    missing_views
        Why other views could not be made, by name.
    representation
        The codes and factors, or None.
    provenance
        What made the run.
    """

    name: str
    state: str
    failure: str | None
    problems: tuple[str, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    records: tuple[Mapping[str, Any], ...] = ()
    scores: Mapping[str, Score] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    views: tuple[View, ...] = ()
    missing_views: Mapping[str, Any] = field(default_factory=dict)
    representation: Representation | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)


def read_run(run: RunFolder) -> Told:
    """Read all that the page shows of a run.

    Parameters
    ----------
    run
        Its folder.

    Returns
    -------
    Told
        What it tells, with the problems met.

    Examples
    --------
    >>> read_run(RunFolder(Path("no/such/run"))).state
    'not started'
    """
    if not run.path.is_dir():
        return Told(name=run.name, state="not started", failure=None, problems=())
    tell = _Telling()
    no_damage: list[str] = []
    damage = tell(run.damage, no_damage)
    no_scores: dict[str, Score] = {}
    scores = tell(run.read_scores, no_scores, run.scores_file)
    no_parts: dict[str, np.ndarray] = {}
    parts = {name: tell(partial(run.read_parts, name), no_parts) for name in scores}
    views = [tell(partial(run.read_view, name), None) for name in run.view_names()]
    return Told(
        name=run.name,
        state=run.state,
        failure=tell(run.read_failure, None),
        config=tell(run.read_config, {}, run.config_file),
        params=tell(partial(_params, run), {}, run.model_folder / "config.json"),
        records=tuple(tell(run.read_train, [])),
        scores=scores,
        parts={name: arrays for name, arrays in parts.items() if arrays},
        views=tuple(view for view in views if view is not None),
        missing_views=tell(run.read_view_reasons, {}),
        representation=tell(partial(_slim, run), None, run.codes_file),
        provenance=tell(run.read_provenance, {}, run.provenance_file),
        problems=(*damage, *tell.problems),
    )


class _Telling:
    """Reads one thing after another, goes on where that fails, and keeps what went wrong."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def __call__(self, read: Callable[[], T], otherwise: T, file: Path | None = None) -> T:
        # A file that is not there yet is no fault: the run has not come so far.
        if file is not None and not file.exists():
            return otherwise
        try:
            return read()
        except UnbraidError as error:
            self.problems.append(str(error))
            return otherwise


def _slim(run: RunFolder) -> Representation:
    """Return the codes and factors without the pool, which may be large."""
    held = run.read_representation()
    return Representation(codes=held.codes, factors=held.factors, factor_names=held.factor_names)


def _params(run: RunFolder) -> dict[str, Any]:
    saved = read_object(run.model_folder / "config.json")
    params = saved.get("params", {})
    return params if isinstance(params, dict) else {}
