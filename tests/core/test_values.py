"""The values that travel."""

import numpy as np
import pytest

from unbraid.core import memo
from unbraid.core.errors import InputError, MissingNeed, RunFailed, StoreError, UnbraidError
from unbraid.core.rng import stream
from unbraid.core.scoring import Measured, Undefined, score, split
from unbraid.core.values import Dataset, Score


def toy(**changes):
    factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    given = {
        "name": "toy",
        "images": factors * 1.0,
        "source": "made up",
        "fingerprint": "0",
        "factors": factors,
        "factor_names": ("side", "size"),
        "factor_kinds": ("categorical", "ordinal"),
        "factor_sizes": (2, 2),
    }
    return Dataset(**given | changes)


def test_fixed_factors_are_held_and_free_ones_vary():
    sample = toy().sample(200, np.random.default_rng(0), fixed={"size": 1})
    assert set(sample.factors[:, 1]) == {1}
    assert set(sample.factors[:, 0]) == {0, 1}
    assert np.array_equal(sample.images, sample.factors)


def test_a_data_set_that_renders_is_asked_for_the_factors_drawn():
    data = toy(render=lambda factors, rng: factors * 10.0)  # noqa: ARG005
    images, factors = data.sample(50, np.random.default_rng(0), fixed={"side": 0})
    assert np.array_equal(images, factors * 10.0)
    assert not factors[:, 0].any()


@pytest.mark.parametrize(
    ("fixed", "words"),
    [({"sise": 1}, "try 'size'"), ({"size": 2}, "0 to 1"), ({"size": 0.5}, "0 to 1")],
)
def test_factors_that_cannot_be_fixed_are_refused(fixed, words):
    with pytest.raises(InputError, match=words):
        toy().sample(3, np.random.default_rng(0), fixed=fixed)


def test_sampling_without_factors_is_refused():
    with pytest.raises(InputError, match="no factors"):
        toy(factors=None).sample(3, np.random.default_rng(0))


def test_a_score_without_a_value_is_no_number():
    undefined = Score(name="mig", value=None, unit="nats", better="higher", status="undefined")
    with pytest.raises(InputError, match="mig has no value"):
        float(undefined)


def test_every_error_of_ours_is_also_of_a_kind_that_python_knows():
    kinds = {InputError: ValueError, MissingNeed: ImportError}
    kinds |= {StoreError: OSError, RunFailed: RuntimeError}
    for ours, kind in kinds.items():
        assert issubclass(ours, UnbraidError)
        assert issubclass(ours, kind)


def test_streams_of_different_names_differ_and_of_the_same_name_agree():
    drawn = {name: stream(3, *name).integers(2**62) for name in [("a",), ("b",), ("a", 1)]}
    assert len(set(drawn.values())) == 3
    assert stream(3, "a", 1).integers(2**62) == drawn["a", 1]


def test_the_split_is_two_to_one_and_loses_no_row():
    codes = np.arange(90.0)[:, None]
    (train, _), (test, _) = split(codes, codes, seed=0)
    assert (len(train), len(test)) == (60, 30)
    assert sorted([*train[:, 0], *test[:, 0]]) == list(codes[:, 0])


def test_an_option_that_a_score_does_not_have_is_refused():
    @score(unit="fraction")
    def share(codes, factors, *, level=1):
        return Measured(level * float((codes == factors).mean()))

    assert share([[1.0]], [[1]], level=2).value == 2.0
    with pytest.raises(InputError, match="no such option"):
        share([[1.0]], [[1]], levle=2)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_score_never_returns_what_is_not_finite(value):
    @score(unit="fraction")
    def broken(codes):  # noqa: ARG001
        return Measured(value)

    assert broken([[1.0]], [[1]]).status == "undefined"


def test_an_undefined_score_says_why():
    @score(unit="fraction")
    def never(codes):  # noqa: ARG001
        raise Undefined("no reason to measure")

    found = never([[1.0]], [[1]])
    assert (found.value, found.status, found.reason) == (None, "undefined", "no reason to measure")


def test_held_out_codes_need_held_out_factors():
    @score(unit="fraction")
    def test_score(codes_test):
        return Measured(float(codes_test.mean()))

    with pytest.raises(InputError, match="factors_test is missing"):
        test_score([[1.0]], [[1]], [[2.0]])


def test_a_shared_value_is_computed_once_per_arguments_and_block():
    calls = []

    @memo.shared
    def total(array, *, power=1):
        calls.append(power)
        return (array**power).sum()

    ones = np.ones(3)
    with memo.sharing():
        values = [total(ones), total(ones), total(ones, power=2), total(ones.copy())]
    total(ones)
    assert values == [3.0, 3.0, 3.0, 3.0]
    assert calls == [1, 2, 1, 1]
