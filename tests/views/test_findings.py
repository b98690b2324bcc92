"""The view of what each cause shows."""

import numpy as np
import pytest

from unbraid.core.rng import stream
from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation
from unbraid.learners import NoisyOr
from unbraid.views.findings import findings


def network(k=3, d=36):
    rng = stream(0, "view")
    failures = np.where(rng.uniform(size=(k, d)) < 0.3, rng.uniform(0, 0.8, size=(k, d)), 1.0)
    return NoisyOr.of(failures=failures, leak=np.full(d, 0.99), priors=[0.1, 0.5, 0.3])


def shown(model, samples, decode=None):
    codes = model.transform(samples.reshape(len(samples), -1))
    held = Representation(codes=codes, decode=decode or model.inverse_transform)
    data = Dataset(name="drawn", images=samples, source="drawn", fingerprint="0")
    return findings(held, data, stream(0, "findings"))


def test_a_row_is_the_chance_of_each_finding_of_one_cause():
    model = network(d=20)
    view = shown(model, model.sample(200))
    expected = model.inverse_transform(np.eye(3))[[1, 2, 0]]
    np.testing.assert_allclose(view.arrays["matrix"], expected)
    assert view.arrays["row_names"][0].startswith("code 1")


def test_the_findings_shown_are_those_that_some_cause_makes_likeliest():
    model = network(d=100)
    view = shown(model, model.sample(50))
    best = model.inverse_transform(np.eye(3)).max(axis=0)
    assert view.arrays["matrix"].shape == (3, 24)
    assert view.arrays["matrix"].max(axis=0).min() >= np.sort(best)[-24]
    assert "24 findings are shown" in view.caption


def test_causes_of_images_are_pictures_from_the_most_frequent_on():
    model = network()
    view = shown(model, model.sample(200).reshape(-1, 6, 6))
    expected = model.inverse_transform(np.eye(3))[[1, 2, 0]].reshape(1, 3, 6, 6)
    np.testing.assert_allclose(view.arrays["rows"], expected)


def test_a_learner_whose_causes_do_not_act_independently_has_no_such_view():
    model = network()
    with pytest.raises(Undefined, match="not decode as a noisy-OR"):
        shown(model, model.sample(50), lambda codes: np.clip(codes @ (1 - model.failures_), 0, 1))


def test_a_learner_that_does_not_decode_to_chances_has_no_such_view():
    model = network()
    with pytest.raises(Undefined, match="chances of findings"):
        shown(model, model.sample(50), lambda codes: 5 * codes)


def test_codes_that_are_no_chances_have_no_such_view():
    data = Dataset(name="two", images=np.eye(2), source="-", fingerprint="0")
    for codes in (2 * np.eye(2), np.full((2, 2), np.nan)):
        with pytest.raises(Undefined, match="not chances of causes"):
            findings(Representation(codes=codes, decode=abs), data, stream(0, "findings"))
