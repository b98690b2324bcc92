"""What is printed: results on stdout, everything else on stderr."""

import json
import logging
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from unbraid.core.progress import Listener, Progress
from unbraid.core.values import Score
from unbraid.results.seeds import Seeds
from unbraid.results.table import Row

out = Console()
err = Console(stderr=True, highlight=False)

# Seconds between two lines of progress where there is no terminal.
_SECONDS_BETWEEN_LINES = 5.0


def say(line: str) -> None:
    """Print one line on stderr.

    Parameters
    ----------
    line
        The line, without markup.
    """
    err.print(line, markup=False, soft_wrap=True)


class _Logged(logging.Handler):
    """Says what the package logs, such as that it compiles."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


logging.getLogger("unbraid").addHandler(_Logged(logging.INFO))
logging.getLogger("unbraid").setLevel(logging.INFO)


def say_error(message: str) -> None:
    """Print an error as one line on stderr.

    Parameters
    ----------
    message
        What is wrong and what to try.
    """
    err.print("error:", style="bold red", end=" ")
    say(message)


def print_json(value: object) -> None:
    """Print one JSON document on stdout.

    Parameters
    ----------
    value
        What `json` can write.
    """
    out.file.write(json.dumps(value, indent=2, allow_nan=False) + "\n")


def show(line: str) -> None:
    """Print one line on stdout.

    Parameters
    ----------
    line
        The line, without markup.
    """
    out.print(line, markup=False, highlight=False, soft_wrap=True)


def show_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], first: JustifyMethod = "left"
) -> None:
    """Print a table on stdout; a terminal that is too narrow wraps its lines, and cuts nothing.

    Parameters
    ----------
    headings
        One per column.
    rows
        A text for each heading.
    first
        To which side the first column is set; the others are set to the right.
    """
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if table.columns else first, no_wrap=True)
    for row in rows:
        table.add_row(*map(escape, row))
    table.width = out.measure(table, options=out.options.update(max_width=sys.maxsize)).maximum
    out.print(table, crop=False)


def about(score: Score) -> str | None:
    """Say what a reader of a score's value should know, or why there is none.

    Parameters
    ----------
    score
        The score.

    Returns
    -------
    str or None
        A line, or None where there is nothing to say.
    """
    said = [score.status if score.status != "ok" else "", score.reason or ""]
    return ": ".join((score.name, *filter(None, said))) if any(said) else None


def show_scores(rows: Sequence[Row]) -> None:
    """Print a table of scores by learner on stdout.

    Parameters
    ----------
    rows
        One per learner and score.
    """
    learners = list(dict.fromkeys(row.learner for row in rows))
    cells = {(row.score.name, row.learner): row.score for row in rows}
    names = dict.fromkeys(row.score.name for row in rows)
    show_table(
        ["score", *learners],
        [[name, *(_cell(cells.get((name, each))) for each in learners)] for name in names],
    )


def show_seeds(seeds: Mapping[str, Seeds]) -> None:
    """Print the means of scores over seeds by learner, with their ranges, on stdout.

    Parameters
    ----------
    seeds
        What each learner scored with its seeds.
    """
    learners = [f"{learner} ({len(several.runs)})" for learner, several in seeds.items()]
    names = dict.fromkeys(name for several in seeds.values() for name in several.scores)
    show_table(
        ["mean over seeds (range)", *learners],
        [[name, *(_mean(several, name) for several in seeds.values())] for name in names],
    )


def show_runs(runs: Mapping[str, Mapping[str, Score]]) -> None:
    """Print a table of scores on stdout, a line for each run.

    Parameters
    ----------
    runs
        The scores of each run by name, by the run's name.
    """
    names = list(dict.fromkeys(name for found in runs.values() for name in found))
    show_table(
        ["every seed", *names],
        [[run, *(_cell(found.get(name)) for name in names)] for run, found in runs.items()],
    )


def _mean(several: Seeds, name: str) -> str:
    ends = several.ranges.get(name)
    span = f" ({ends[0]:.3f}-{ends[1]:.3f})" if ends else ""
    return _cell(several.scores.get(name)) + span


def _cell(score: Score | None) -> str:
    if score is None:
        return ""
    return score.status if score.value is None else f"{score.value:.3f}"


@contextmanager
def showing(prefix: str = "") -> Iterator[Listener]:
    """Show progress while a block lasts: bars on a terminal, a line every few seconds otherwise.

    Parameters
    ----------
    prefix
        Stands before each task's name.

    Yields
    ------
    callable
        The listener to give to long work; tasks are told apart by their names up to a colon.
    """
    if err.is_terminal:
        with _bars() as listener:
            yield lambda word: listener(prefix, word)
    else:
        lines = _Lines()
        yield lambda word: lines(prefix, word)


def _numbers(word: Progress) -> str:
    return "  ".join(f"{name} {number:.4g}" for name, number in word.numbers.items())


@contextmanager
def _bars() -> Iterator["_BarListener"]:
    columns = (
        TextColumn("{task.description:<40}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("[dim]{task.fields[numbers]}"),
    )
    with Bars(*columns, console=err, transient=True) as bars:
        yield _BarListener(bars)


class _BarListener:
    """One bar per run, which shows the task that the run is at."""

    def __init__(self, bars: Bars) -> None:
        self.bars = bars
        self.tasks: dict[str, object] = {}

    def __call__(self, prefix: str, word: Progress) -> None:
        run, _, task = word.task.rpartition(": ")
        shown = {
            "description": f"{prefix}{run} {task}".strip(),
            "completed": word.done,
            "total": word.total,
            "numbers": _numbers(word),
        }
        if run not in self.tasks:
            self.tasks[run] = self.bars.add_task(**shown)  # type: ignore[arg-type]
        else:
            self.bars.update(self.tasks[run], **shown)  # type: ignore[arg-type]


class _Lines:
    """A line when a task begins or ends, and every few seconds between."""

    def __init__(self) -> None:
        self.last: dict[str, tuple[str, float]] = {}

    def __call__(self, prefix: str, word: Progress) -> None:
        run, _, task = word.task.rpartition(": ")
        before, moment = self.last.get(run, ("", 0.0))
        now = time.monotonic()
        if task == before and word.done < word.total and now - moment < _SECONDS_BETWEEN_LINES:
            return
        self.last[run] = (task, now)
        line = f"{prefix}{word.task} {word.done}/{word.total}  {_numbers(word)}"
        say(line.rstrip())
