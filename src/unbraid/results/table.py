"""The table of runs: one row per learner and score, read from the folders of the runs."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from unbraid.core import files
from unbraid.core.errors import StoreError
from unbraid.core.values import Score
from unbraid.results.folder import RunFolder
from unbraid.results.formats import read_object

# Folders that a run keeps inside its own.
_INNER = frozenset({"model", "parts", "views"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One learner's score.

    Parameters
    ----------
    learner
        The learner's name, which is its folder's.
    score
        What the score function said.

    Examples
    --------
    >>> mig = Score(name="mig", value=0.5, unit="fraction", better="higher")
    >>> Row(learner="pca", score=mig).cells()["value"]
    0.5
    """

    learner: str
    score: Score

    def cells(self) -> dict[str, object]:
        """Return the row as a flat dictionary.

        Returns
        -------
        dict
            ``learner``, ``score`` (its name), then what `Score.summary` holds.
        """
        return {"learner": self.learner, "score": self.score.name} | self.score.summary()


def find_runs(folder: Path) -> tuple[RunFolder, ...]:
    """Return the runs that a folder holds: several, or the folder itself.

    Parameters
    ----------
    folder
        The folder of one run, or the one that holds the folders of several.

    Returns
    -------
    tuple of RunFolder
        In the order in which ``config.json`` names the learners, then by name. A learner that
        is named there and has no folder yet is among them.

    Raises
    ------
    StoreError
        If there is no such folder or it holds no run.

    Examples
    --------
    >>> find_runs(Path("no/such/folder"))
    Traceback (most recent call last):
    ...
    unbraid.core.errors.StoreError: no run to read: got no folder no/such/folder
    """
    if not folder.is_dir():
        raise StoreError(
            "no run to read",
            got=f"{'a file' if folder.exists() else 'no folder'} {folder}",
        )
    inside = {run.name: run for run in map(RunFolder, folder.iterdir()) if _is_run(run)}
    names = [name for name in _planned(folder) if name not in inside]
    if inside or (names and not RunFolder(folder).exists):
        order = {name: place for place, name in enumerate(_planned(folder))}
        every = inside | {name: RunFolder(folder / name) for name in names}
        ranked = sorted(every, key=lambda name: (order.get(name, len(order)), name))
        return tuple(every[name] for name in ranked)
    if RunFolder(folder).exists:
        return (RunFolder(folder),)
    raise StoreError(
        f"{folder} holds no run",
        got=", ".join(sorted(file.name for file in folder.iterdir())[:5]) or "an empty folder",
        allowed="config.json, codes.npz, scores.json and so on, or folders that hold them",
        hint=f"unbraid run --out {folder}",
    )


def read_rows(folder: Path) -> list[Row]:
    """Return the table of every score of every run in a folder.

    Parameters
    ----------
    folder
        The folder of one run, or the one that holds the folders of several.

    Returns
    -------
    list of Row
        By run, then in the order in which its scores were written; a run without scores has no
        row.

    Raises
    ------
    StoreError
        If the folder holds no run, or its scores cannot be read.
    """
    return [
        Row(learner=run.name, score=score)
        for run in find_runs(folder)
        if run.scores_file.exists()
        for score in run.read_scores().values()
    ]


def write_csv(path: Path, rows: list[Row]) -> None:
    """Write a table of scores as CSV.

    Parameters
    ----------
    path
        The file, such as ``RUN/scores.csv``.
    rows
        The table.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    blank = Score(name="", value=None, unit="", better="higher")
    text = io.StringIO()
    writer = csv.DictWriter(
        text, fieldnames=list(Row(learner="", score=blank).cells()), lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(row.cells() for row in rows)
    files.write_text(path, text.getvalue())


def _is_run(run: RunFolder) -> bool:
    inner = run.path.name in _INNER or run.path.name.startswith(".")
    return run.path.is_dir() and not inner and (run.exists or run.config_file.exists())


def _planned(folder: Path) -> list[str]:
    """Return the learners that the folder's configuration names, if it can be read."""
    try:
        learners = read_object(folder / "config.json").get("learners", [])
    except StoreError:
        return []
    names = learners if isinstance(learners, list) else []
    return [name for name in names if isinstance(name, str) and Path(name).name == name]
