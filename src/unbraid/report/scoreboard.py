"""The table learner x score, and who is ahead in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unbraid.core.values import Score
from unbraid.report import glossary, numbers

# Values that read the same in the table are ties.
_DECIMALS = 3

Scores = Mapping[str, Mapping[str, Score]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One learner's value of one score.

    Parameters
    ----------
    text
        What is written; for a score without a value, its status.
    value
        The value that rows are sorted by, or None.
    details
        What is written small below it: the interval, the calibrated value.
    tip
        What a pointer that rests on it shows.
    share
        How much of the bar is filled, in [0, 1], or None for no bar.
    floor, ceiling
        Where the bar is marked, in [0, 1], or None.
    best
        Whether no other learner's value is better.
    note
        The number of its footnote, or None.
    """

    text: str
    value: float | None
    details: tuple[str, ...]
    tip: str
    share: float | None
    floor: float | None
    ceiling: float | None
    best: bool
    note: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One score, over all learners.

    Parameters
    ----------
    name
        The score's name.
    unit
        Its unit.
    better
        Which direction is better.
    cells
        The cell of each learner that has the score.
    best
        The learners that share the best value; empty where fewer than two have a value.
    """

    name: str
    unit: str
    better: str
    cells: Mapping[str, Cell]
    best: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoreboard:
    """The whole table.

    Parameters
    ----------
    study
        The columns of the study's six scores, those that there are.
    others
        The other columns.
    notes
        The footnotes, the first of them number 1.
    """

    study: tuple[Column, ...]
    others: tuple[Column, ...]
    notes: tuple[str, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns."""
        return self.study + self.others


def scoreboard(scores: Scores) -> Scoreboard:
    """Arrange scores as a table.

    Parameters
    ----------
    scores
        The scores by learner and by name.

    Returns
    -------
    Scoreboard
        The table.

    Examples
    --------
    >>> mig = {"pca": 0.1, "vae": 0.2}
    >>> board = scoreboard({learner: {"mig": Score(name="mig", value=value, unit="fraction",
    ...                                            better="higher")}
    ...                     for learner, value in mig.items()})
    >>> board.study[0].best
    ('vae',)
    """
    names = glossary.ordered([name for given in scores.values() for name in given])
    notes: list[str] = []
    columns = [_column(name, scores, notes) for name in names]
    return Scoreboard(
        study=tuple(column for column in columns if column.name in glossary.STUDY),
        others=tuple(column for column in columns if column.name not in glossary.STUDY),
        notes=tuple(notes),
    )


def _column(name: str, scores: Scores, notes: list[str]) -> Column:
    given = {learner: held[name] for learner, held in scores.items() if name in held}
    first = next(iter(given.values()))
    best = _best(given)
    span = _span(list(given.values()))
    return Column(
        name=name,
        unit=first.unit,
        better=first.better,
        best=best,
        cells={
            learner: _cell(score, learner in best, span, _note(learner, score, notes))
            for learner, score in given.items()
        },
    )


def _best(given: Mapping[str, Score]) -> tuple[str, ...]:
    sign = {"higher": 1.0, "lower": -1.0}
    values = {
        learner: round(score.value, _DECIMALS) * sign[score.better]
        for learner, score in given.items()
        if score.value is not None
    }
    if len(values) < 2:
        return ()
    top = max(values.values())
    return tuple(learner for learner, value in values.items() if value == top)


def _span(scores: Sequence[Score]) -> tuple[float, float]:
    """Return the ends of the bars: 0 and 1 where all values are within, else their range."""
    held = [s.value for s in scores if s.value is not None]
    low, high = min(held, default=0.0), max(held, default=1.0)
    return (min(low, 0.0), max(high, 1.0) if high <= 1.0 else high)


def _cell(score: Score, best: bool, span: tuple[float, float], note: int | None) -> Cell:
    if score.value is None:
        return Cell(
            text=score.status,
            value=None,
            details=(),
            tip=score.reason or "no reason was given",
            share=None,
            floor=None,
            ceiling=None,
            best=False,
            note=note,
        )
    details = []
    if score.low is not None and score.high is not None:
        details.append(f"{decimal(score.low)} to {decimal(score.high)}")
    if score.calibrated is not None:
        details.append(f"calibrated {decimal(score.calibrated)}")
    return Cell(
        text=decimal(score.value),
        value=score.value,
        details=tuple(details),
        tip=_tip(score),
        share=_within(score.value, span),
        floor=None if score.floor is None else _within(score.floor, span),
        ceiling=None if score.ceiling is None else _within(score.ceiling, span),
        best=best,
        note=note,
    )


def _within(value: float, span: tuple[float, float]) -> float:
    low, high = span
    return round(min(max((value - low) / (high - low), 0.0), 1.0), 4)


def _tip(score: Score) -> str:
    said = {"floor": score.floor, "ceiling": score.ceiling, "p": score.p_value}
    parts = [f"{score.name} {score.value:.6g}"]
    parts += [f"{name} {value:.3g}" for name, value in said.items() if value is not None]
    parts += [score.reason] if score.reason else []
    return "; ".join(parts)


def _note(learner: str, score: Score, notes: list[str]) -> int | None:
    if score.status == "ok" and not score.reason:
        return None
    status = "" if score.status == "ok" else f" is {score.status}"
    reason = score.reason or "no reason was given"
    text = f"{score.name}{status}: {reason}"
    same = [number for number, note in enumerate(notes, 1) if note.endswith(f"; {text}")]
    if same:
        place = same[0] - 1
        who = notes[place].removesuffix(f"; {text}")
        notes[place] = f"{who}, {learner}; {text}"
        return same[0]
    notes.append(f"{learner}; {text}")
    return len(notes)


def decimal(value: float) -> str:
    """Return a value as the table writes it.

    Parameters
    ----------
    value
        The value.

    Returns
    -------
    str
        Three decimals, or fewer where the value is large.

    Examples
    --------
    >>> decimal(0.12345), decimal(-12345.6), decimal(-0.00001)
    ('0.123', '−12,346', '0.000')
    """
    text = f"{value:.{_DECIMALS}f}" if abs(value) < 1000 else f"{value:,.0f}"
    return "0.000" if text == "-0.000" else numbers.minus(text)
