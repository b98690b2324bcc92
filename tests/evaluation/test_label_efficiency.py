"""Label-efficiency curves: closed forms, no leak from what is held out, and blocks."""

import json

import numpy as np
import pytest

from unbraid.core.errors import InputError
from unbraid.core.values import Representation
from unbraid.evaluation import label_efficiency as module
from unbraid.evaluation.blocks import Blocks
from unbraid.evaluation.curves import drawing
from unbraid.evaluation.label_efficiency import Protocol, label_efficiency
from unbraid.report.figures import draw

QUICK = Protocol(sizes=(10, 30, 100), n_repeats=4)


def given(codes, factors, **rest):
    return Representation(codes=np.asarray(codes, dtype=float), factors=factors, **rest)


def factors_of(n=450, sizes=(2, 3), seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([rng.integers(size, size=n) for size in sizes], axis=1)


def one_hot(column):
    return (column[:, None] == np.unique(column)) * 1.0


def test_perfect_codes_are_read_perfectly_from_the_first_labels_on():
    factors = factors_of()
    found = label_efficiency(given(one_hot(factors[:, 1]), factors), ["1"], QUICK)
    curve = found["1"]
    assert curve.values.tolist() == [1.0, 1.0, 1.0]
    # 150 of 150 right are compatible with 3 of 150 wrong.
    assert (1 - curve.low) * 150 == pytest.approx([4.5] * 3, abs=0.1)
    assert (curve.area[0], curve.area[2]) == (1.0, 1.0)
    assert curve.needed == (10, 10, 10)


def test_a_single_held_out_group_tells_nothing_of_others():
    factors = factors_of(60)
    protocol = Protocol(sizes=(20,), n_repeats=2, blocks=Blocks(groups=np.arange(60) % 2))
    curve = label_efficiency(given(factors, factors), ["0"], protocol)["0"]
    assert (curve.low[0], curve.values[0], curve.high[0]) == (0.0, 1.0, 1.0)
    json.dumps(curve.summary(), allow_nan=False)


def test_codes_that_know_nothing_stay_at_chance():
    factors = np.random.default_rng(0).permutation(np.repeat([[0], [1]], [300, 100], axis=0))
    noise = np.random.default_rng(1).normal(size=(400, 3))
    curve = label_efficiency(given(noise, factors), protocol=QUICK)["0"]
    assert curve.values[-1] == pytest.approx(curve.chance, abs=0.04)
    assert curve.needed == (np.inf, np.inf, np.inf)
    constant = label_efficiency(given(np.ones((400, 2)), factors), protocol=QUICK)["0"]
    assert constant.values == pytest.approx([constant.chance] * 3)


def test_the_curve_of_a_mean_lies_on_its_formula():
    # One code that is constant tells a number's mean only: of m labels it errs by s²(1 + 1/m).
    number = np.random.default_rng(0).normal(size=(1500, 1))
    protocol = Protocol(sizes=(10, 20, 50), n_repeats=40)
    codes = given(np.zeros((1500, 1)), number, factor_kinds=("continuous",))
    curve = label_efficiency(codes, protocol=protocol)["0"]
    assert curve.measure == "R²"
    # Stratified samples hold the mean better than independent ones, so less than 1/m is lost.
    assert (-1 / curve.sizes <= curve.values).all()
    assert (np.diff(curve.values) > 0).all()


@pytest.mark.parametrize("whole", [True, False])
def test_a_periodic_factor_is_read_as_a_point_on_its_circle(whole):
    rng = np.random.default_rng(0)
    steps = rng.integers(60, size=(600, 1))
    angles = 2 * np.pi * steps / 60
    factor = steps if whole else angles
    codes = np.hstack([np.cos(angles), np.sin(angles)])
    curves = {
        kind: label_efficiency(given(codes, factor, factor_kinds=(kind,)), protocol=QUICK)["0"]
        for kind in ("periodic", "continuous")
    }
    assert curves["periodic"].measure == "R²"
    assert curves["periodic"].values[-1] > 0.9999 > 0.7 > curves["continuous"].values[-1]


def test_a_number_is_read_by_a_line():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(600, 2))
    number = codes @ [[2.0], [-1.0]] + 0.5 * rng.normal(size=(600, 1))
    curve = label_efficiency(given(codes, number, factor_kinds=("continuous",)), protocol=QUICK)[
        "0"
    ]
    # The noise leaves 1 - 0.25 / 5.25 of the variance.
    assert curve.values[-1] == pytest.approx(0.95, abs=0.02)
    assert curve.values[0] < curve.values[-1]
    assert curve.low[-1] < curve.values[-1] < curve.high[-1]


def test_few_labels_are_among_the_many_and_in_their_proportions(monkeypatch):
    seen = []

    def reading(codes, labels, others, folds):
        seen.append(codes[:, 0].astype(int))
        for fitted, tuned in folds:
            assert sorted([*fitted, *tuned]) == list(range(len(codes)))
        return module_read(codes, labels, others, folds)

    module_read = module.read_labels
    monkeypatch.setattr(module, "read_labels", reading)
    factors = np.arange(300)[:, None] % 3
    label_efficiency(given(np.arange(300)[:, None], factors), protocol=QUICK)
    assert len(seen) == 3 * 4
    for few, more, most in zip(seen[::3], seen[1::3], seen[2::3], strict=True):
        assert set(few) < set(more) < set(most)
        assert max(np.bincount(most % 3)) - min(np.bincount(most % 3)) <= 10
    assert len({tuple(few) for few in seen[::3]}) == 4


def test_held_out_labels_change_no_choice():
    factors = factors_of(sizes=(3,))
    codes = factors + 0.7 * np.random.default_rng(1).normal(size=factors.shape)
    spoilt = factors.copy()
    _, held_out = QUICK.blocks.split(450, 1 / 3, module.stream(0, "held out"))
    spoilt[held_out] = np.random.default_rng(2).permutation(spoilt[held_out])
    first = label_efficiency(given(codes, factors), protocol=QUICK)
    second = label_efficiency(given(codes, spoilt), protocol=QUICK)
    for name in first:
        assert np.array_equal(first[name].strengths, second[name].strengths)
        assert first[name].values[-1] > second[name].values[-1]


def test_codes_known_from_their_group_do_not_pass_when_groups_are_held_out():
    # The code names the group, and the group decides the label: nothing is learned of new groups.
    rng = np.random.default_rng(0)
    groups = rng.integers(40, size=800)
    labels = rng.integers(2, size=40)[groups][:, None]
    codes = given(one_hot(groups), labels)
    free = label_efficiency(codes, protocol=Protocol(sizes=(400,), n_repeats=3))["0"]
    protocol = Protocol(sizes=(400,), n_repeats=3, blocks=Blocks(groups=groups))
    blocked = label_efficiency(codes, protocol=protocol)["0"]
    assert free.values[0] > 0.95
    assert blocked.values[0] < 0.75
    assert blocked.high[0] - blocked.low[0] > 2 * (free.high[0] - free.low[0])


def test_what_drifts_is_held_out_at_its_end():
    rng = np.random.default_rng(0)
    times = np.arange(600)
    labels = rng.integers(2, size=(600, 1))
    codes = given(np.where(times < 400, 1, -1)[:, None] * (labels - 0.5), labels)
    protocol = Protocol(sizes=(100,), n_repeats=3)
    late = Protocol(sizes=(100,), n_repeats=3, blocks=Blocks(times=times))
    assert label_efficiency(codes, protocol=protocol)["0"].values[0] < 0.8
    # The last third is the other way round, and no label of it is seen.
    assert label_efficiency(codes, protocol=late)["0"].values[0] == 0.0


def test_held_out_rows_that_are_given_are_used():
    factors = factors_of(120)
    codes = given(
        factors,
        factors,
        codes_test=np.array([[0.0, 0.0], [1.0, 2.0], [0.0, 1.0]]),
        factors_test=np.array([[1, 0], [1, 2], [1, 1]]),
    )
    curve = label_efficiency(codes, ["0"], Protocol(sizes=(60,), n_repeats=2))["0"]
    assert curve.values[0] == pytest.approx(1 / 3)


def test_labels_that_are_needed_lie_between_the_sizes_that_enclose_them():
    sizes = np.array([10, 100, 1000])
    assert module._crossing(np.array([0.5, 0.7, 0.9]), sizes, 0.8) == pytest.approx(10**2.5)
    assert module._crossing(np.array([0.5, 0.7, 0.9]), sizes, 0.95) == np.inf
    assert module._crossing(np.array([0.5, 0.7, 0.9]), sizes, 0.2) == 10


def test_the_area_is_the_mean_height_over_the_logarithm():
    sizes = np.array([10, 100, 10_000])
    weights = module._area_weights(sizes)
    assert weights @ np.array([0.0, 1.0, 1.0]) == pytest.approx(0.5 / 3 + 2 / 3)
    assert weights.sum() == pytest.approx(1)


def test_rows_that_lack_the_factor_are_left_out_of_its_curve():
    factors = factors_of().astype(float)
    codes = given(factors.copy(), factors)
    factors[::3, 0] = np.nan
    found = label_efficiency(codes, protocol=Protocol(n_repeats=2))
    assert found["0"].sizes[-1] == 200
    assert found["1"].sizes[-1] == 300


def test_curves_are_written_as_json_and_drawn():
    factors = factors_of(150)
    codes = given(factors, factors, factor_names=("side", "shape"))
    found = label_efficiency(codes, protocol=Protocol(n_repeats=2, reach=2.0))
    text = json.dumps(found["side"].summary(), allow_nan=False)
    assert json.loads(text)["needed"] == {"value": None, "low": None, "high": None}
    assert "is not reached by 100 labels" in found["side"].says
    assert "shape" in draw(drawing(found), 64)


def test_curves_are_fixed_by_the_seed():
    factors = factors_of(150)
    noise = np.random.default_rng(3).normal(size=(150, 2))
    first, again, other = (
        label_efficiency(given(noise, factors), protocol=Protocol(n_repeats=2, seed=seed))["0"]
        for seed in (0, 0, 1)
    )
    assert first.summary() == again.summary()
    assert first.summary() != other.summary()


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        ({"n_repeats": 1}, "repeats must be 2"),
        ({"sizes": (100, 10)}, "must increase"),
        ({"sizes": (2, 10)}, "from 5 or more"),
        ({"held_out": 1.0}, "between 0 and 1"),
        ({"reach": float("nan")}, "must be finite: got nan"),
    ],
)
def test_a_protocol_that_cannot_be_is_refused(protocol, words):
    with pytest.raises(InputError, match=words):
        Protocol(**protocol)


@pytest.mark.parametrize(
    ("rows", "factors", "sizes", "words"),
    [
        (5, (), (), "too few samples"),
        (60, ("shape",), (), "unknown factor: got 'shape'; allowed: 0, 1"),
        (60, (), (41,), "not so many rows"),
    ],
)
def test_what_cannot_be_measured_is_refused(rows, factors, sizes, words):
    table = factors_of(rows)
    with pytest.raises(InputError, match=words):
        label_efficiency(given(table, table), factors, Protocol(sizes=sizes))


def test_factors_of_one_name_are_refused_as_one_curve_would_hide_the_other():
    table = factors_of(60)
    with pytest.raises(InputError, match="two factors have one name: got a, a"):
        label_efficiency(given(table, table, factor_names=("a", "a")), protocol=QUICK)


def test_an_accuracy_to_reach_is_above_0_and_an_r_squared_may_be_below():
    table = factors_of(60)
    below = Protocol(sizes=(20,), n_repeats=2, reach=-1.0)
    with pytest.raises(InputError, match="accuracy to reach must be above 0: got -1"):
        label_efficiency(given(table, table), ["0"], below)
    numbers = np.random.default_rng(0).normal(size=(60, 1))
    found = label_efficiency(given(numbers, numbers, factor_kinds=("continuous",)), (), below)
    assert found["0"].needed[0] == 20
