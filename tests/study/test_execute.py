"""One run in its folder, and runs side by side."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from unbraid.core.errors import InputError
from unbraid.results.folder import RunFolder
from unbraid.study import Run, execute, execute_all, plan_runs


def stamps(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder): path.stat().st_mtime_ns for path in files}


def digits(out, *learners, scores=("mig",), **settings):
    return plan_runs(out, learners, dataset="digits", scores=scores, **settings)


def test_a_run_leaves_codes_scores_and_views_and_says_it_is_done(tmp_path):
    (run,) = digits(tmp_path, "pca")
    execute(run)
    folder = RunFolder(run.folder)
    assert folder.is_complete
    assert folder.read_scores()["mig"].status == "ok"
    assert "reconstructions" in folder.view_names()
    assert folder.read_representation().factor_names == ("digit",)
    assert folder.read_provenance()["seeds"] == {"run": 0}


def test_data_without_factors_are_scored_by_what_needs_none(tmp_path):
    options = {"n": 200, "size": 6}
    run = Run(
        folder=tmp_path / "pca",
        learner="pca",
        dataset="photo_patches",
        dataset_options=options,
        scores=("hoyer", "mig"),
    )
    execute(run)
    folder = RunFolder(run.folder)
    assert folder.is_complete
    assert folder.read_representation().factors is None
    assert {name: score.status for name, score in folder.read_scores().items()} == {
        "hoyer": "ok",
        "mig": "skipped",
    }
    assert "atoms" in folder.view_names()


def test_very_many_codes_are_scored_without_intervals(tmp_path, monkeypatch):
    (run,) = digits(tmp_path, "pca")
    monkeypatch.setattr(sys.modules[execute.__module__], "_MOST_CODES", 3)
    execute(run)
    score = RunFolder(run.folder).read_scores()["mig"]
    assert score.status == "ok"
    assert score.low is None


def test_factors_that_are_no_whole_numbers_stay_as_they_are(tmp_path):
    rng = np.random.default_rng(0)
    heights = rng.normal(size=(60, 1))
    np.savez(tmp_path / "mine.npz", x=heights @ np.ones((1, 4)), factors=heights)
    run = Run(
        folder=tmp_path / "pca",
        learner="pca",
        dataset=str(tmp_path / "mine.npz"),
        params={"n_codes": 1},
        scores=("sap_continuous",),
    )
    execute(run)
    kept = RunFolder(run.folder).read_representation()
    assert set(kept.factors.ravel()) <= set(heights.ravel())


def test_a_finished_run_is_not_run_again(tmp_path):
    (run,) = digits(tmp_path, "pca")
    execute(run)
    before = stamps(tmp_path)
    execute(run)
    assert stamps(tmp_path) == before


def test_a_score_that_is_added_later_is_computed_from_the_codes_that_are_there(tmp_path):
    (run,) = digits(tmp_path, "pca")
    execute(run)
    before = stamps(tmp_path)
    (more,) = digits(tmp_path, "pca", scores=("mig", "sap"))
    execute(more)
    after = stamps(tmp_path)
    assert list(RunFolder(run.folder).read_scores()) == ["mig", "sap"]
    codes = run.folder.relative_to(tmp_path) / "codes.npz"
    assert after[codes] == before[codes]


def test_a_folder_of_other_settings_is_left_as_it_is(tmp_path):
    (run,) = digits(tmp_path, "pca")
    execute(run)
    before = stamps(tmp_path)
    (other,) = digits(tmp_path, "pca", settings={"n_codes": 3})
    with pytest.raises(InputError, match=r"another n_codes: got 3; allowed: the default"):
        execute_all([other])
    assert stamps(tmp_path) == before


def test_a_run_with_a_setting_for_each_layer_is_taken_up(tmp_path):
    settings = {"n_codes": (3, 2), "n_hidden": 8, "n_steps": 5}
    for scores in (("mig",), ("mig", "sap")):
        (run,) = digits(tmp_path, "deep_vae", settings=settings, scores=scores)
        execute(run)
    assert list(RunFolder(run.folder).read_scores()) == ["mig", "sap"]


def test_data_that_changed_behind_the_same_name_are_refused(tmp_path):
    def write(shift):
        x = np.random.default_rng(0).normal(size=(90, 4)) + shift
        np.savez(tmp_path / "mine.npz", x=x, factors=np.arange(90)[:, None] % 3)

    write(0.0)
    run = Run(folder=tmp_path / "pca", learner="pca", dataset=str(tmp_path / "mine.npz"),
              scores=("mig",), params={"n_codes": 2})  # fmt: skip
    execute(run)
    write(1.0)
    before = stamps(tmp_path)
    (outcome,) = execute_all([run])
    assert outcome.exit_code == 2
    assert "other data of the same name" in outcome.error
    assert stamps(tmp_path) == before


def test_a_finished_run_that_is_taken_up_again_is_unfinished_until_its_end(tmp_path):
    (run,) = digits(tmp_path, "pca")
    execute(run)
    (more,) = digits(tmp_path, "pca", scores=("mig", "sap"))

    def stop_at_intervals(word):
        if word.task == "measuring intervals":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(more, progress=stop_at_intervals)
    assert RunFolder(run.folder).state == "incomplete"
    execute(more)
    assert RunFolder(run.folder).read_scores()["sap"].low is not None
    assert RunFolder(run.folder).damage() == []


def test_the_same_seed_gives_the_same_codes_in_another_folder_and_process(tmp_path):
    execute(digits(tmp_path / "a", "pca")[0])
    execute_all(digits(tmp_path / "b", "pca"))
    first, second = (np.load(tmp_path / side / "pca/codes.npz") for side in "ab")
    assert first.files == second.files
    assert all(np.array_equal(first[key], second[key]) for key in first.files)


def test_a_run_that_fails_says_why_and_stops_no_other(tmp_path):
    good = digits(tmp_path, "random_projection")
    bad = Run(
        folder=tmp_path / "bad",
        learner="pca",
        dataset="digits",
        scores=("mig",),
        params={"n_codes": 1000},
    )
    outcomes = execute_all([bad, *good])
    assert [outcome.exit_code for outcome in outcomes] == [2, 0]
    assert "1000" in outcomes[0].error
    assert RunFolder(bad.folder).state == "failed"
    assert RunFolder(good[0].folder).is_complete


def test_a_worker_that_is_killed_is_a_failed_run(tmp_path):
    def kill():
        while not (workers := multiprocessing.active_children()):
            time.sleep(0.01)
        os.kill(workers[0].pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    (outcome,) = execute_all(digits(tmp_path, "pca"))
    killer.join()
    assert outcome.exit_code == 1
    assert "signal 9" in outcome.error
    assert not RunFolder(tmp_path / "pca").is_complete


# A process that a shell started in the background ignores Ctrl-C, and so do its children.
LISTENING = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from unbraid.cli import main; main()"
)


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to a process group")
def test_a_run_that_is_interrupted_continues_to_the_same_codes(tmp_path):
    def command(out):
        words = "run --dataset digits --learners vae --steps 600 --scores mig --out"
        return [sys.executable, "-c", LISTENING, *words.split(), str(out)]

    stopped = subprocess.Popen(
        command(tmp_path / "a"), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    log = tmp_path / "a/vae/train.jsonl"
    while not log.exists() and stopped.poll() is None:
        time.sleep(0.01)
    os.killpg(stopped.pid, signal.SIGINT)
    _, said = stopped.communicate(timeout=120)
    assert stopped.returncode == 130, said
    assert "continues" in said.splitlines()[-1]
    assert not (tmp_path / "a/vae/done.json").exists()
    subprocess.run(command(tmp_path / "a"), check=True, capture_output=True)
    subprocess.run(command(tmp_path / "b"), check=True, capture_output=True)
    first, second = (np.load(tmp_path / side / "vae/codes.npz")["codes"] for side in "ab")
    assert np.array_equal(first, second)
    steps = [json.loads(line)["step"] for line in log.read_text().splitlines()]
    assert steps == sorted(set(steps))
    assert (tmp_path / "a/report.html").exists()
