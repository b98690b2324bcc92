"""``unbraid list``: what there is."""

import re
from typing import Annotated

import typer
from rich.table import Table

from unbraid import scores
from unbraid.cli._console import out, print_json
from unbraid.core import rooms
from unbraid.core.errors import unknown

_ROOMS = {"learners": "learners", "scores": "scores", "datasets": "data", "views": "views"}


def list_(
    what: Annotated[
        str, typer.Argument(help="learners, scores, datasets or views; all of them by default.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the learners, scores, datasets or views that there are."""
    if what and what not in _ROOMS:
        raise unknown("list", what, _ROOMS)
    rooms_asked = (what,) if what else tuple(_ROOMS)
    found = {room: {name: _sentence(room, name) for name in _names(room)} for room in rooms_asked}
    if json:
        print_json(found[what] if what else found)
        return
    for room, things in found.items():
        if not what:
            out.print(f"[bold underline]{room}")
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(no_wrap=True, style="bold")
        table.add_column()
        for name, sentence in things.items():
            table.add_row(name, sentence)
        out.print(table)


def _names(what: str) -> tuple[str, ...]:
    return scores.names() if what == "scores" else rooms.names(_ROOMS[what])


def _sentence(what: str, name: str) -> str:
    thing = scores.load(name) if what == "scores" else rooms.load(_ROOMS[what], name)
    sentence = (thing.__doc__ or "").strip().partition("\n\n")[0]
    plain = " ".join(sentence.split()).replace("`", "")
    # Members of a family have one docstring, in which N stands for what tells them apart.
    n = thing.options.get("n") if what == "scores" else None
    return plain if n is None else re.sub(r"\bN\b", str(n), plain)
