"""The examples: each says how it is run, and the quick one does what it says."""

import ast
import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_says_what_it_shows_and_how_to_run_it(path):
    said = ast.get_docstring(ast.parse(path.read_text()))
    assert said is not None
    assert said.partition("\n")[0].endswith(".")
    assert f"python examples/{path.name}" in said


def test_the_cocktail_party_is_parted(tmp_path, monkeypatch, capsys):
    (path,) = (path for path in EXAMPLES if path.stem == "cocktail_party")
    monkeypatch.setattr(sys, "argv", [path.name, str(tmp_path)])
    runpy.run_path(str(path), run_name="__main__")
    parted = capsys.readouterr().out.partition("parted")[2].partition("]")[0]
    assert min(float(word) for word in parted.strip(" [").split()) > 30
    assert len(list(tmp_path.glob("*.wav"))) == 9
    assert (tmp_path / "ica.svg").stat().st_size > 1000
