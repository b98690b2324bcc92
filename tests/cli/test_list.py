"""``unbraid list``: everything, or one room."""

import json

from unbraid.cli._app import run_app


def listed(capsys, *arguments):
    assert run_app(["list", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_everything_is_listed_where_no_room_is_named(capsys):
    every = listed(capsys)
    assert set(every) == {"learners", "scores", "datasets", "views"}
    assert every["scores"] == listed(capsys, "scores")
    assert all(sentence.endswith(".") for room in every.values() for sentence in room.values())
