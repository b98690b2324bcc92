"""The habits of the house that no linter checks."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import unbraid
from unbraid.core import rooms

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src/unbraid").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PAGES = sorted(
    page for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")] if page.is_file()
)
ROOMS = {"learners", "scores", "data", "views"}


def loaded_by(statement: str) -> set[str]:
    program = f"{statement}; import sys; print(*{{m.split('.')[0] for m in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    ["import unbraid", "import unbraid.scores, unbraid.learners, unbraid.data"],
)
def test_importing_the_package_loads_nothing_heavy(statement):
    heavy = {"torch", "sklearn", "scipy", "pandas", "matplotlib", "numba", "PIL"}
    assert not heavy & loaded_by(statement)


def test_scoring_loads_no_torch():
    statement = (
        "import numpy, unbraid; f = numpy.arange(60).reshape(30, 2) % 3;"
        "unbraid.evaluate(f * 1.0, f, scores=['mig', 'sap', 'dci_disentanglement'])"
    )
    assert "torch" not in loaded_by(statement)


def test_every_public_name_exists_and_is_listed():
    assert unbraid.__all__ == sorted(unbraid.__all__)
    assert all(getattr(unbraid, name) is not None for name in unbraid.__all__)


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'evalute'"):
        _ = unbraid.evalute


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_file_of_a_room_holds_the_one_thing_it_is_named_after(room):
    for name in rooms.names(room):
        module = inspect.getmodule(rooms.load(room, name))
        source = ast.parse((ROOT / f"src/unbraid/{room}/{name}.py").read_text())
        public = [
            node.name
            for node in source.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        ]
        assert len(public) == 1, f"{room}/{name}.py holds {public}"
        assert module is not None


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_thing_in_a_room_shows_an_example_and_its_source(room):
    for name in rooms.names(room):
        text = inspect.getdoc(rooms.load(room, name)) or ""
        assert ">>>" in text, f"{room}/{name}.py has no doctest"
        if "References\n" in text:
            sources = text.split("References\n")[1]
            assert re.search(r"arXiv|doi|ISBN|https?://", sources), f"{room}/{name}.py: no DOI"


def test_no_module_is_over_400_lines():
    long = {str(path): n for path in SOURCES if (n := len(path.read_text().splitlines())) > 400}
    assert not long


def test_links_between_pages_resolve():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_no_assert_has_a_tuple_for_its_message():
    for path in [*SOURCES, *TESTS]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assert):
                assert not isinstance(node.msg, ast.Tuple), f"{path}:{node.lineno}"


def test_the_changelog_and_the_version_agree():
    assert f"## {unbraid.__version__}" in (ROOT / "CHANGELOG.md").read_text()
