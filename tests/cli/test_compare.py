"""``unbraid compare``: what it prints, and what it says of bad files."""

import json

import numpy as np
import pytest

from unbraid.cli._app import run_app
from unbraid.cli.compare import _names


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    factors = rng.integers(4, size=(400, 2))
    codes = {
        "clean": factors + 0.01 * rng.normal(size=factors.shape),
        "mixed": factors @ [[1.0, 1.0], [1.0, -1.0]],
    }
    for name, each in codes.items():
        np.savez(tmp_path / f"{name}.npz", codes=each, factors=factors)
    return [tmp_path / f"{name}.npz" for name in codes]


def run(capsys, *arguments):
    code = run_app(["compare", *(str(argument) for argument in arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_better_codes_are_named_with_interval_and_chance(files, capsys):
    code, out, _ = run(capsys, *files, "--scores", "mig")
    assert code == 0
    assert "clean > mixed on mig by" in out
    assert "Holm p" in out
    assert "rank 1)" in out


def test_json_is_the_only_thing_on_stdout(files, capsys):
    code, out, _ = run(capsys, *files, "--scores", "mig,modularity", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["ranks"]["mig"] == {"clean": [1, 1], "mixed": [2, 2]}
    assert found["values"]["mig"].keys() == found["shuffled"]["mig"].keys() == {"clean", "mixed"}


def test_what_shuffled_codes_have_stands_below_the_score(files, capsys):
    out = run(capsys, *files, "--scores", "mig,hoyer", "--controls", "mixed")[1]
    heading, mig, shuffled, hoyer, *rest = (line.split() for line in out.splitlines())
    assert heading == ["score", "clean", "mixed", "better"]
    assert mig[0], mig[-1] == ("mig", "higher")
    assert (shuffled[0], len(shuffled)) == ("shuffled", 2)
    assert float(shuffled[1]) < 0.1
    assert hoyer[0] == "hoyer"
    assert "shuffled" not in {line[0] for line in rest if line}


def test_whether_rows_are_the_same_is_said(files, tmp_path, capsys):
    with np.load(files[1]) as arrays:
        np.savez(tmp_path / "turned.npz", **{key: each[::-1] for key, each in arrays.items()})
    out = run(capsys, *files, "--scores", "hoyer")[1]
    assert "all are compared on the same rows" in out
    turned = (*files, tmp_path / "turned.npz", "--scores", "hoyer")
    _, out, err = run(capsys, *turned)
    assert "compared on the same rows: clean, mixed\n" in out
    why = "turned has the factors of clean with its rows in another order"
    assert f"taken for independent where rows differ: {why}\n" in out
    assert "sort all files alike, or name a column" in err
    found = json.loads(run(capsys, *turned, "--json")[1])
    assert found["same_rows"] == [["clean", "mixed"], ["turned"]]
    assert found["apart"] == [why]


def test_an_id_pairs_rows_in_another_order_and_those_that_lack_a_factor(tmp_path, capsys):
    rng = np.random.default_rng(0)
    sides = rng.integers(3, size=60)
    rows = [f"s{k},{v + 0.1 * rng.normal()},{rng.normal()},{v}" for k, v in enumerate(sides)]
    gone = [rows[0].rpartition(",")[0] + ",", *rows[1:]]
    for name, lines in (("a", rows), ("b", rows[::-1]), ("c", gone)):
        (tmp_path / f"{name}.csv").write_text("\n".join(["id,z0,z1,side", *lines]))
    paths = [tmp_path / f"{name}.csv" for name in "abc"]
    options = ("--scores", "hoyer", "--json")
    _, out, err = run(capsys, *paths, *options)
    assert json.loads(out)["same_rows"] == [["a"], ["b"], ["c"]]
    assert "with --id NAME" in err
    _, out, err = run(capsys, *paths, *options, "--id", "id")
    found = json.loads(out)
    assert found["same_rows"] == [["a", "b", "c"]]
    assert found["values"]["hoyer"]["a"] == found["values"]["hoyer"]["c"]
    assert "joined on ids: 59 rows of 60 in a and 60 in b and 59 in c" in err


def test_the_id_of_a_file_of_factors_joins_each_with_that(tmp_path, capsys):
    rng = np.random.default_rng(0)
    sides = rng.integers(3, size=60)
    rows = [f"s{k},{v + 0.1 * rng.normal()},{rng.normal()}" for k, v in enumerate(sides)]
    for name, lines in (("a", rows), ("b", rows)):
        (tmp_path / f"{name}.csv").write_text("\n".join(["id,z0,z1", *lines]))
    labels = [f"s{k},{v}" for k, v in enumerate(sides)]
    (tmp_path / "labels.csv").write_text("\n".join(["id,side", *labels[::-1]]))
    options = ("--factors", tmp_path / "labels.csv", "--id", "id", "--scores", "hoyer")
    code, out, _ = run(capsys, tmp_path / "a.csv", tmp_path / "b.csv", *options)
    assert code == 0
    assert "all are compared on the same rows" in out


def test_a_named_control_is_ranked_no_more(files, capsys):
    code, out, _ = run(capsys, *files, "--scores", "mig", "--controls", "mixed", "--json")
    assert code == 0
    assert json.loads(out)["ranks"]["mig"] == {"clean": [1, 1]}


def test_files_of_one_name_go_by_their_folders(files, tmp_path, capsys):
    other = tmp_path / "other" / "clean.npz"
    other.parent.mkdir()
    other.write_bytes(files[1].read_bytes())
    out = run(capsys, files[0], other, "--scores", "mig", "--json")[1]
    assert "other/clean" in json.loads(out)["values"]["mig"]


def test_files_go_by_as_much_of_their_paths_as_tells_them_apart(tmp_path):
    def names(*given):
        return _names([tmp_path / path for path in given])

    folders = ("clean.npz", "d1/x/codes.npz", "d2/x/codes.npz")
    assert names(*folders) == ["clean", "d1/x/codes", "d2/x/codes"]
    assert names("x/pair.npz", "x/pair.csv", "y/pair.csv") == [
        "pair.npz",
        "x/pair.csv",
        "y/pair.csv",
    ]


def test_a_file_is_the_same_by_any_path(files, tmp_path, capsys):
    link = tmp_path / "link.npz"
    link.symlink_to(files[0])
    for other in (files[0], tmp_path / "none" / ".." / "clean.npz", link):
        code, _, err = run(capsys, files[0], other, "--scores", "hoyer")
        assert code == 2
        assert "the same file is given twice" in err


def test_a_control_is_named_by_its_name_its_file_or_its_path(files, tmp_path, capsys):
    far = tmp_path / "far" / "mixed.npz"
    far.parent.mkdir()
    far.write_bytes(files[1].read_bytes())
    for word, shown, given in [
        ("mixed", "mixed", files),
        ("mixed.npz", "mixed", files),
        (far, "far/mixed", [*files, far]),
    ]:
        out = run(capsys, *given, "--scores", "hoyer", "--controls", word, "--json")[1]
        found = json.loads(out)
        assert found["values"]["hoyer"].keys() - found["ranks"]["hoyer"].keys() == {shown}
    code, _, err = run(capsys, *files, far, "--scores", "hoyer", "--controls", "mixed.npz")
    assert code == 2
    assert "unknown control: got mixed.npz" in err


@pytest.mark.parametrize(
    ("extra", "words"),
    [((), "too few representations"), (("--controls", "none"), "unknown control")],
)
def test_what_cannot_be_compared_is_refused(files, capsys, extra, words):
    chosen = files if extra else files[:1]
    code, out, err = run(capsys, *chosen, "--scores", "mig", *extra)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_the_raw_input_gives_controls_beside_one_contender(files, tmp_path, capsys):
    with np.load(files[1]) as arrays:
        samples = np.hstack([arrays["codes"]] * 80)
    np.save(tmp_path / "x.npy", samples)
    code, out, err = run(
        capsys, files[1], "--scores", "mig", "--input", tmp_path / "x.npy", "--json"
    )
    found = json.loads(out)
    assert code == 0
    assert found["values"]["mig"].keys() == {"mixed", "pca", "random_projection"}
    assert found["shuffled"]["mig"].keys() == {"mixed"}
    assert found["ranks"]["mig"] == {"mixed": [1, 1]}
    assert "raw input of 160 features is no control" in err
    assert "mixed does not beat pca on mig" in found["warnings"]


def test_columns_are_chosen_in_every_file(tmp_path, capsys):
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        rows = [f"{v + 0.1 * rng.normal()},{rng.normal()},{v}" for v in rng.integers(3, size=200)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["z0,z1,side", *rows]))
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    code, out, _ = run(capsys, *paths, "--factors", "side", "--scores", "mig", "--json")
    assert code == 0
    assert json.loads(out)["values"]["mig"]["a"] > 0.8


def test_other_factors_are_another_question(files, tmp_path, capsys):
    factors = np.random.default_rng(1).integers(4, size=(400, 2))
    for name, names in (("one", ["shape", "scale"]), ("other", ["age", "sex"])):
        arrays = {"codes": factors * 1.0, "factors": factors, "factor_names": np.array(names)}
        np.savez(tmp_path / f"{name}.npz", **arrays)
    code, out, err = run(capsys, tmp_path / "one.npz", tmp_path / "other.npz", "--scores", "mig")
    assert (code, out) == (2, "")
    assert "other and one are not about the same factors: got age, sex and scale, shape" in err
    np.savez(tmp_path / "single.npz", codes=factors * 1.0, factors=factors[:, 0])
    assert run(capsys, files[0], tmp_path / "single.npz", "--scores", "mig")[0] == 2
