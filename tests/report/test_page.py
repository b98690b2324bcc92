import html
import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import fake_runs
import numpy as np
import pytest

from unbraid.core.errors import StoreError
from unbraid.core.values import Score, View
from unbraid.report import build, page
from unbraid.results import RunFolder

LEARNERS = {"beta_vae": 0.8, "pca": 0.4, "random_projection": 0.1}
VOID = {"meta", "img", "input", "wbr", "line", "path", "circle", "br"}


class Page(HTMLParser):
    """Collects what a page refers to, and that its tags are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.links, self.ids = [], [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        self.tags.append((tag, held))
        self.links += [held[key] for key in ("src", "href") if key in held]
        self.ids += [held["id"]] if "id" in held else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def words(text):
    """Return what a reader sees of a page."""
    body = re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", body)))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return fake_runs.write_study(tmp_path_factory.mktemp("reports") / "study", LEARNERS)


@pytest.fixture
def run(tmp_path):
    return fake_runs.write_run(
        tmp_path / "vae", fake_runs.dataset(size=8, n=20), quality=0.5, mixing=0.1
    )


def test_the_page_needs_nothing_but_itself(study):
    text = build(study).read_text()
    seen = Page(text)
    assert all(link.startswith(("data:image/", "#")) for link in seen.links)
    assert {link[1:] for link in seen.links if link.startswith("#")} <= set(seen.ids)
    assert len(seen.ids) == len(set(seen.ids))
    assert not re.search(r"@import|url\((?!\"\$)|https?://", text)
    assert len(text.encode()) <= page.LARGEST_BYTES


def test_the_page_holds_all_that_the_runs_told(study):
    text = words(build(study).read_text())
    for learner in LEARNERS:
        assert learner in text
    for name in (*fake_runs.SIX, *fake_runs.MORE, *fake_runs.FACTORS):
        assert name in text
    for title in ("Reconstructions", "Traversals", "KL per code", "Provenance", "Settings"):
        assert title in text
    value = RunFolder(study / "pca").read_scores()["mig"].value
    assert f"{value:.3f}" in text


def test_everything_can_be_seen_without_a_script(study):
    seen = Page(build(study).read_text())
    strips = [held for tag, held in seen.tags if held.get("class") == "strip"]
    images = [held for tag, held in seen.tags if tag == "img"]
    sliders = [held for tag, held in seen.tags if tag == "input"]
    assert len(strips) == len(sliders) == 6 * len(LEARNERS)
    assert all("hidden" in held for held in sliders)
    assert all(held["alt"] for held in images)
    assert not any(key.startswith("on") for _, held in seen.tags for key in held)


def test_building_loads_neither_torch_nor_a_learner_and_repeats_itself(study):
    program = (
        "import sys; from pathlib import Path; from unbraid.report import build;"
        f"folder = Path({str(study)!r});"
        "print(build(folder).read_text() == build(folder).read_text(),"
        "*{'torch', 'sklearn', 'matplotlib', 'unbraid.learners'} & set(sys.modules))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["True"]


def test_a_single_run_has_a_page_of_its_own(run):
    written = build(run.path)
    assert written == run.path / "report.html"
    assert "vae is alone" in words(written.read_text())
    build(run.path)
    assert run.damage() == []


def test_hostile_names_are_shown_and_not_obeyed(tmp_path):
    evil = "<script>alert('x')</script>"
    run = RunFolder(tmp_path / '"><img src=x onerror=1>')
    data = fake_runs.dataset(size=6, n=20)
    fake_runs.write_run(run.path, data, quality=0.5, mixing=0.1)
    held = fake_runs.representation(data, 6, 0.1, 0)
    object.__setattr__(held, "factor_names", (evil, "a&b", "c", "d", "e"))
    run.write_representation(held)
    bad = Score(name=evil, value=None, unit=evil, better="higher", status="undefined", reason=evil)
    run.write_scores({**run.read_scores(), evil: bad})
    run.write_config({evil: evil, "nested": {"</style>": [evil]}})
    run.write_failure(ValueError(evil))
    run.done_file.unlink()
    text = build(run.path.parent).read_text()
    seen = Page(text)
    assert evil not in text
    assert text.count("<script>") == 1
    assert not any(held.get("src") == "x" for _, held in seen.tags)
    assert evil in words(text)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("scores.json", "is not JSON"),
        ("config.json", "is not JSON"),
        ("provenance.json", "is not JSON"),
        ("train.jsonl", "is not JSON"),
        ("codes.npz", "codes.npz"),
        ("parts/mig.npz", "mig.npz"),
        ("views/traversals.npz", "traversals.npz"),
    ],
)
@pytest.mark.parametrize("how", ["missing", "corrupt"])
def test_a_file_that_cannot_be_read_is_explained_on_the_page(run, file, said, how):
    path = run.path / file
    if how == "missing":
        path.unlink()
        said = f"{file} is missing"
    else:
        path.write_text("nonsense {\n{}\n")
    text = words(build(run.path).read_text())
    assert said in text
    assert "What it looks like" in text


def test_failed_unfinished_and_unbegun_runs_are_shown_as_such(tmp_path):
    folder = fake_runs.write_study(tmp_path, {"vae": 0.7, "pca": 0.3, "ica": 0.2}, n_records=0)
    for name in ("pca", "ica"):
        run = RunFolder(folder / name)
        run.done_file.unlink()
        run.scores_file.unlink()
    RunFolder(folder / "pca").write_failure(RuntimeError("diverged at step 7"))
    RunFolder(folder).write_config({"learners": ["vae", "pca", "ica", "nmf"]})
    text = words(build(folder).read_text())
    assert "RuntimeError: diverged at step 7" in text
    assert "This run is not complete" in text
    assert "This run has not begun" in text
    assert "Not ranked: pca (failed), ica (incomplete) and nmf (not started)." in text


def test_a_view_that_could_not_be_made_says_why(run):
    run.write_view_reasons({"samples": "the learner cannot decode"})
    assert "No samples: the learner cannot decode." in words(build(run.path).read_text())


def test_a_view_of_any_name_is_drawn_by_its_kind(run):
    matrix = np.array([[0.25, 0.75]])
    run.write_view(
        View(
            name="novel", title="A novelty", caption="", kind="heatmap", arrays={"matrix": matrix}
        )
    )
    run.write_view(
        View(name="wrong", title="", caption="", kind="lines", arrays={"matrix": matrix})
    )
    text = words(build(run.path).read_text())
    assert "A novelty" in text
    assert "the view wrong cannot be drawn as lines: got the arrays matrix" in text


def test_training_that_went_wrong_keeps_its_page(run):
    lines = [{"step": 1, "kl": 1.0}, {"step": 2, "kl": float("nan")}, {"step": 3, "kl": 2.0}]
    run.train_file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert "1 of 3 points are not finite and cannot be drawn" in words(build(run.path).read_text())


def test_a_training_that_left_no_code_active_is_told(run):
    run.train_file.write_text('{"step": 1, "active_codes": 2}\n{"step": 2, "active_codes": 0}\n')
    assert "no code is active after 2 steps" in words(build(run.path).read_text())


def test_pictures_are_made_smaller_until_the_page_fits(tmp_path, monkeypatch):
    run = RunFolder(tmp_path / "vae")
    noise = np.random.default_rng(0).random((4, 9, 96, 96, 3), dtype=np.float32)
    view = View(
        name="traversals",
        title="Traversals",
        caption="",
        kind="slider",
        arrays={"frames": noise, "positions": np.zeros((4, 9))},
    )
    run.write_view(view)
    run.write_scores({})
    assert "pixels wide" not in words(build(tmp_path).read_text())
    whole = build(tmp_path).stat().st_size
    monkeypatch.setattr(page, "LARGEST_BYTES", whole - 10_000)
    assert build(tmp_path).stat().st_size <= whole - 10_000
    assert "Pictures are at most 64 pixels wide" in words(build(tmp_path).read_text())


def test_a_folder_without_runs_has_no_page(tmp_path):
    with pytest.raises(StoreError, match="holds no run"):
        build(tmp_path)
    assert not (tmp_path / "report.html").exists()


def test_several_seeds_of_a_learner_are_ranked_by_their_mean_and_all_shown(tmp_path):
    learners = {"vae-0": 0.9, "vae-1": 0.1, "pca-0": 0.6, "pca-1": 0.6}
    folder = fake_runs.write_study(
        tmp_path / "seeds", learners, data=fake_runs.dataset(size=8, n=20), only=("mig",)
    )
    for name in learners:
        run = RunFolder(folder / name)
        run.write_config(dict(run.read_config()) | {"learner": name.partition("-")[0]})
    text = words(build(folder).read_text())
    assert "pca ranks first" in text
    assert "Means over seeds" in text
    assert all(name in text for name in learners)
