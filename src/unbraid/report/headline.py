"""The result in a sentence or two, no stronger than the table."""

from collections.abc import Sequence

from unbraid.report import glossary
from unbraid.report.numbers import join
from unbraid.report.scoreboard import Column, Scoreboard


def headline(board: Scoreboard, learners: Sequence[str]) -> str:
    """Say who ranks first, on how many scores.

    Parameters
    ----------
    board
        The table.
    learners
        The learners that have scores.

    Returns
    -------
    str
        A sentence: who is first on how many of the study's scores (of all scores, where there
        is none of those), how many of these are ties, and who is first on the rest.

    Examples
    --------
    >>> from unbraid.core.values import Score
    >>> from unbraid.report.scoreboard import scoreboard
    >>> def mig(value):
    ...     return {"mig": Score(name="mig", value=value, unit="fraction", better="higher")}
    >>> headline(scoreboard({"pca": mig(0.1), "vae": mig(0.3)}), ["pca", "vae"])
    'vae ranks first on the one study score.'
    """
    columns, kind = (board.study, "study score") if board.study else (board.others, "score")
    if not learners or not columns:
        return "Nothing has been scored yet."
    if all(column.name in glossary.DESCRIPTIVE for column in columns):
        return "These scores describe codes, and rank none: without factors nothing does."
    if len(learners) == 1:
        return f"{learners[0]} is alone: there is no other learner to compare it with."
    compared = [column for column in columns if column.best]
    if not compared:
        return f"No {kind} has a value for two learners, so none can be compared."
    scores = _scores(len(compared), len(columns), kind)
    if all(len(column.best) == len(learners) for column in compared):
        return f"All {len(learners)} learners are level on the {scores}."
    return _ranking(compared, learners, scores)


def _scores(compared: int, every: int, kind: str) -> str:
    scores = f"one {kind}" if compared == 1 else f"{compared} {kind}s"
    return scores if compared == every else f"{scores} that can be compared (of {every})"


def _ranking(compared: Sequence[Column], learners: Sequence[str], scores: str) -> str:
    firsts = {who: sum(who in column.best for column in compared) for who in learners}
    most = max(firsts.values())
    leaders = [who for who, count in firsts.items() if count == most]
    verb = "ranks" if len(leaders) == 1 else "each rank"
    count = f"{most} of the {scores}"
    if most == len(compared):
        count = f"the {scores}" if most == 1 else f"all {scores}"
        count = count.replace("all 2 ", "both ")
    text = f"{join(leaders)} {verb} first on {count}{_shared(leaders, compared)}"
    rest = [column for column in compared if not set(column.best) & set(leaders)]
    won: dict[str, list[str]] = {}
    for column in rest:
        won.setdefault(join(column.best), []).append(column.name)
    others = [f"{who} on {join(names)}" for who, names in won.items()]
    return f"{text}; {join(others)}." if others else f"{text}."


def _shared(leaders: Sequence[str], compared: Sequence[Column]) -> str:
    ties = [
        column for column in compared if len(column.best) > 1 and set(leaders) & set(column.best)
    ]
    if not ties:
        return ""
    names = join([column.name for column in ties])
    return f" ({names} shared)"


def caution(board: Scoreboard) -> str:
    """Say how sure the ranking is.

    Parameters
    ----------
    board
        The table.

    Returns
    -------
    str
        A sentence or two; empty where nothing can be compared.
    """
    compared = [column for column in board.columns if column.best]
    if not compared:
        return ""
    cells = [
        cell for column in compared for cell in column.cells.values() if cell.value is not None
    ]
    said = []
    if not any(" to " in detail for cell in cells for detail in cell.details):
        said.append("These are single values without intervals: a small difference may be chance.")
    if all(cell.floor is None or cell.ceiling is None for cell in cells):
        said.append(
            "Floors (what chance scores) and ceilings (what the factors themselves score) are "
            "not computed here, so values of different scores cannot be compared with each other."
        )
    return " ".join(said)
