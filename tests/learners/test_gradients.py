"""Learners trained by other gradients than the reparametrised one, and binary codes."""

import json

import numpy as np
import pytest
import torch

from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.learners import VAE, BernoulliVAE, BetaVAE
from unbraid.training import loop
from unbraid.training.gradients import BINARY, NORMAL

BRIEF = {"n_codes": 2, "n_steps": 5, "batch_size": 8}


def table(n=30):
    return stream(0, "table").normal(size=(n, 6))


def pictures(n=200, side=8):
    """Binary pictures of a bright square at one of many places."""
    images = np.zeros((n, side, side), dtype=np.uint8)
    for image, (i, j) in zip(
        images, stream(0, "pictures").integers(side - 2, size=(n, 2)), strict=True
    ):
        image[i : i + 3, j : j + 3] = 1
    return images


LEARNERS = [
    *(VAE(gradient=name, **BRIEF) for name in NORMAL),
    *(BernoulliVAE(gradient=name, **BRIEF) for name in BINARY),
]


@pytest.mark.parametrize("learner", LEARNERS, ids=repr)
def test_interrupted_and_resumed_is_uninterrupted(tmp_path, monkeypatch, learner):
    # Baselines remember and control variates learn: both are part of a checkpoint.
    monkeypatch.setattr(loop, "_is_due", lambda *_: True)

    def interrupt(word):
        if word.done == 3:
            raise KeyboardInterrupt

    whole = learner.fit(table(), folder=tmp_path / "whole").weights_sha256_
    with pytest.raises(KeyboardInterrupt):
        learner.fit(table(), folder=tmp_path / "part", progress=interrupt)
    assert learner.fit(table(), folder=tmp_path / "part").weights_sha256_ == whole


@pytest.mark.parametrize("kind", [VAE, BernoulliVAE])
def test_each_gradient_trains_another_model(kind):
    known = NORMAL if kind is VAE else BINARY
    made = [kind(gradient=name, **BRIEF).fit(table()).weights_sha256_ for name in known]
    # The first batch has no baseline: after five steps even those differ.
    assert len(set(made)) == len(known)


def test_more_draws_per_step_are_other_draws():
    one, three = (VAE(n_draws=n, **BRIEF).fit(table()).weights_sha256_ for n in (1, 3))
    assert one == VAE(**BRIEF).fit(table()).weights_sha256_ != three


@pytest.fixture(scope="module")
def reference():
    return VAE(n_codes=4, n_steps=250, batch_size=32).fit(pictures()).score(pictures())


@pytest.mark.parametrize(
    ("name", "behind"),
    [("sticking_the_landing", 0.5), ("leave_one_out", 1.5), ("moving_average", 3.0)],
)
def test_other_gradients_come_near_the_reparametrised_one(reference, name, behind):
    start, trained = (
        VAE(n_codes=4, n_steps=n, batch_size=32, gradient=name).fit(pictures()).score(pictures())
        for n in (1, 250)
    )
    assert start < reference - 20
    assert trained > reference - behind


def test_the_importance_weighted_bound_is_above_the_evidence_bound():
    fit = {"n_codes": 2, "n_steps": 300, "network": "linear", "learning_rate": 0.02}
    plain = VAE(**fit).fit(pictures()).loss_curve_[-50:].mean()
    weighted = [
        VAE(gradient=name, n_draws=8, **fit).fit(pictures()).loss_curve_[-50:].mean()
        for name in ("importance_weighted", "doubly_reparametrised")
    ]
    assert max(weighted) < plain


def test_the_log_tells_reconstruction_and_kl_apart_where_draws_hold_both(tmp_path):
    VAE(gradient="sticking_the_landing", schedule="constant", **BRIEF).fit(
        table(), folder=tmp_path
    )
    for text in (tmp_path / "train.jsonl").read_text().splitlines():
        line = json.loads(text)
        # The loss holds the KL of the draws, and not its expectation.
        assert line["reconstruction"] + line["kl"] == pytest.approx(line["loss"], abs=2)
        assert line["reconstruction"] + line["kl"] != line["loss"]


def test_beta_weighs_the_kl_of_draws_too():
    # Heavier than all that a code can say: it collapses to the prior.
    settings = {"n_codes": 2, "network": "linear", "learning_rate": 0.02, "n_steps": 300}
    model = BetaVAE(beta=1000.0, gradient="sticking_the_landing", **settings)
    mean, std = model.fit(table()).posterior(table())
    assert np.abs(mean).max() < 0.1
    np.testing.assert_allclose(std, 1, atol=0.1)


@pytest.mark.parametrize("name", ["importance_weighted", "doubly_reparametrised"])
def test_an_importance_weighted_bound_takes_no_beta(name):
    with pytest.raises(InputError, match=r"no weight of the KL: got beta = 4; try beta=1"):
        BetaVAE(gradient=name, **BRIEF).fit(table())
    one = BetaVAE(beta=1.0, gradient=name, **BRIEF).fit(table())
    assert one.weights_sha256_ == VAE(gradient=name, **BRIEF).fit(table()).weights_sha256_


@pytest.mark.parametrize(
    ("kind", "setting", "said"),
    [
        (VAE, {"gradient": "reparametrized"}, "try 'reparametrised'"),
        (VAE, {"gradient": "concrete"}, "unknown gradient"),
        (VAE, {"gradient": None}, "unknown gradient"),
        (VAE, {"n_draws": 0}, "n_draws"),
        (VAE, {"gradient": "leave_one_out", "n_draws": 1}, "2 or more"),
        (BernoulliVAE, {"gradient": "reparametrised"}, "unknown gradient"),
        (BernoulliVAE, {"gradient": "relax", "n_draws": 2}, "allowed: 1"),
    ],
)
def test_a_senseless_gradient_is_refused(kind, setting, said):
    with pytest.raises(InputError, match=said):
        kind(**BRIEF, **setting).fit(table())


# Binary codes.


def test_codes_of_binary_models_are_probabilities():
    model = BernoulliVAE(**BRIEF).fit(table())
    mean, std = model.posterior(table())
    np.testing.assert_array_equal(mean, model.transform(table()))
    assert ((mean > 0) & (mean < 1)).all()
    np.testing.assert_allclose(std**2, mean * (1 - mean), rtol=1e-6)


def test_binary_models_sample_from_fair_coins():
    model = BernoulliVAE(n_codes=1, n_steps=5).fit(table())
    ends = model.inverse_transform([[0.0], [1.0]])[:, 0]
    distances = np.abs(model.sample(400)[:, :1] - ends)
    assert distances.min(axis=1).max() < 1e-9 * np.ptp(ends)
    assert distances.argmin(axis=1).mean() == pytest.approx(0.5, abs=0.1)


def test_one_binary_code_finds_two_clusters():
    rng = stream(0, "clusters")
    cluster = rng.integers(2, size=300)
    X = 4.0 * cluster[:, None] * [1.0, -1.0] + 0.3 * rng.normal(size=(300, 2))
    for name in ("rebar", "leave_one_out"):
        model = BernoulliVAE(1, network="linear", n_steps=300, learning_rate=0.03, gradient=name)
        model.fit(X)
        agree = ((model.transform(X)[:, 0] > 0.5) == cluster).mean()
        assert max(agree, 1 - agree) == 1


def test_the_bound_of_binary_codes_is_that_of_all_values_counted():
    model = BernoulliVAE(n_codes=2, n_steps=200, decoder="gaussian", noise_variance=1.0)
    X = table()
    model.fit(X)
    p = model.transform(X)
    bound = 0.0
    for code in ([0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]):
        chance = np.where(np.array(code) > 0, p, 1 - p)
        q = chance.prod(axis=1)
        squares = ((X - model.inverse_transform([code])) ** 2).sum(axis=1)
        log_joint = -0.5 * (squares + 6 * np.log(2 * np.pi)) - 2 * np.log(2)
        bound += (q * (log_joint - np.log(q))).mean()
    assert model.score(np.repeat(X, 500, axis=0)) == pytest.approx(bound, abs=0.05)


@pytest.mark.parametrize("name", ["relax", "rebar"])
def test_a_control_variate_differentiates_the_studys_network_twice(name):
    images = (stream(0, "images").uniform(size=(6, 64, 64)) > 0.5).astype(np.uint8)
    model = BernoulliVAE(n_codes=3, n_steps=2, batch_size=2, gradient=name).fit(images)
    assert model.network_ == "conv"
    assert np.isfinite(model.loss_curve_).all()


def test_the_log_of_a_control_variate_shows_its_squared_gradient(tmp_path):
    BernoulliVAE(n_codes=2, n_steps=5).fit(table(), folder=tmp_path)
    for text in (tmp_path / "train.jsonl").read_text().splitlines():
        line = json.loads(text)
        assert line["squared_gradient"] >= 0
        assert 0 <= line["active_codes"] <= 2
        assert sum(line["kl_per_code"]) == pytest.approx(line["kl"], rel=1e-5)


def test_training_leaves_the_global_stream_alone():
    state = torch.random.get_rng_state()
    BernoulliVAE(gradient="relax", **BRIEF).fit(table())
    assert torch.equal(state, torch.random.get_rng_state())
