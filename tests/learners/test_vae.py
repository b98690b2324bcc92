"""Variational autoencoders: their input, their output, and where they are solved exactly."""

import json
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from unbraid.core.errors import InputError, StoreError
from unbraid.core.rng import stream
from unbraid.data import load_dataset
from unbraid.learners import VAE, BernoulliVAE, BetaVAE, DeepVAE
from unbraid.training import loop


def pictures(n=30, side=8, seed=0):
    """Binary pictures of a bright square at one of many places."""
    images = np.zeros((n, side, side), dtype=np.uint8)
    for image, (i, j) in zip(
        images, stream(seed, "pictures").integers(side - 2, size=(n, 2)), strict=True
    ):
        image[i : i + 3, j : j + 3] = 1
    return images


def table(n=30, seed=0):
    return stream(seed, "table").normal(size=(n, 6))


def brief(**rest):
    return VAE(**{"n_codes": 2, "n_steps": 5, "batch_size": 8} | rest)


@pytest.mark.parametrize("kind", [VAE, DeepVAE])
def test_one_value_in_many_settles_what_the_samples_are(kind):
    X = np.zeros((5000, 3))
    X[::2] = 1.0
    X[1] = 1.7  # between those that are looked at
    assert kind(n_codes=2, n_steps=2).fit(X).decoder_ == "gaussian"


def test_images_have_bernoulli_pixels_and_unbounded_vectors_are_normal():
    assert brief().fit(pictures()).decoder_ == "bernoulli"
    assert brief().fit(table()).decoder_ == "gaussian"
    assert brief().fit(pictures().reshape(30, -1)).decoder_ == "bernoulli"


def test_the_studys_network_is_taken_where_it_fits():
    assert brief().fit(pictures(side=64)).network_ == "conv"
    assert brief().fit(pictures(side=8)).network_ == "mlp"


def test_the_studys_network_is_refused_where_it_does_not_fit():
    with pytest.raises(InputError, match="64 x 64"):
        brief(network="conv").fit(pictures(side=8))


def test_bytes_and_the_same_fractions_give_the_same_codes():
    grey = stream(0, "grey").integers(256, size=(30, 8, 8)).astype(np.uint8)
    as_bytes = brief().fit(grey).transform(grey)
    fractions = (grey.astype(np.float32) / np.float32(255)).astype(np.float32)
    np.testing.assert_allclose(brief().fit(fractions).transform(fractions), as_bytes, rtol=1e-9)


@pytest.mark.parametrize("factor", [-1, 2, 255])
def test_pixels_outside_the_unit_interval_are_refused(factor):
    with pytest.raises(InputError, match=r"must lie in \[0, 1\].* decoder='gaussian'"):
        brief().fit(pictures() * float(factor))


def test_such_pixels_are_refused_wherever_they_are():
    images = pictures(3000).astype(float)
    model = brief(batch_size=64, random_state=1).fit(images)
    images[1] = 7  # not among those that are looked at first
    with pytest.raises(InputError, match="must lie in"):
        model.transform(images)
    with pytest.raises(InputError, match="must lie in"):
        VAE(n_codes=2, n_steps=200, batch_size=64).fit(images)


@pytest.mark.parametrize("decoder", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 3), (64, 64)])
def test_decoded_images_have_the_shape_of_images_and_lie_in_the_unit_interval(decoder, shape):
    images = stream(0, "images").uniform(size=(6, *shape))
    model = brief(decoder=decoder).fit(images)
    for made in (model.inverse_transform(5 * model.transform(images)), model.sample(3)):
        assert made.shape[1:] == shape
        assert 0 <= made.min() <= made.max() <= 1


def test_the_posterior_of_a_sample_is_its_code_and_a_positive_spread():
    model = brief().fit(table())
    mean, std = model.posterior(table())
    np.testing.assert_array_equal(mean, model.transform(table()))
    assert std.shape == mean.shape
    assert (std > 0).all()


@pytest.mark.parametrize(("network", "tolerance"), [("conv", 1e-6), ("mlp", 1e-13)])
def test_codes_depend_on_the_sample_alone(network, tolerance):
    # Convolutions are summed in float32, all else in float64.
    images = pictures(200, side=64)
    model = brief(network=network).fit(images)
    one_by_one = np.concatenate([model.transform(image[None]) for image in images[:5]])
    np.testing.assert_allclose(one_by_one, model.transform(images)[:5], rtol=0, atol=tolerance)


def test_vae_is_beta_vae_at_one_and_not_at_four():
    settings = {"n_codes": 2, "n_steps": 5}
    plain = VAE(**settings).fit(table()).transform(table())
    codes = {b: BetaVAE(beta=b, **settings).fit(table()).transform(table()) for b in (1.0, 4.0)}
    np.testing.assert_array_equal(codes[1.0], plain)
    assert not np.array_equal(codes[4.0], plain)


@pytest.mark.parametrize(
    "setting",
    [
        *({"beta": -1.0}, {"beta": float("nan")}, {"n_codes": 0}, {"n_steps": 0}),
        *({"batch_size": 0}, {"learning_rate": 0.0}, {"schedule": "fats"}),
        *({"schedule": 3}, {"schedule": None}, {"schedule": ["fast"]}, {"network": None}),
        *({"decoder": "poisson"}, {"network": "mpl"}, {"noise_variance": 0.0}),
        {"random_state": -1},
    ],
)
def test_a_senseless_setting_is_refused_by_name(setting):
    (name,) = setting
    with pytest.raises(InputError, match=name):
        BetaVAE(**{"n_steps": 5} | setting).fit(table())


def test_one_sample_and_a_batch_larger_than_the_samples_are_enough():
    assert brief().fit(table(1)).transform(table(1)).shape == (1, 2)
    assert VAE(n_codes=2, n_steps=5, batch_size=100).fit(table(3)).n_codes_ == 2


@pytest.mark.parametrize("name", ["pictures", "noisy_dsprites"])
def test_interrupted_and_resumed_is_uninterrupted(tmp_path, monkeypatch, name):
    monkeypatch.setattr(loop, "_is_due", lambda *_: True)  # a checkpoint at each line
    images = pictures(side=64) if name == "pictures" else load_dataset(name).images

    def interrupt(word):
        if word.done == 3:
            raise KeyboardInterrupt

    whole = brief().fit(images)
    model = brief()
    with pytest.raises(KeyboardInterrupt):
        model.fit(images, folder=tmp_path, progress=interrupt)
    assert not hasattr(model, "n_codes_")
    model.fit(images, folder=tmp_path)
    assert model.weights_sha256_ == whole.weights_sha256_
    np.testing.assert_array_equal(model.loss_curve_, whole.loss_curve_)
    steps = [json.loads(x)["step"] for x in (tmp_path / "train.jsonl").read_text().splitlines()]
    assert steps == [1, 2, 3, 4, 5]


def test_a_folder_of_other_samples_or_settings_is_refused(tmp_path):
    brief().fit(table(), folder=tmp_path)
    with pytest.raises(StoreError, match="samples = "):
        brief().fit(table(seed=1), folder=tmp_path)
    with pytest.raises(StoreError, match="random_state = 0"):
        brief(random_state=1).fit(table(), folder=tmp_path)
    with pytest.raises(StoreError, match="learner = 'VAE'"):
        BetaVAE(n_codes=2, n_steps=5, batch_size=8).fit(table(), folder=tmp_path)


def test_weights_of_another_fit_are_refused(tmp_path):
    brief().fit(table()).save(tmp_path / "one")
    brief(random_state=1).fit(table()).save(tmp_path / "two")
    (tmp_path / "two" / "model.safetensors").replace(tmp_path / "one" / "model.safetensors")
    with pytest.raises(StoreError, match="does not belong"):
        VAE.load(tmp_path / "one")


def test_weights_of_another_network_are_refused(tmp_path):
    brief().fit(table()).save(tmp_path / "one")
    brief(network="linear").fit(table()).save(tmp_path / "two")
    (tmp_path / "two" / "model.safetensors").replace(tmp_path / "one" / "model.safetensors")
    with pytest.raises(StoreError, match="cannot be read"):
        VAE.load(tmp_path / "one")


def test_a_loaded_model_decodes_and_scores_as_the_saved_one(tmp_path):
    model = brief().fit(table())
    model.save(tmp_path)
    loaded = VAE.load(tmp_path)
    assert loaded.score(table()) == model.score(table())
    np.testing.assert_array_equal(loaded.sample(3), model.sample(3))


def test_the_bound_rises_with_training():
    images = pictures(200)
    few, many = (VAE(n_codes=4, n_steps=n).fit(images).score(images) for n in (5, 150))
    assert few < many < 0


EIGENVALUES = np.array([2.7, 0.6, 0.075, 0.075])


@pytest.fixture(scope="module")
def gaussian():
    """Samples whose covariance has exactly these eigenvalues."""
    rng = stream(0, "gaussian")
    white = rng.normal(size=(2000, 4))
    white -= white.mean(axis=0)
    white = white @ np.linalg.inv(np.linalg.cholesky(white.T @ white / len(white))).T
    return white * np.sqrt(EIGENVALUES) @ np.linalg.qr(rng.normal(size=(4, 4)))[0]


def linear(beta, **rest):
    settings = {"network": "linear", "decoder": "gaussian", "batch_size": 256}
    return BetaVAE(beta=beta, learning_rate=0.06, **settings, **rest)


@pytest.mark.parametrize("beta", [1.0, 4.0])
def test_a_linear_beta_vae_keeps_the_directions_that_pay(gaussian, beta):
    # With noise variance s2 it is probabilistic PCA with noise beta s2: a code collapses where
    # lambda <= beta s2, and elsewhere the variance of its means is 1 - beta s2 / lambda.
    model = linear(beta, n_codes=3, n_steps=1000, noise_variance=0.3).fit(gaussian)
    activity = np.sort(model.transform(gaussian).var(axis=0))[::-1]
    expected = np.maximum(0, 1 - beta * 0.3 / EIGENVALUES[:3])
    np.testing.assert_allclose(activity, expected, atol=0.05)


def test_a_linear_vae_reaches_the_likelihood_of_probabilistic_pca(gaussian):
    model = linear(1.0, n_codes=2, n_steps=1000).fit(gaussian)
    assert model.noise_variance_ == pytest.approx(0.075, rel=0.1)
    best = -0.5 * (4 * np.log(2 * np.pi) + np.log(EIGENVALUES).sum() + 4)
    # A bound stays below it, but for the one draw per sample: standard error 0.03.
    assert best - 0.15 < model.score(gaussian) < best + 0.1


def test_weighted_draws_find_the_likelihood_of_a_linear_model(gaussian):
    model = linear(1.0, n_codes=2, n_steps=300).fit(gaussian)
    origin, *along = model.inverse_transform(np.vstack([np.zeros(2), np.eye(2)]))
    slopes = np.stack(along) - origin
    covariance = slopes.T @ slopes + model.noise_variance_ * np.eye(4)
    truth = stats.multivariate_normal(origin, covariance).logpdf(gaussian[:50])
    np.testing.assert_allclose(model.log_likelihood(gaussian[:50], 2000), truth, atol=0.1)


def test_weighted_draws_find_the_likelihood_of_binary_codes():
    X = (table() > 0.5).astype(float)
    model = BernoulliVAE(n_codes=3, n_steps=50).fit(X)
    every = np.array(list(product([0.0, 1.0], repeat=3)))
    means = model.inverse_transform(every)[:, None]
    of_each = np.log(np.where(X > 0.5, means, 1 - means)).sum(axis=2)
    truth = logsumexp(of_each, axis=0) - 3 * np.log(2)
    np.testing.assert_allclose(model.log_likelihood(X, 2000), truth, atol=0.15)


def test_nan_in_a_table_is_told_in_words_of_our_own():
    X = table()
    X[3, 1] = np.nan
    with pytest.raises(InputError, match=r"^samples hold NaN or infinity: allowed"):
        VAE(n_steps=5).fit(X)


def test_a_folder_may_be_named_by_text(tmp_path):
    VAE(n_steps=5).fit(table(), folder=str(tmp_path / "kept"))
    assert (tmp_path / "kept" / "train.jsonl").exists()


def test_learners_that_train_say_what_to_install_where_torch_is_missing():
    code = (
        "import importlib.util, sys\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name == 'torch' else find(name, *a)\n"
        "import unbraid.learners\n"
        "assert 'sklearn' not in sys.modules\n"
        "try: unbraid.learners.BetaVAE\n"
        "except ImportError as error: print(type(error).__name__, error)\n"
        "assert 'torch' not in sys.modules\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("MissingNeed training needs torch")
    assert "pip install 'unbraid[train]'" in said.stdout


def test_the_separable_schedule_starts_elsewhere_and_is_kept_by_a_folder(tmp_path):
    images = np.random.default_rng(0).random((8, 64, 64), dtype=np.float32)
    models = [
        VAE(n_codes=4, schedule=schedule, n_steps=1, batch_size=2, learning_rate=1e-9).fit(images)
        for schedule in ("fast", "separable")
    ]
    kernels = [model._model.encoder.body[0].weight for model in models]
    changes = [kernel[:16].std(dim=3).max().item() for kernel in kernels]
    assert changes[0] > 0.01 > 1e-6 > changes[1]
    models[1].save(tmp_path / "model")
    again = VAE.load(tmp_path / "model")
    assert np.array_equal(again.transform(images), models[1].transform(images))


def test_tensors_of_torch_are_taken_for_arrays():
    import torch

    model = brief().fit(torch.from_numpy(table()))
    np.testing.assert_array_equal(
        model.transform(table()), brief().fit(table()).transform(table())
    )
