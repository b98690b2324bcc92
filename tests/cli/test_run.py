"""``unbraid run`` and ``unbraid fit``: train, score, report, and say what a user should know."""

import json

import numpy as np
import pytest

from unbraid.cli._app import run_app


@pytest.fixture
def blobs(tmp_path):
    factors = np.arange(240).reshape(-1, 1) % np.array([[2, 3]])
    noise = np.random.default_rng(0).normal(size=(240, 2))
    np.savez(tmp_path / "blobs.npz", x=factors + 0.1 * noise, factors=factors)
    return tmp_path / "blobs.npz"


def run(*arguments):
    return run_app(["run", "--jobs", "1", "--scores", "mig", *map(str, arguments)])


def test_one_command_trains_scores_and_writes_the_report(blobs, tmp_path, capsys):
    out = tmp_path / "out"
    assert run("--dataset", blobs, "--learners", "pca,ica", "--out", out, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["scores"].keys() == {"pca", "ica"}
    assert (out / "report.html").read_text().startswith("<!doctype html>")


def test_more_seeds_are_added_to_what_is_there(blobs, tmp_path, capsys):
    out = tmp_path / "out"
    arguments = ("--dataset", blobs, "--learners", "pca", "--out", out)
    assert run(*arguments) == 0
    first = (out / "pca" / "codes.npz").stat().st_mtime_ns
    assert run(*arguments, "--seeds", 2) == 0
    assert (out / "pca" / "codes.npz").stat().st_mtime_ns == first
    assert "pca (2)" in capsys.readouterr().out


@pytest.mark.parametrize("beta", ["1", "1000"])
def test_a_model_that_uses_no_code_is_named(blobs, tmp_path, capsys, beta):
    settings = ["--set", f"beta={beta}", "--set", "n_steps=600", "--set", "noise_variance=0.02"]
    out = str(tmp_path / "model")
    assert run_app(["fit", "beta_vae", "--dataset", str(blobs), "--out", out, *settings]) == 0
    assert ("no code is active after 600 steps" in capsys.readouterr().err) == (beta == "1000")


def test_a_learner_that_is_not_there_is_bad_input(blobs, tmp_path, capsys):
    assert run("--dataset", blobs, "--learners", "pcaa", "--out", tmp_path / "out") == 2
    assert "unknown learner: got 'pcaa'" in capsys.readouterr().err
