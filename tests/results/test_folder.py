import json

import numpy as np
import pytest

from unbraid.core.errors import StoreError
from unbraid.core.values import Representation, Score, View
from unbraid.results import RunFolder


@pytest.fixture
def run(tmp_path):
    return RunFolder(tmp_path / "a run with spaces")


def score(name="mig", value=0.5, **rest):
    return Score(name=name, value=value, unit="fraction", better="higher", **rest)


def test_a_representation_comes_back_as_it_was_written(run):
    codes = np.random.default_rng(0).normal(size=(5, 2))
    run.write_representation(
        Representation(
            codes=codes,
            factors=np.arange(10).reshape(5, 2),
            factor_names=("größe", "x"),
            factor_kinds=("ordinal", "periodic"),
        )
    )
    back = run.read_representation()
    np.testing.assert_array_equal(back.codes, codes)
    assert back.factors.dtype == np.int64
    assert back.factor_names == ("größe", "x")
    assert back.factor_kinds == ("ordinal", "periodic")
    assert back.codes_test is None


def test_codes_can_be_read_by_numpy_without_pickle(run):
    run.write_representation(Representation(codes=np.ones((2, 1)), factor_names=("x",)))
    with np.load(run.codes_file, allow_pickle=False) as held:
        assert {key: held[key].dtype.kind for key in held} == {"codes": "f", "factor_names": "U"}


def test_scores_come_back_in_their_order_with_their_parts(run):
    matrix = np.eye(3)
    given = {
        "sap": score("sap", None, status="undefined", reason="one code"),
        "mig": score("mig", 0.25, low=0.2, high=0.3, parts={"mutual_information": matrix}),
    }
    run.write_scores(given)
    back = run.read_scores()
    assert list(back) == ["sap", "mig"]
    assert all(back[name].summary() == given[name].summary() for name in given)
    np.testing.assert_array_equal(run.read_parts("mig")["mutual_information"], matrix)
    assert run.read_parts("sap") == {}


@pytest.mark.parametrize("names", [np.array(["a", "β"]), np.array(["a", "β"], dtype=object)])
def test_a_view_comes_back_as_it_was_written(run, names):
    view = View(
        name="eye",
        title="Eye <b>",
        caption="Zeile",
        kind="heatmap",
        arrays={"matrix": np.eye(2), "row_names": names},
    )
    run.write_view(view)
    back = run.read_view("eye")
    assert (back.name, back.title, back.caption, back.kind) == (
        "eye",
        "Eye <b>",
        "Zeile",
        "heatmap",
    )
    np.testing.assert_array_equal(back.arrays["matrix"], np.eye(2))
    assert back.arrays["row_names"].tolist() == ["a", "β"]
    assert run.view_names() == ("eye",)


def test_a_run_is_complete_only_when_it_is_finished(run):
    assert not run.exists
    assert run.state == "incomplete"
    run.write_failure(ValueError("first try"))
    assert run.state == "failed"
    assert run.read_failure() == "ValueError: first try"
    run.finish()
    assert run.state == "complete"
    assert run.read_failure() is None


def test_a_file_that_shrank_or_vanished_after_the_end_is_named(run):
    run.write_scores({"mig": score()})
    run.write_config({"seed": 0})
    run.finish()
    assert run.damage() == []
    run.scores_file.write_text("{}")
    run.config_file.unlink()
    first, second = sorted(run.damage())
    assert "config.json is missing" in first
    assert "scores.json has 2 bytes" in second


def test_the_training_log_is_read_up_to_a_half_written_line(run):
    run.path.mkdir()
    run.train_file.write_text('{"step": 1}\n\n{"step": 2}\n{"step": 3, "lo')
    assert [record["step"] for record in run.read_train()] == [1, 2]
    run.train_file.write_text('{"step": 1}\n{"step": 2}')
    assert [record["step"] for record in run.read_train()] == [1, 2]


def test_a_broken_line_in_the_middle_of_the_training_log_is_an_error(run):
    run.path.mkdir()
    run.train_file.write_text('{"step": 1}\nnonsense\n{"step": 3}\n')
    with pytest.raises(StoreError, match=r"line 2 of .*train\.jsonl is not JSON"):
        run.read_train()


def test_a_run_without_a_training_log_has_an_empty_one(run):
    assert run.read_train() == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"sco', "is not JSON"),
        ("[]", "must hold a JSON object: got list"),
        ("{}", "holds no scores"),
        ('{"scores": {"mig": 3}}', "holds no score under 'mig'"),
        ('{"scores": {"mig": {"value": "x", "unit": "", "better": "higher"}}}', "is no number"),
        ('{"scores": {"mig": {"value": NaN, "unit": "", "better": "higher"}}}', "is no number"),
        ('{"scores": {"mig": {"value": 1, "unit": "", "better": "up"}}}', "has no direction"),
    ],
)
def test_scores_that_are_none_are_refused_in_one_line(run, text, message):
    run.path.mkdir()
    run.scores_file.write_text(text)
    with pytest.raises(StoreError, match=message) as caught:
        run.read_scores()
    assert "\n" not in str(caught.value)


def test_a_truncated_archive_is_a_store_error(run):
    run.write_representation(Representation(codes=np.zeros((100, 3))))
    run.codes_file.write_bytes(run.codes_file.read_bytes()[:-40])
    with pytest.raises(StoreError, match="truncated or damaged"):
        run.read_representation()


def test_a_view_of_an_unknown_kind_is_refused(run):
    words = {key: np.array("pie") for key in ("name", "title", "caption", "kind")}
    run.view_file("pie").parent.mkdir(parents=True)
    np.savez(run.view_file("pie"), **words)
    with pytest.raises(StoreError, match="unknown kind: got pie; allowed: images, slider"):
        run.read_view("pie")


def test_the_json_of_a_run_is_plain_for_other_tools(run):
    run.write_scores({"mig": score(value=np.float64(0.5), floor=np.float64(0.25))})
    assert json.loads(run.scores_file.read_text())["scores"]["mig"]["floor"] == 0.25
