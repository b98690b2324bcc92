"""``unbraid labels``: how many labels codes need, on the command line."""

import json

import numpy as np
import pytest

from unbraid.cli._app import run_app

QUICK = ("--sizes", "10,40", "--repeats", "2")


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    patients = rng.integers(12, size=120)
    cases = rng.integers(2, size=120)
    path = tmp_path / "codes.csv"
    lines = [
        f"{case + 0.1 * rng.normal():.4f},{rng.normal():.4f},{('well', 'sick')[case]},p{who},{day}"
        for day, (case, who) in enumerate(zip(cases, patients, strict=True))
    ]
    path.write_text("\n".join(["z0,z1,state,patient,day", *lines]) + "\n")
    return path


def run(capsys, *arguments):
    code = run_app(["labels", *(str(argument) for argument in arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_curves_are_printed_with_what_is_needed(table, capsys):
    code, out, err = run(capsys, table, "--factors", "state", *QUICK)
    assert code == 0
    assert "state (accuracy)" in out
    assert "state: 0.9 accuracy needs 10 labels" in out
    assert "z0, z1" in err


def test_json_is_the_only_thing_on_stdout(table, capsys):
    code, out, _ = run(capsys, table, "--factors", "patient", *QUICK, "--json")
    curve = json.loads(out)["curves"]["patient"]
    assert code == 0
    assert curve["sizes"] == [10, 40]
    assert curve["needed"]["value"] is None


@pytest.mark.parametrize("blocks", [("--groups", "patient"), ("--times", "day", "--gap", "3")])
def test_groups_and_times_are_columns_that_are_no_factors(table, capsys, blocks):
    code, out, _ = run(capsys, table, *QUICK, *blocks, "--json")
    assert code == 0
    assert blocks[1] not in json.loads(out)["curves"]


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ((), "120 samples (40 held out, seed 0)"),
        (("--groups", "patient"), "120 samples (4 of 12 groups held out, 46 samples, seed 0)"),
        (("--times", "day"), "120 samples (the latest 40 held out)"),
        (
            ("--times", "day", "--gap", "3"),
            "120 samples (the latest 40 held out, 2 before them left out)",
        ),
    ],
)
def test_it_is_said_what_is_held_out(table, capsys, blocks, words):
    *_, err = run(capsys, table, "--factors", "state", *QUICK, *blocks)
    assert words in err


def test_it_is_said_how_many_of_the_held_out_are_judged(tmp_path, capsys):
    factors = np.arange(5040) % 2
    more = {"codes_test": factors * 1.0, "factors_test": factors}
    np.savez(tmp_path / "a.npz", codes=factors[:40] * 1.0, factors=factors[:40], **more)
    *_, err = run(capsys, tmp_path / "a.npz", "--sizes", "10", "--repeats", "2")
    assert "40 samples (5040 held out, 5000 of them judged)" in err


def test_times_may_be_dates_and_a_gap_is_of_days(table, tmp_path, capsys):
    lines = table.read_text().splitlines()
    first = np.datetime64("2024-02-01")
    dated = tmp_path / "dated.csv"
    rows = (line.rpartition(",") for line in lines[1:])
    dated.write_text(
        "\n".join([lines[0], *(f"{rest},{first + int(day)}" for rest, _, day in rows)]) + "\n"
    )
    options = ("--factors", "state", *QUICK, "--times", "day", "--gap", "3", "--json")
    curves = [json.loads(run(capsys, path, *options)[1])["curves"] for path in (table, dated)]
    assert curves[0] == curves[1]


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (("--sizes", "ten"), "must be whole"),
        (("--sizes", "10,1000"), "not so many rows"),
        (("--reach", "-1"), "the accuracy to reach must be above 0: got -1"),
        (("--groups", "patent"), "try 'patient'"),
        (
            ("--times", "patient"),
            "must be numbers or dates: got 'p10'; allowed: such as 7.5, 2024",
        ),
        (("--groups", "patient", "--times", "day"), "both groups and times"),
    ],
)
def test_what_cannot_be_measured_is_refused(table, capsys, extra, words):
    code, out, err = run(capsys, table, "--factors", "state", *extra)
    assert (code, out) == (2, "")
    assert words in err.splitlines()[-1]


@pytest.mark.filterwarnings("default")
def test_a_constant_factor_is_left_out_and_said(tmp_path, capsys):
    factors = np.stack([np.arange(90) % 2, np.ones(90, dtype=int)], axis=1)
    np.savez(tmp_path / "a.npz", codes=factors * 1.0, factors=factors)
    code, out, err = run(capsys, tmp_path / "a.npz", "--sizes", "10", "--repeats", "2")
    assert code == 0
    assert "1 is constant and left out" in err
    assert "1: 0.9" not in out


def test_needed_labels_are_no_more_certain_than_the_curve_that_says_them(table, capsys):
    more = ("--factors", "state", "--groups", "patient", "--sizes", "10,40", "--repeats", "2")
    curve = json.loads(run(capsys, table, *more, "--json")[1])["curves"]["state"]
    unsure = curve["low"][-1] < curve["reach"]
    assert unsure == (curve["needed"]["high"] is None)
