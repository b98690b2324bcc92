import csv

import pytest

from unbraid.core.errors import StoreError
from unbraid.core.values import Score
from unbraid.results import RunFolder, find_runs, read_rows, write_csv


def score(name, value, **rest):
    return Score(name=name, value=value, unit="fraction", better="higher", **rest)


def write_runs(folder, *names):
    for place, name in enumerate(names):
        RunFolder(folder / name).write_scores({"mig": score("mig", place / 10)})


def test_runs_come_in_the_order_that_was_asked_for_then_by_name(tmp_path):
    write_runs(tmp_path, "a", "pca", "vae")
    RunFolder(tmp_path).write_config({"learners": ["vae", "ica", "pca"]})
    assert [run.name for run in find_runs(tmp_path)] == ["vae", "ica", "pca", "a"]


def test_a_folder_of_one_run_is_that_run(tmp_path):
    write_runs(tmp_path, "pca")
    (tmp_path / "pca" / "model").mkdir()
    (tmp_path / "pca" / "model" / "config.json").write_text("{}")
    assert [run.path for run in find_runs(tmp_path / "pca")] == [tmp_path / "pca"]


def test_hidden_and_foreign_folders_are_no_runs(tmp_path):
    write_runs(tmp_path, "pca", ".cache")
    (tmp_path / "notes").mkdir()
    assert [run.name for run in find_runs(tmp_path)] == ["pca"]


def test_a_learner_named_to_lie_outside_is_not_looked_for(tmp_path):
    write_runs(tmp_path, "pca")
    RunFolder(tmp_path).write_config({"learners": ["../../etc", 3, "pca"]})
    assert [run.name for run in find_runs(tmp_path)] == ["pca"]


def test_the_table_has_a_row_per_learner_and_score(tmp_path):
    write_runs(tmp_path, "pca", "vae")
    (tmp_path / "ica").mkdir()
    RunFolder(tmp_path / "ica").write_failure(ValueError("no"))
    rows = read_rows(tmp_path)
    assert [(row.learner, row.score.name, row.score.value) for row in rows] == [
        ("pca", "mig", 0.0),
        ("vae", "mig", 0.1),
    ]


def test_the_table_as_csv_keeps_every_row_and_what_is_undefined(tmp_path):
    odd = score("sap", None, status="undefined", reason='only "one", code\nhere')
    RunFolder(tmp_path / "vae").write_scores({"mig": score("mig", 0.25), "sap": odd})
    write_csv(tmp_path / "scores.csv", read_rows(tmp_path))
    with (tmp_path / "scores.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["learner"], first["score"], first["value"]) == ("vae", "mig", "0.25")
    assert (second["value"], second["status"], second["reason"]) == ("", "undefined", odd.reason)


def test_an_empty_table_is_a_csv_with_its_heads(tmp_path):
    write_csv(tmp_path / "scores.csv", [])
    assert (tmp_path / "scores.csv").read_text().startswith("learner,score,value,low,high,floor")


@pytest.mark.parametrize("what", ["missing", "file", "empty", "foreign"])
def test_a_folder_without_runs_is_said_so_in_one_line(tmp_path, what):
    place = tmp_path / "place"
    if what == "file":
        place.write_text("")
    if what in ("empty", "foreign"):
        place.mkdir()
    if what == "foreign":
        (place / "thesis.tex").write_text("")
    with pytest.raises(StoreError, match="no run") as caught:
        find_runs(place)
    assert "\n" not in str(caught.value)
