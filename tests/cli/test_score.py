"""``unbraid score``: what it prints, and what it says of bad files."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from unbraid.cli._app import run_app


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    factors = rng.integers(4, size=(300, 3))
    path = tmp_path / "codes.npz"
    np.savez(path, codes=factors + 0.01 * rng.normal(size=factors.shape), factors=factors)
    return path


def run(capsys, *arguments):
    code = run_app([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(capsys, *arguments):
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1, err
    return err


def test_json_is_the_only_thing_on_stdout(table, capsys):
    code, out, _ = run(capsys, "score", table, "--scores", "mig,sap", "--json")
    assert code == 0
    document = json.loads(out)
    assert list(document["scores"]) == ["mig", "sap"]
    assert document["input"]["factor_sizes"] == [4, 4, 4]
    assert document["scores"]["mig"]["value"] > 0.9
    assert set(document["scores"]["mig"]) == {
        *("value", "low", "high", "floor", "ceiling", "calibrated", "p_value"),
        *("unit", "better", "status", "reason", "seconds"),
    }


def test_calibrating_puts_a_value_between_floor_and_ceiling_with_its_interval(table, capsys):
    code, out, _ = run(capsys, "score", table, "--scores", "mig", "--calibrate", "--json")
    mig = json.loads(out)["scores"]["mig"]
    assert code == 0
    assert mig["floor"] < 0.1 < mig["low"] <= mig["value"] <= mig["high"]
    assert mig["calibrated"] == pytest.approx(1, abs=0.05)
    shown = run(capsys, "score", table, "--scores", "mig", "--calibrate")[1]
    assert "95% interval" in shown


def test_that_it_compiles_is_said_the_first_time(table, tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "unbraid", "score", table, "--scores", "factor_vae_score"]
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    assert first.stderr.count("compiling") == 1
    assert second.stderr.count("compiling") == 0
    assert first.stdout == second.stdout


def test_a_narrow_terminal_cuts_nothing_off(table, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    scores = "gaussian_total_correlation,probe_lr_10000"
    lines = run(capsys, "score", table, "--scores", scores, "--calibrate")[1].splitlines()
    assert lines[0].split()[-4:] == ["floor", "ceiling", "calibrated", "p"]
    assert [line.split()[0] for line in lines[1:3]] == scores.split(",")
    assert lines[3].startswith("probe_lr_10000: undefined: it cannot learn from 10000 samples")


def test_the_same_seed_prints_the_same_values(table, capsys):
    def values():
        out = run(capsys, "score", table, "--scores", "sap,factor_vae_score", "--json")[1]
        return [each["value"] for each in json.loads(out)["scores"].values()]

    assert values() == values()


def test_the_table_names_every_score(table, capsys):
    code, out, _ = run(capsys, "score", table, "--scores", "mig,modularity")
    assert code == 0
    assert "mig" in out
    assert "modularity" in out


def test_factors_may_be_in_another_file(table, tmp_path, capsys):
    with np.load(table) as arrays:
        np.save(tmp_path / "codes.npy", arrays["codes"])
        np.save(tmp_path / "factors.npy", arrays["factors"])
    arguments = (tmp_path / "codes.npy", "--factors", tmp_path / "factors.npy")
    apart = run(capsys, "score", *arguments, "--scores", "mig", "--json")[1]
    together = run(capsys, "score", table, "--scores", "mig", "--json")[1]
    first, second = (json.loads(out)["scores"]["mig"]["value"] for out in (apart, together))
    assert first == second


def test_held_out_rows_in_the_file_are_used(table, tmp_path, capsys):
    with np.load(table) as arrays:
        codes, factors = arrays["codes"], arrays["factors"]
    path = tmp_path / "split.npz"
    test = {"codes_test": codes[200:], "factors_test": factors[200:]}
    np.savez(path, codes=codes[:200], factors=factors[:200], **test)
    out = run(capsys, "score", path, "--scores", "sap", "--json")[1]
    assert json.loads(out)["input"]["samples_test"] == 100


def test_a_missing_file_is_refused(tmp_path, capsys):
    assert "cannot read" in refused(capsys, "score", tmp_path / "none.npz")


def test_a_missing_key_is_refused(tmp_path, capsys):
    np.savez(tmp_path / "a.npz", z=np.zeros((4, 2)), factors=np.zeros((4, 1), dtype=int))
    assert "no key 'codes'" in refused(capsys, "score", tmp_path / "a.npz")


def test_missing_factors_are_asked_for(tmp_path, capsys):
    np.save(tmp_path / "a.npy", np.zeros((4, 2)))
    assert "--factors" in refused(capsys, "score", tmp_path / "a.npy")
    np.savez(tmp_path / "a.npz", codes=np.zeros((4, 2)))
    assert "got nothing but the codes" in refused(capsys, "score", tmp_path / "a.npz")


def test_wrong_lengths_are_refused(tmp_path, capsys):
    np.savez(tmp_path / "a.npz", codes=np.zeros((5, 2)), factors=np.zeros((4, 1), dtype=int))
    assert "5 codes and 4 factors" in refused(capsys, "score", tmp_path / "a.npz")


def test_nan_codes_are_refused_and_located(tmp_path, capsys):
    codes = np.zeros((5, 2))
    codes[3, 1] = np.nan
    np.savez(tmp_path / "a.npz", codes=codes, factors=np.zeros((5, 1), dtype=int))
    assert "row 3" in refused(capsys, "score", tmp_path / "a.npz")


def test_text_factors_are_refused_with_a_way_out(tmp_path, capsys):
    np.savez(tmp_path / "a.npz", codes=np.zeros((2, 2)), factors=np.array([["a"], ["b"]]))
    assert "numpy.unique" in refused(capsys, "score", tmp_path / "a.npz")


def test_an_empty_file_is_refused(tmp_path, capsys):
    (tmp_path / "a.npz").touch()
    assert "is empty" in refused(capsys, "score", tmp_path / "a.npz")


def test_a_truncated_file_is_refused(table, capsys):
    table.write_bytes(table.read_bytes()[:-200])
    assert "truncated" in refused(capsys, "score", table)


def test_a_pickle_is_never_loaded(tmp_path, capsys):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").touch, ())

    trap = np.array([Trap(), None], dtype=object)
    np.savez(tmp_path / "a.npz", codes=trap, factors=np.zeros((2, 1), dtype=int))
    assert "pickle" in refused(capsys, "score", tmp_path / "a.npz")
    assert not (tmp_path / "sprung").exists()


def test_another_kind_of_file_is_refused(tmp_path, capsys):
    (tmp_path / "a.npz").write_text("codes,factors\n1,2\n")
    assert "neither npz nor npy" in refused(capsys, "score", tmp_path / "a.npz")


def test_an_unknown_score_suggests_the_nearest(table, capsys):
    assert "try 'mig'" in refused(capsys, "score", table, "--scores", "mgi")


def test_an_unknown_option_is_one_line(table, capsys):
    assert "--sede" in refused(capsys, "score", table, "--sede", "1")


def test_no_arguments_show_the_help(capsys):
    code, out, _ = run(capsys)
    assert code == 0
    assert "score" in out


def test_scores_of_codes_alone_ask_for_no_factors(tmp_path, capsys):
    path = tmp_path / "codes.npz"
    np.savez(path, codes=np.random.default_rng(0).normal(size=(50, 3)))
    code, out, err = run(capsys, "score", path, "--scores", "codes", "--json")
    assert code == 0
    assert "no factors are needed" in err
    assert all(each["status"] == "ok" for each in json.loads(out)["scores"].values())
    assert "factors" in refused(capsys, "score", path, "--scores", "codes,mig")
