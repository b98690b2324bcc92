"""The folder of one run: what each of its files is called, how it is written and read.

::

    RUN/config.json      what was asked for
    RUN/train.jsonl      one line per report of the training loop
    RUN/model/           the fitted learner
    RUN/codes.npz        the codes and their factors
    RUN/scores.json      the scores; RUN/parts/SCORE.npz holds the arrays behind each
    RUN/views/VIEW.npz   what there is to look at; views/undefined.json says what could not be
    RUN/provenance.json  what made it, from what, where and when
    RUN/failed.json      why it stopped, if it failed; failed.txt is the traceback
    RUN/done.json        written last: the run is complete
"""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from unbraid.core import files
from unbraid.core.values import Representation, Score, View
from unbraid.results import formats, lines

# What may change or go after a run is done.
_LOOSE = frozenset({"report.html", "checkpoints"})
State = Literal["complete", "failed", "incomplete"]


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run, every path in it, and how each file is written and read.

    Parameters
    ----------
    path
        The folder; it need not exist yet.

    Examples
    --------
    >>> import tempfile
    >>> run = RunFolder(Path(tempfile.mkdtemp()) / "pca")
    >>> run.write_scores({"mig": Score(name="mig", value=0.5, unit="fraction", better="higher")})
    >>> run.read_scores()["mig"].value, run.state
    (0.5, 'incomplete')
    >>> run.finish()
    >>> run.is_complete
    True
    """

    path: Path

    @property
    def name(self) -> str:
        """The name of the run, which is its folder's."""
        return self.path.resolve().name

    @property
    def config_file(self) -> Path:
        """What was asked for."""
        return self.path / "config.json"

    @property
    def train_file(self) -> Path:
        """What the training loop said, a line at a time."""
        return self.path / "train.jsonl"

    @property
    def model_folder(self) -> Path:
        """The fitted learner."""
        return self.path / "model"

    @property
    def is_bound(self) -> bool:
        """Whether something was computed that other settings must not be mixed with."""
        marks = (self.model_folder, self.codes_file, self.scores_file, self.train_file)
        return any(mark.exists() for mark in marks)

    @property
    def is_fitted(self) -> bool:
        """Whether the fitted learner is there; its settings are written after all else of it."""
        return (self.model_folder / "config.json").exists()

    @property
    def codes_file(self) -> Path:
        """The codes and their factors."""
        return self.path / "codes.npz"

    @property
    def scores_file(self) -> Path:
        """The scores, without the arrays behind them."""
        return self.path / "scores.json"

    @property
    def provenance_file(self) -> Path:
        """What made the run, from what, where and when."""
        return self.path / "provenance.json"

    @property
    def failed_file(self) -> Path:
        """Why the run stopped, if it failed."""
        return self.path / "failed.json"

    @property
    def trace_file(self) -> Path:
        """Where in the code the run stopped, if it failed."""
        return self.path / "failed.txt"

    @property
    def done_file(self) -> Path:
        """Exists when the run is complete."""
        return self.path / "done.json"

    def parts_file(self, score: str) -> Path:
        """Return the file of the arrays behind a score.

        Parameters
        ----------
        score
            The score's name.

        Returns
        -------
        pathlib.Path
            Its path.
        """
        return self.path / "parts" / f"{score}.npz"

    def view_file(self, view: str) -> Path:
        """Return the file of a view.

        Parameters
        ----------
        view
            The view's name.

        Returns
        -------
        pathlib.Path
            Its path.
        """
        return self.path / "views" / f"{view}.npz"

    @property
    def exists(self) -> bool:
        """Whether the folder holds anything that a run writes."""
        marks = (self.codes_file, self.scores_file, self.train_file, self.failed_file)
        fitted = self.config_file.exists() and self.model_folder.is_dir()
        return fitted or self.is_complete or any(mark.exists() for mark in marks)

    @property
    def is_complete(self) -> bool:
        """Whether everything that the run was to write has been written."""
        return self.done_file.exists()

    @property
    def state(self) -> State:
        """How far the run has come: ``complete``, ``failed`` or ``incomplete``."""
        if self.is_complete:
            return "complete"
        return "failed" if self.failed_file.exists() else "incomplete"

    def write_config(self, config: Mapping[str, object]) -> None:
        """Write what was asked for.

        Parameters
        ----------
        config
            The settings by name.
        """
        files.write_json(self.config_file, dict(config))

    def read_config(self) -> dict[str, Any]:
        """Read what was asked for.

        Returns
        -------
        dict
            The settings by name.
        """
        return formats.read_object(self.config_file)

    def read_train(self) -> list[dict[str, Any]]:
        """Read what the training loop said so far; a last line still being written is left out.

        Returns
        -------
        list of dict
            One record per line.
        """
        return lines.read(self.train_file)

    def write_representation(self, representation: Representation) -> None:
        """Write codes and factors; callables and the ``spec`` are not kept.

        Parameters
        ----------
        representation
            The codes, with what is known of their factors.
        """
        files.write_npz(self.codes_file, formats.from_representation(representation))

    def read_representation(self) -> Representation:
        """Read codes and factors.

        Returns
        -------
        Representation
            What was written, without encode and decode.
        """
        return formats.to_representation(self.codes_file)

    def write_scores(self, scores: Mapping[str, Score]) -> None:
        """Write scores, the arrays behind them first.

        Parameters
        ----------
        scores
            The scores by name.
        """
        for name, score in scores.items():
            if score.parts:
                files.write_npz(self.parts_file(name), score.parts)
        summaries = {name: score.summary() for name, score in scores.items()}
        files.write_json(self.scores_file, {"scores": summaries})

    def read_scores(self) -> dict[str, Score]:
        """Read the scores, without the arrays behind them.

        Returns
        -------
        dict
            The scores by name, in the order in which they were written.
        """
        return formats.to_scores(self.scores_file)

    def read_parts(self, score: str) -> dict[str, np.ndarray]:
        """Read the arrays behind a score.

        Parameters
        ----------
        score
            The score's name.

        Returns
        -------
        dict
            The arrays by name; empty for a score that keeps none.
        """
        file = self.parts_file(score)
        return formats.read_arrays(file) if file.exists() else {}

    def write_view(self, view: View) -> None:
        """Write a view.

        Parameters
        ----------
        view
            The view; its arrays hold numbers or text.
        """
        files.write_npz(self.view_file(view.name), formats.from_view(view))

    def view_names(self) -> tuple[str, ...]:
        """Return the names of the views that the run holds.

        Returns
        -------
        tuple of str
            The names, sorted.
        """
        return tuple(sorted(file.stem for file in (self.path / "views").glob("[!.]*.npz")))

    def read_view(self, name: str) -> View:
        """Read a view.

        Parameters
        ----------
        name
            The view's name.

        Returns
        -------
        View
            What was written.
        """
        return formats.to_view(self.view_file(name))

    def write_view_reasons(self, reasons: Mapping[str, str]) -> None:
        """Write why views could not be made.

        Parameters
        ----------
        reasons
            The reason by the view's name.
        """
        files.write_json(self.path / "views" / "undefined.json", dict(reasons))

    def read_view_reasons(self) -> dict[str, Any]:
        """Read why views could not be made.

        Returns
        -------
        dict
            The reason by the view's name; empty where nothing was written.
        """
        file = self.path / "views" / "undefined.json"
        return formats.read_object(file) if file.exists() else {}

    def write_provenance(self, said: Mapping[str, object]) -> None:
        """Write what made the run; what made it before is kept under ``before``.

        Parameters
        ----------
        said
            What `provenance` returned.
        """
        last = self.read_provenance() if self.provenance_file.exists() else {}
        before = [*last.pop("before", []), *([last] if last else [])]
        files.write_json(self.provenance_file, dict(said) | ({"before": before} if before else {}))

    def read_provenance(self) -> dict[str, Any]:
        """Read what made the run.

        Returns
        -------
        dict
            What was written.
        """
        return formats.read_object(self.provenance_file)

    def write_failure(self, error: BaseException) -> None:
        """Write why the run stopped, and where.

        Parameters
        ----------
        error
            What stopped it.
        """
        said = {"error": type(error).__name__, "message": str(error)}
        files.write_json(self.failed_file, said)
        files.write_text(self.trace_file, "".join(traceback.format_exception(error)))

    def begin(self, config: Mapping[str, object]) -> None:
        """Mark the run as begun, or begun again: neither complete nor failed; call it first.

        Parameters
        ----------
        config
            What is asked for, by name.
        """
        self._unmark()
        self.write_config(config)

    def read_failure(self) -> str | None:
        """Read why the run stopped.

        Returns
        -------
        str or None
            The reason in one line, or None if it did not fail.
        """
        if self.is_complete or not self.failed_file.exists():
            return None
        said = formats.read_object(self.failed_file)
        return f"{said.get('error', 'error')}: {said.get('message', 'no reason was given')}"

    def finish(self) -> None:
        """Mark the run as complete; call it last."""
        self._unmark()
        held = sorted(file for file in self.path.rglob("[!.]*") if file.is_file())
        sizes = {file.relative_to(self.path).as_posix(): file.stat().st_size for file in held}
        # The page can be made again, and checkpoints may go once the run is done.
        kept = {name: size for name, size in sizes.items() if name.split("/")[0] not in _LOOSE}
        files.write_json(self.done_file, {"bytes": kept})

    def _unmark(self) -> None:
        for mark in (self.done_file, self.failed_file, self.trace_file):
            mark.unlink(missing_ok=True)

    def damage(self) -> list[str]:
        """Return which files of a complete run are gone or have another size.

        Returns
        -------
        list of str
            A sentence each; empty for a run that is whole or not complete.
        """
        if not self.is_complete:
            return []
        sizes = formats.read_object(self.done_file).get("bytes", {})
        there = {name: self.path / name for name in sizes}
        gone = [f"{file} is missing" for file in there.values() if not file.exists()]
        return gone + [
            f"{file} has {file.stat().st_size} bytes and had {sizes[name]} when the run was done"
            for name, file in there.items()
            if file.exists() and file.stat().st_size != sizes[name]
        ]
