"""Learners of several layers of codes: their one-layer cases, their layers, closed forms."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from unbraid import learners
from unbraid.core.errors import Caution, InputError, RunFailed, StoreError
from unbraid.core.rng import stream
from unbraid.learners import VAE, DeepVAE, LadderVAE
from unbraid.training.gradients import NORMAL
from unbraid.training.layered import Layered
from unbraid.training.regulariser import WeightedKL
from unbraid.training.streams import torch_stream
from unbraid.training.variational import Variational

BOTH = [DeepVAE, LadderVAE]


def pictures(n=40, seed=0):
    return stream(seed, "pictures").integers(2, size=(n, 6, 6)).astype(np.uint8)


def table(n=60, seed=0):
    return stream(seed, "table").normal(size=(n, 6))


def brief(kind=DeepVAE, **rest):
    small = {"n_codes": (3, 2, 1), "n_hidden": 8, "n_steps": 5, "batch_size": 16}
    return kind(**small | rest)


def test_a_category_that_few_samples_have_has_its_value():
    X = np.random.default_rng(0).integers(3, size=(5000, 4))
    X[1, 0] = 7  # between those that are looked at
    assert brief(decoder="categorical").fit(X).n_values_ == 8


def test_layers_are_never_computed_in_bfloat16():
    model = brief()
    assert model._begin(model._reset(table())).plan.bfloat16 is False


def twins(X, **rest):
    """A VAE and a DeepVAE of one layer with the same weights."""
    vae = VAE(n_codes=3, network="mlp", n_steps=30, **rest).fit(X)
    deep = DeepVAE(n_codes=3, network="relu", n_hidden=256, n_steps=1, **rest).fit(X)
    for one, other in (
        (vae._model.encoder, deep._model.model.encoder),
        (vae._model.decoder, deep._model.model.decoder),
    ):
        for given, taken in zip(one.parameters(), other.parameters(), strict=True):
            taken.data.copy_(given.data)
    return vae, deep


@pytest.mark.parametrize("decoder", ["bernoulli", "gaussian"])
def test_one_layer_is_a_vae(decoder):
    X = pictures() if decoder == "bernoulli" else table()
    vae, deep = twins(X, decoder=decoder)
    assert deep.score(X) == pytest.approx(vae.score(X), abs=1e-9)
    np.testing.assert_allclose(deep.transform(X), vae.transform(X), rtol=1e-9)
    np.testing.assert_allclose(deep.posterior(X)[1], vae.posterior(X)[1], rtol=1e-9)
    codes = vae.transform(X)
    np.testing.assert_allclose(deep.inverse_transform(codes), vae.inverse_transform(codes))


def test_one_layer_with_a_weight_is_a_beta_vae():
    X = pictures()
    vae, deep = twins(X)
    x = vae._layout().tensor(X).double()
    loss = Variational(vae._model.encoder, vae._model.decoder, WeightedKL(4.0))
    other = Layered(deep._model.model, weight=lambda _: 4.0)
    expected, found = (o(x, 0, torch_stream(0, "noise")).losses[0] for o in (loss, other))
    assert_close(found, expected)


@pytest.mark.parametrize("kind", BOTH)
def test_every_layer_can_be_had_and_decoded(kind):
    X = pictures()
    model = brief(kind).fit(X)
    for layer, n in ((1, 3), (2, 2), (3, 1)):
        mean, std = model.posterior(X, layer)
        assert mean.shape == std.shape == (40, n)
        assert (std > 0).all()
        for other in (model.at(layer), brief(kind, layer=layer).fit(X)):
            assert other.n_codes_ == n
            np.testing.assert_array_equal(other.transform(X), mean)
            assert other.inverse_transform(mean).shape == X.shape
    assert model.sample(4).shape == (4, 6, 6)


@pytest.mark.parametrize("layer", [0, 4, "top"])
def test_a_layer_that_is_not_there_is_refused(layer):
    with pytest.raises(InputError, match=r"layer cannot be used.* from 1 to 3"):
        brief(layer=layer).fit(pictures())
    if layer != "top":
        with pytest.raises(InputError, match=r"layer cannot be used.* from 1 to 3"):
            brief().fit(pictures()).posterior(pictures(), layer)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("decoder", ["bernoulli", "gaussian", "categorical", "logistic"])
def test_every_decoder_learns_and_is_measured(kind, decoder):
    X = pictures() * 3 if decoder == "categorical" else pictures()
    model = brief(kind, decoder=decoder).fit(X)
    assert np.isfinite(model.score(X))
    assert model.log_likelihood(X, 20).shape == (40,)
    lower, upper, made = model.sandwich(2, n_steps=3, n_chains=2)
    assert np.isfinite(lower).all()
    assert np.isfinite(upper).all()
    assert made.shape == (2, *X.shape[1:])


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("rest", [{}, {"n_codes": 4}, {"n_codes": [4, 2], "n_hidden": [9, 8]}])
def test_what_is_saved_is_what_is_loaded(kind, rest, tmp_path):
    X = pictures()
    model = brief(kind, **rest).fit(X)
    model.save(tmp_path)
    loaded = learners.load(tmp_path)
    assert loaded.codes_per_layer_ == model.codes_per_layer_
    assert loaded.score(X) == model.score(X)
    np.testing.assert_array_equal(loaded.transform(X), model.transform(X))


def stopped_after(n):
    told = []

    def listen(progress):
        told.append(progress)
        if len(told) == n:
            raise KeyboardInterrupt

    return listen


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    "settings",
    [
        {"gradient": "importance_weighted", "n_draws": 3, "importance_warmup": 0.5},
        {"gradient": "optimal_baseline"},
    ],
)
def test_a_fit_that_was_interrupted_and_resumed_equals_one_that_was_not(
    kind, settings, tmp_path, monkeypatch
):
    monkeypatch.setattr("unbraid.training.loop._is_due", lambda *_: True)
    X = pictures()
    settings = {"n_steps": 12, **settings}
    with pytest.raises(KeyboardInterrupt):
        brief(kind, **settings).fit(X, folder=tmp_path, progress=stopped_after(7))
    resumed = brief(kind, **settings).fit(X, folder=tmp_path)
    assert resumed.weights_sha256_ == brief(kind, **settings).fit(X).weights_sha256_


def test_a_checkpoint_of_another_architecture_is_refused(tmp_path):
    brief().fit(pictures(), folder=tmp_path)
    with pytest.raises(StoreError, match=r"another training: got n_codes = \[3, 2, 1\]"):
        brief(n_codes=(3, 2)).fit(pictures(), folder=tmp_path)


def test_weights_of_another_architecture_are_refused(tmp_path):
    brief().fit(pictures()).save(tmp_path / "one")
    brief(n_codes=(3, 2)).fit(pictures()).save(tmp_path / "two")
    weights = "model.safetensors"
    (tmp_path / "two" / weights).replace(tmp_path / "one" / weights)
    with pytest.raises(StoreError, match="cannot be read"):
        learners.load(tmp_path / "one")


@pytest.mark.parametrize("decoder", ["bernoulli", "logistic"])
def test_pixels_outside_the_unit_interval_are_refused(decoder):
    with pytest.raises(InputError, match=r"must lie in \[0, 1\]"):
        brief(decoder=decoder).fit(3.0 * pictures())


def test_categories_that_were_not_learned_are_refused():
    model = brief(decoder="categorical").fit(pictures())
    with pytest.raises(InputError, match="whole numbers: got values from 0 to 2"):
        model.transform(2 * pictures())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"n_codes": ()}, "n_codes"),
        ({"n_codes": (3, 0)}, "n_codes"),
        ({"n_hidden": (8, 8)}, "n_hidden must be one value, or one for each layer: got 2"),
        ({"network": "tanhh"}, "try 'tanh'"),
        ({"covariance": "ful"}, "try 'full'"),
        ({"decoder": "bernouli"}, "try 'bernoulli'"),
        ({"free_nats": 1.0, "gradient": "importance_weighted"}, "free_nats are for the KL"),
        ({"dynamic_binarisation": True, "decoder": "gaussian"}, "Bernoulli decoder"),
        ({"batch_norm": True, "batch_size": 1}, "more than one sample per batch"),
        ({"beta": -1.0}, "beta"),
        ({"kl_warmup": 5.0}, "kl_warmup cannot be used: got 5.0; allowed: .*, 1 at most"),
        ({"importance_warmup": 1.5}, "importance_warmup"),
        ({"dynamic_binarisation": "no"}, "dynamic_binarisation .* allowed: True or False"),
        ({"batch_norm": "off"}, "batch_norm cannot be used"),
        ({"schedule": None}, "unknown schedule"),
        ({"schedule": "separable"}, "unknown schedule"),
        ({"network": None}, "unknown network"),
        ({"n_draws": 0}, "n_draws"),
        ({"gradient": "relax"}, "unknown gradient"),
        ({"gradient": "leave_one_out", "n_draws": 1}, "2 or more"),
        ({"gradient": "doubly_reparametrised", "kl_warmup": 0.5}, "no weight of the KL"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(settings, said):
    with pytest.raises(InputError, match=said):
        brief(**settings).fit(pictures())


def test_a_loss_that_is_no_longer_finite_ends_the_run():
    with pytest.raises(RunFailed, match="training diverged"):
        brief(decoder="gaussian", n_steps=50, learning_rate=1e20).fit(table())


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("name", NORMAL)
def test_layers_learn_by_every_gradient(kind, name):
    X = pictures()
    settings = {"n_codes": (3, 2), "kl_warmup": 0.0, "learning_rate": 0.01, "batch_norm": False}
    first, last = (
        brief(kind, gradient=name, n_steps=n, **settings).fit(X).score(X) for n in (1, 80)
    )
    assert last > first + 0.1


@pytest.mark.parametrize("kind", BOTH)
def test_one_sample_and_fewer_samples_than_a_batch_are_enough(kind):
    for n in (1, 3):
        model = brief(kind, batch_size=64).fit(pictures(n))
        assert np.isfinite(model.score(pictures(n)))


def test_the_likelihood_is_at_least_the_bound_and_is_fixed():
    X = pictures()
    model = brief(n_steps=50).fit(X)
    found = model.log_likelihood(X, 200)
    assert found.mean() > model.score(X)
    np.testing.assert_array_equal(found, model.log_likelihood(X, 200))
    assert not np.array_equal(found, model.log_likelihood(X, 200, random_state=1))


def test_the_likelihood_of_samples_that_it_makes_lies_between_its_bounds():
    model = brief(n_codes=2, n_steps=50).fit(pictures())
    lower, upper, made = model.sandwich(8, n_steps=200)
    assert made.shape == (8, *pictures().shape[1:])
    found = model.log_likelihood(made, 500)
    assert (lower - 0.1 < found).all()
    assert (found < upper + 0.1).all()


def test_binary_samples_are_themselves_under_dynamic_binarisation():
    X = pictures()
    plain, binarised = (brief(dynamic_binarisation=b) for b in (False, True))
    codes = plain.fit(X).transform(X)
    assert not np.array_equal(codes, binarised.fit(X).transform(X))  # other noise
    likelihood = binarised.log_likelihood(X, 50)
    assert likelihood.mean() < 0


def test_a_caution_says_that_one_draw_outweighs_all():
    X = 30 * table()
    model = brief(n_codes=6, decoder="gaussian", noise_variance=0.001, n_steps=3).fit(X)
    with pytest.warns(Caution, match="outweighs all others"):
        model.log_likelihood(X, 100)


def spectrum(variances, n=400):
    """Samples whose covariance has exactly these eigenvalues."""
    rng = stream(0, "spectrum")
    white, _ = np.linalg.qr(rng.normal(size=(n, len(variances))))
    white = np.linalg.qr(white - white.mean(axis=0))[0] * np.sqrt(n)
    turn, _ = np.linalg.qr(rng.normal(size=(len(variances), len(variances))))
    return (white * np.sqrt(variances)) @ turn


@pytest.mark.parametrize(("beta", "collapsed"), [(1.0, 1), (3.0, 2)])
def test_a_linear_model_is_probabilistic_pca(beta, collapsed):
    variances, noise = np.array([4.0, 2.0, 1.0, 0.25, 0.1]), 0.4
    X = spectrum(variances)
    model = DeepVAE(
        n_codes=4,
        network="linear",
        decoder="gaussian",
        noise_variance=noise,
        beta=beta,
        n_steps=2000,
        batch_size=200,
        learning_rate=1e-2,
    ).fit(X)
    expected = np.maximum(0, 1 - beta * noise / variances[:4])
    activity = np.sort(model.activity(X))[::-1]
    np.testing.assert_allclose(activity, expected, atol=0.05)
    assert np.count_nonzero(activity < 0.01) == collapsed
    weights = model._model.model.decoder.observe.body[1].weight.detach()
    found = torch.linalg.eigvalsh(weights @ weights.T).flip(0)[:4].numpy()
    np.testing.assert_allclose(
        found, np.maximum(0, variances[:4] - beta * noise), rtol=0.1, atol=0.1
    )


def test_free_nats_keep_a_layer_in_use():
    X = pictures(200)  # noise: nothing is worth a nat
    settings = {"n_codes": 2, "n_steps": 400, "learning_rate": 3e-3}
    assert brief(**settings).fit(X).activity(X).max() < 0.03
    assert brief(**settings, free_nats=2.0).fit(X).activity(X).max() > 0.1


def test_free_nats_hold_while_one_draw_must_do():
    X, settings = pictures(), {"importance_warmup": 1.0, "n_steps": 20}
    plain, free = (brief(free_nats=nats, **settings).fit(X).transform(X) for nats in (0.0, 50.0))
    assert not np.array_equal(plain, free)


def test_a_category_too_many_is_refused():
    with pytest.raises(InputError, match="an output for every value: got values up to 1e"):
        brief(decoder="categorical").fit(1e10 * pictures())


def test_another_layer_than_the_fitted_one_is_had_by_at_alone():
    model = brief(n_codes=(3, 2)).fit(pictures())
    assert model.set_params(layer=2).transform(pictures()).shape == (40, 3)
    assert model.at(2).transform(pictures()).shape == (40, 2)


def test_codes_that_only_follow_the_noise_above_are_not_called_active():
    X = torch.from_numpy(pictures(64)).float()[:, None]
    model = brief(LadderVAE, batch_norm=False, n_steps=1).fit(pictures(64))._model.model.float()
    with torch.no_grad():
        for head in model.encoder.heads:  # a ladder that hears nothing of the samples
            head.mean.weight.zero_()
            head.logvar.weight.zero_()
    objective = Layered(model)
    objective(X, 0, torch_stream(0, "noise"))
    assert objective.summary()["active_codes"] == 0
