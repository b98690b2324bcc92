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
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["mean", "over", "seeds", "(range)", "pca", "(2)"] in lines
    assert [line[0] for line in lines if line and line[0] in ("pca", "pca-1")] == ["pca", "pca-1"]


@pytest.mark.parametrize("beta", ["1", "1000"])
def test_a_model_that_uses_no_code_is_named(blobs, tmp_path, capsys, beta):
    settings = ["--set", f"beta={beta}", "--set", "n_steps=600", "--set", "noise_variance=0.02"]
    out = str(tmp_path / "model")
    assert run_app(["fit", "beta_vae", "--dataset", str(blobs), "--out", out, *settings]) == 0
    assert ("no code is active after 600 steps" in capsys.readouterr().err) == (beta == "1000")


def test_a_learner_that_is_not_there_is_bad_input(blobs, tmp_path, capsys):
    assert run("--dataset", blobs, "--learners", "pcaa", "--out", tmp_path / "out") == 2
    assert "unknown learner: got 'pcaa'" in capsys.readouterr().err


def test_scores_without_a_value_say_why_below_the_table(blobs, tmp_path, capsys):
    settings = ["--set", "n_codes=1", "--out", tmp_path / "out"]
    assert run("--dataset", blobs, "--learners", "pca", *settings) == 0
    assert "mig: undefined: one code cannot be ahead of a second" in capsys.readouterr().out


def test_settings_that_were_refused_do_not_bind_the_folder(blobs, tmp_path):
    arguments = ["fit", "beta_vae", "--dataset", str(blobs), "--out", str(tmp_path / "model")]
    assert run_app([*arguments, "--set", "beta=abc"]) == 2
    assert run_app([*arguments, "--set", "beta=2", "--set", "n_steps=5"]) == 0
    assert run_app([*arguments, "--set", "beta=3", "--set", "n_steps=5"]) == 2


def test_what_made_a_run_is_kept_when_scores_are_added(blobs, tmp_path):
    arguments = ["run", "--jobs", "1", "--dataset", str(blobs), "--learners", "pca"]
    for scores in ("mig", "mig,modularity"):
        assert run_app([*arguments, "--out", str(tmp_path / "out"), "--scores", scores]) == 0
    made = json.loads((tmp_path / "out" / "pca" / "provenance.json").read_text())
    assert len(made["before"]) == 1
    assert made["before"][0].keys() <= made.keys()


def test_codes_of_one_of_several_runs_are_asked_for(blobs, tmp_path, capsys):
    out = tmp_path / "out"
    assert run("--dataset", blobs, "--learners", "pca,ica", "--out", out) == 0
    encode = ["encode", str(out), "--dataset", str(blobs), "--out"]
    assert run_app([*encode, str(tmp_path / "codes.npz")]) == 2
    assert "holds several runs: got ica, pca" in capsys.readouterr().err
    assert run_app([*encode, str(tmp_path / "codes.csv")]) == 2
    assert "codes are written as npz" in capsys.readouterr().err
    encode[1] = str(out / "pca")
    assert run_app([*encode, str(tmp_path / "codes.npz")]) == 0


def test_what_is_known_beside_samples_is_learned_from(tmp_path, capsys):
    rng, segment = np.random.default_rng(0), np.arange(60) % 3
    x = rng.normal(size=(60, 4)) * (1 + segment[:, None])
    for name, beside in {"with": segment, "short": segment[:9]}.items():
        np.savez(tmp_path / f"{name}.npz", x=x, y=beside)
        arguments = ["fit", "ivae", "--dataset", str(tmp_path / f"{name}.npz")]
        settings = ["--set", "n_steps=5", "--out", str(tmp_path / name)]
        assert run_app(arguments + settings) == (2 if name == "short" else 0)
    said = " ".join(capsys.readouterr().err.split())
    assert "must have one row per sample: got shape (9,) for 60" in said
