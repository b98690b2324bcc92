"""Degenerate input on the command line: each has its documented outcome, and none a traceback."""

import json

import numpy as np
import pytest

from unbraid.cli._app import run_app

N = 120


def given():
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(size, size=N) for size in (2, 3)], axis=1)
    return factors @ [[1.0, 0.3, 0.0], [0.0, 1.0, 0.2]] + 0.2 * rng.normal(size=(N, 3)), factors


def with_test(codes, factors, train, test):
    return {
        "codes": codes[:80][train],
        "factors": factors[:80][train],
        "codes_test": codes[80:][test],
        "factors_test": factors[80:][test],
    }


def plain(codes, factors):
    return {"codes": codes, "factors": factors}


# What becomes of MIG, of explicitness and of DCI's informativeness: a value, or why there is none.
SCORED = {
    "one code": (
        lambda c, f: plain(c[:, 0], f),
        {"mig": "one code cannot be ahead", "explicitness": None},
    ),
    "one factor": (lambda c, f: plain(c, f[:, 0]), {"mig": None, "modularity": "one factor"}),
    "a constant code": (lambda c, f: plain(c * [1, 0, 1], f), {"mig": None, "modularity": None}),
    "constant codes": (lambda c, f: plain(c * 0, f), {"mig": 0.0, "explicitness": 0.5}),
    "a constant factor": (lambda c, f: plain(c, f * [0, 1]), {"mig": None, "explicitness": None}),
    "constant factors": (
        lambda c, f: plain(c, f * 0),
        {"mig": "every factor is constant", "dci_informativeness": "every factor is constant"},
    ),
    "a value that is not held out": (
        lambda c, f: with_test(c, f, f[:80, 0] >= 0, f[80:, 1] != 2),
        {"dci_informativeness": None, "explicitness": None},
    ),
    "a value that is held out alone": (
        lambda c, f: with_test(c, f, f[:80, 1] != 2, f[80:, 0] >= 0),
        {"dci_informativeness": None, "explicitness": None},
    ),
    "three samples": (
        lambda c, f: plain(c[:3], f[:3]),
        {"mig": None, "explicitness": "no factor has two values"},
    ),
    "the same rows again": (
        lambda c, f: plain(np.tile(c[:4], (30, 1)), np.tile(f[:4], (30, 1))),
        {"mig": None, "dci_informativeness": 1.0},
    ),
    "huge codes": (lambda c, f: plain(c * 1e30, f), {"mig": None, "explicitness": None}),
    "one huge outlier": (
        lambda c, f: plain(np.where(np.arange(N)[:, None] == 5, -1e30, c), f),
        {"mig": None, "explicitness": None},
    ),
    "half precision": (lambda c, f: plain(c.astype(np.float16), f), {"mig": None}),
    "integer codes": (lambda c, f: plain(c.astype(np.int8), f.astype(np.uint8)), {"mig": None}),
    "truth values": (lambda c, f: plain(c > 1, f > 0), {"mig": None, "explicitness": None}),
    "more codes than samples": (
        lambda c, f: plain(np.tile(c, (1, 100)), f),
        {"mig": None, "explicitness": None},
    ),
    "a number per row": (
        lambda c, _: plain(c, np.arange(N)),
        {"dci_informativeness": "distinct values", "mig": "distinct values"},
    ),
}


def run(capsys, path, *extra):
    code = run_app(["score", str(path), *extra])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err


@pytest.mark.parametrize("case", SCORED)
def test_what_can_be_scored_has_values_or_reasons(tmp_path, capsys, case):
    make, expected = SCORED[case]
    np.savez(tmp_path / "codes.npz", **make(*given()))
    code, out, _ = run(capsys, tmp_path / "codes.npz", "--scores", ",".join(expected), "--json")
    assert code == 0
    for name, score in json.loads(out)["scores"].items():
        if isinstance(expected[name], str):
            assert score["status"] == "undefined"
            assert expected[name] in score["reason"]
        else:
            assert 0 <= score["value"] <= 1
            assert expected[name] in (None, pytest.approx(score["value"], abs=1e-9))


REFUSED = {
    "no rows": (lambda c, f: plain(c[:0], f[:0]), "codes are empty"),
    "no codes": (lambda c, f: plain(c[:, :0], f), "codes are empty"),
    "no factors": (lambda c, f: plain(c, f[:, :0]), "factors are empty"),
    "two samples": (lambda c, f: plain(c[:2], f[:2]), "too few samples"),
    "infinite codes": (lambda c, f: plain(c / (c > 0), f), "codes hold NaN or infinity"),
    "codes beyond float32": (lambda c, f: plain(c * 1e39, f), "too large"),
    "complex codes": (lambda c, f: plain(c + 0j, f), "codes must be numbers"),
    "three axes": (lambda c, f: plain(c[None], f), "two axes"),
    "unequal rows": (lambda c, f: plain(c[1:], f), "119 codes and 120 factors"),
}


@pytest.mark.filterwarnings("ignore:(divide|invalid)")
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_scored_is_refused_in_a_line(tmp_path, capsys, case):
    make, words = REFUSED[case]
    np.savez(tmp_path / "codes.npz", **make(*given()))
    code, out, err = run(capsys, tmp_path / "codes.npz", "--scores", "sap")
    assert (code, out) == (2, "")
    assert words in err


def test_what_takes_long_is_said_before(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("unbraid.cli.score._LONG", 1e-6)
    codes, factors = given()
    np.savez(tmp_path / "codes.npz", codes=codes, factors=factors)
    _, _, err = run(capsys, tmp_path / "codes.npz", "--scores", "mig,sap")
    assert "this may take minutes (sap" in err
