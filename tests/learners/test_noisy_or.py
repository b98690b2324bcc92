"""The noisy-OR learner, as a user meets it."""

import warnings

import numpy as np
import pytest

from unbraid import learners
from unbraid.core.errors import Caution, InputError
from unbraid.core.rng import stream
from unbraid.learners import NoisyOr
from unbraid.learners._noisy_or import known_links
from unbraid.numerics.matching import match

LINKED = np.eye(3).repeat(5, axis=1) > 0
FAILURES = np.where(LINKED, 0.1, 1.0)
PRIORS = np.array([0.1, 0.2, 0.3])


def truth(**settings):
    return NoisyOr.of(failures=FAILURES, leak=np.full(15, 0.99), priors=PRIORS, **settings)


def quick(**settings):
    return NoisyOr(**{"n_codes": 6, "n_steps": 60, "batch_size": 200} | settings)


def order(model):
    """The code that stands for each true cause."""
    rows, columns = match(-np.abs(FAILURES[:, None] - model.failures_[None]).sum(axis=-1))
    assert len(rows) == 3
    return columns


class Frame:
    """As much of a pandas data frame as is looked at."""

    def __init__(self, values, columns, index=()):
        self.values, self.columns, self.index = np.asarray(values), list(columns), list(index)
        self.shape, self.iloc = self.values.shape, None

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


def test_structure_and_parameters_are_learned_from_findings_alone():
    model = quick().fit(truth().sample(3000))
    assert model.n_codes_ == 3
    np.testing.assert_array_equal(model.failures_[order(model)] < 1, LINKED)
    np.testing.assert_allclose(model.failures_[order(model)], FAILURES, atol=0.05)
    np.testing.assert_allclose(model.priors_[order(model)], PRIORS, atol=0.03)


def test_without_pruning_all_causes_are_kept():
    assert quick(prune=False, max_iterations=5).fit(truth().sample(200)).n_codes_ == 6


def test_pruning_is_on_or_off():
    with pytest.raises(InputError, match="prune cannot be used: got 'no'; allowed: True or False"):
        quick(prune="no").fit(truth().sample(200))


def test_parameters_are_learned_for_links_that_are_known():
    X = truth().sample(3000)
    model = NoisyOr().fit(X, links=LINKED)
    np.testing.assert_array_equal(model.failures_ < 1, LINKED)
    np.testing.assert_allclose(model.priors_, PRIORS, atol=0.03)
    assert model.score(X) >= truth().score(X)


def test_codes_are_the_chances_of_causes():
    causes = stream(0, "causes").uniform(size=(2000, 3)) < PRIORS
    X = stream(0, "present").uniform(size=(2000, 15)) < truth().inverse_transform(causes)
    codes = truth().transform(X)
    likely = codes > 0.5
    assert (likely == causes).mean() > 0.99
    # A chance of p comes true in a share p of cases.
    assert codes.mean(axis=0) == pytest.approx(causes.mean(axis=0), abs=0.01)
    mean, std = truth().posterior(X)
    np.testing.assert_array_equal(mean, codes)
    np.testing.assert_allclose(std**2, codes * (1 - codes))


def test_decoding_gives_the_chance_of_each_finding():
    decoded = truth().inverse_transform(np.array([[0, 0, 0], [1, 0, 0], [1.7, -2, 0]]))
    np.testing.assert_allclose(decoded[0], 0.01)
    np.testing.assert_allclose(decoded[1, :5], 1 - 0.99 * 0.1)
    np.testing.assert_array_equal(decoded[2], decoded[1])


def test_names_are_carried_through_from_frames():
    columns = [f"sign {number}" for number in range(15)]
    index = ["flu", "cold", "hay fever"]
    known = NoisyOr.of(
        failures=Frame(FAILURES, columns, index), leak=np.full(15, 0.99), priors=PRIORS
    )
    assert known.explain(known.sample(1)[0], "cold").cause == "cold"
    model = NoisyOr().fit(known.sample(500), links=Frame(LINKED, columns, index))
    assert model.get_feature_names_out().tolist() == index
    assert model.finding_names_.tolist() == columns
    assert model.explain(known.sample(1)[0], "hay fever").findings[0].startswith("sign ")


def test_columns_of_links_are_matched_to_those_of_samples_by_name():
    columns = [f"sign {number}" for number in range(15)]
    shuffled = stream(0, "columns").permutation(15)
    links = Frame(LINKED[:, shuffled], [columns[at] for at in shuffled], ["a", "b", "c"])
    matched, rows, names = known_links(links, columns)
    np.testing.assert_array_equal(matched, LINKED)
    assert list(rows) == ["a", "b", "c"]
    assert names == columns
    with pytest.raises(InputError, match="without 'fever' among the links"):
        known_links(links, ["fever", *columns[1:]])


def test_names_outlive_saving(tmp_path):
    model = truth(code_names=["a", "b", "c"], finding_names=[f"f{j}" for j in range(15)])
    model.save(tmp_path)
    loaded = learners.load(tmp_path)
    assert loaded.explain(np.ones(15), "b").findings[0].startswith("f")
    assert loaded.get_feature_names_out().tolist() == ["a", "b", "c"]


def test_an_explanation_names_the_findings_that_speak_for_a_cause():
    x = np.zeros(15, dtype=int)
    x[:4] = 1
    why = truth(code_names=["a", "b", "c"]).explain(x, "a")
    ahead = dict(zip(why.findings, why.weights, strict=True))
    assert all(ahead[f"finding {j}"] > 0 for j in range(4))
    assert ahead["finding 4"] < 0
    assert str(why).startswith("a: log-odds")


def test_the_way_is_reported_and_a_bound_is_said_to_be_one():
    rng = stream(0, "dense")
    dense = NoisyOr.of(
        failures=rng.uniform(0.5, 1, size=(40, 60)),
        leak=np.full(60, 0.99),
        priors=np.full(40, 0.1),
        n_sweeps=50,
    )
    X = np.zeros((2, 60), dtype=int)
    X[1, :30] = 1
    assert dense.ways(X).tolist() == ["quickscore", "sampling"]
    with pytest.warns(Caution, match="lower bound: 1 of 2"):
        low = dense.score(X)
    below, above = dense.bounds(X)
    assert below.mean() == pytest.approx(low)
    assert below[0] == above[0]
    assert below[1] < above[1]


def test_the_score_is_the_mean_log_likelihood():
    every = (np.arange(2**5)[:, None] >> np.arange(5)) & 1
    model = NoisyOr.of(failures=FAILURES[:2, 2:7], leak=np.full(5, 0.9), priors=PRIORS[:2])
    total = sum(np.exp(model.score(x[None])) for x in every)
    assert total == pytest.approx(1, rel=1e-12)


def test_pixels_of_0_and_255_are_findings_with_a_caution():
    X = truth().sample(1000)
    with pytest.warns(Caution, match="mean of their feature"):
        bright = quick().fit(X * np.uint8(255))
    plain = quick().fit(X)
    np.testing.assert_array_equal(bright.failures_, plain.failures_)
    np.testing.assert_array_equal(bright.transform(X * np.uint8(255)), plain.transform(X))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fixed = quick(threshold=127).fit(X * np.uint8(255))
    np.testing.assert_array_equal(fixed.failures_, plain.failures_)


def test_features_that_never_vary_are_learned_as_they_are():
    X = truth().sample(500)
    X[:, 0], X[:, 1] = 0, 1
    model = quick(n_codes=3).fit(X)
    chance = model.inverse_transform(model.transform(X))
    assert chance[:, 0].max() < 0.01
    assert chance[:, 1].min() > 0.99


def test_fewer_samples_than_features_will_do():
    model = quick(n_codes=3).fit(truth().sample(10))
    assert np.isfinite(model.transform(truth().sample(5, random_state=1))).all()


def test_a_finding_that_was_never_seen_is_not_impossible():
    X = truth().sample(300)
    X[:, 0] = 0
    model = quick(n_codes=3).fit(X)
    strange = np.zeros((1, 15), dtype=int)
    strange[0, 0] = 1
    assert model.score(strange) > -50


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.ones((20, 3)), "do not vary"),
        (np.ones((1, 3)), "1 sample"),
        (np.array([[0, np.nan], [1, 0]]), "NaN"),
        (np.array([[0, np.inf], [1, 0]]), "infinity"),
    ],
)
def test_samples_that_cannot_be_learned_from_are_refused(samples, message):
    with pytest.raises(InputError, match=message):
        NoisyOr(n_codes=2).fit(samples)


@pytest.mark.parametrize("value", [-1, 2, 0.5])
def test_findings_that_are_not_0_or_1_are_refused_where_0_and_1_were_learned(value):
    with pytest.raises(InputError, match=r"must be 0 or 1.*threshold"):
        truth().transform(np.full((2, 15), value))


@pytest.mark.parametrize(
    "settings",
    [
        {"n_codes": 0},
        {"n_states": 0},
        {"threshold": "half"},
        {"threshold": np.nan},
        {"n_sweeps": -1},
    ],
)
def test_senseless_settings_are_refused(settings):
    with pytest.raises(InputError, match="cannot be used"):
        NoisyOr(**settings).fit(truth().sample(30))


@pytest.mark.parametrize(
    ("links", "message"),
    [
        (np.ones((2, 4)), "a column per feature"),
        (np.full((2, 15), 0.5), "yes or no"),
        (np.zeros((2, 15)), "linked to a finding"),
        (np.ones(15), "a row of numbers per cause"),
    ],
)
def test_links_that_do_not_fit_are_refused(links, message):
    with pytest.raises(InputError, match=message):
        NoisyOr().fit(truth().sample(30), links=links)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"leak": np.ones(3)}, "leak must have a number per finding"),
        ({"priors": np.ones(2)}, "priors must have a number per cause"),
        ({"priors": np.full(3, 2.0)}, "must be chances"),
        ({"code_names": ["a"]}, "cannot name 3"),
    ],
)
def test_a_network_that_does_not_fit_together_is_refused(wrong, message):
    good = {"failures": FAILURES, "leak": np.ones(15), "priors": PRIORS}
    with pytest.raises(InputError, match=message):
        NoisyOr.of(**good | wrong)


@pytest.mark.parametrize("code", ["d", 3, -1])
def test_a_cause_that_does_not_exist_is_not_explained(code):
    with pytest.raises(InputError, match="cause"):
        truth(code_names=["a", "b", "c"]).explain(np.zeros(15), code)
