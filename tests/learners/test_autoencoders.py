"""Autoencoders with constraints: where they are solved exactly, and what they refuse."""

import numpy as np
import pytest
from scipy.linalg import subspace_angles

from unbraid import learners
from unbraid.core.errors import Caution, InputError, StoreError
from unbraid.core.rng import stream
from unbraid.learners import (
    Autoencoder,
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    TiedAutoencoder,
    UndercompleteAutoencoder,
)
from unbraid.training import loop

FAMILY = [name for name in learners.names() if name.endswith("autoencoder")]
EIGENVALUES = np.array([4.0, 2.5, 1.5, 0.8, 0.4, 0.2])
MEAN = np.array([1.0, -2.0, 0.0, 3.0, 0.5, 0.0])
EXACT = {"network": "linear", "batch_size": None, "n_steps": 500, "learning_rate": 0.02}


def gaussian(n=300, mean=MEAN):
    """Samples of which the covariance has exactly these eigenvalues, and its eigenvectors."""
    rng = stream(0, "gaussian")
    white = rng.normal(size=(n, 6))
    white -= white.mean(axis=0)
    white = white @ np.linalg.inv(np.linalg.cholesky(white.T @ white / n)).T
    axes = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    return white * np.sqrt(EIGENVALUES) @ axes.T + mean, axes


def table(n=30, p=6):
    return stream(0, "table").normal(size=(n, p))


def brief(kind, **rest):
    return kind(**{"n_codes": 2, "n_steps": 5, "batch_size": 8} | rest)


@pytest.fixture(params=FAMILY)
def kind(request):
    return learners.get(request.param)


@pytest.fixture(scope="module")
def bottleneck():
    return UndercompleteAutoencoder(n_codes=3, **EXACT).fit(gaussian()[0])


def test_a_linear_bottleneck_spans_the_leading_principal_components(bottleneck):
    _, axes = gaussian()
    assert subspace_angles(bottleneck.decoder_weights_, axes[:, :3]).max() < 1e-5
    assert subspace_angles(bottleneck.encoder_weights_.T, axes[:, :3]).max() < 1e-4


def test_its_error_is_the_sum_of_the_eigenvalues_that_are_lost(bottleneck):
    X, _ = gaussian()
    assert -bottleneck.score(X) == pytest.approx(EIGENVALUES[3:].sum(), abs=1e-6)


def test_it_reconstructs_as_pca_does(bottleneck):
    X, _ = gaussian()
    pca = learners.PCA(n_codes=3).fit(X)
    np.testing.assert_allclose(
        bottleneck.inverse_transform(bottleneck.transform(X)),
        pca.inverse_transform(pca.transform(X)),
        atol=1e-4,
    )


def test_small_batches_come_close_to_the_principal_components():
    X, axes = gaussian(2000)
    model = UndercompleteAutoencoder(n_codes=3, network="linear", n_steps=1000, learning_rate=0.01)
    model.fit(X)
    assert subspace_angles(model.decoder_weights_, axes[:, :3]).max() < 0.2
    assert -model.score(X) < 1.05 * EIGENVALUES[3:].sum()


def test_weight_decay_ties_the_weights_to_the_principal_components():
    X, axes = gaussian()
    weight_decay = 0.3
    model = UndercompleteAutoencoder(n_codes=3, weight_decay=weight_decay, **EXACT).fit(X)
    np.testing.assert_allclose(model.encoder_weights_, model.decoder_weights_.T, atol=1e-6)
    left, values, _ = np.linalg.svd(model.decoder_weights_, full_matrices=False)
    np.testing.assert_allclose(values**2, 1 - weight_decay / EIGENVALUES[:3], atol=1e-6)
    np.testing.assert_allclose(np.abs(left.T @ axes[:, :3]), np.eye(3), atol=1e-4)


def test_without_weight_decay_nothing_ties_them(bottleneck):
    assert np.abs(bottleneck.encoder_weights_ - bottleneck.decoder_weights_.T).max() > 0.1


def test_weight_decay_drops_the_components_that_do_not_pay():
    X, _ = gaussian()
    model = UndercompleteAutoencoder(n_codes=5, weight_decay=1.0, **EXACT).fit(X)
    values = np.linalg.svd(model.decoder_weights_)[1]
    expected = np.sqrt(np.maximum(0, 1 - 1.0 / EIGENVALUES[:5]))
    np.testing.assert_allclose(values, expected, atol=1e-3)


@pytest.mark.parametrize(
    "model",
    [
        TiedAutoencoder(n_codes=3, **EXACT),
        SparseAutoencoder(n_codes=3, n_nonzero=3, **EXACT),
    ],
    ids=["tied", "top-k with k = width"],
)
def test_tied_and_linear_is_pca_with_orthonormal_weights(model):
    X, axes = gaussian()
    weights = model.fit(X).encoder_weights_
    np.testing.assert_allclose(weights @ weights.T, np.eye(3), atol=1e-6)
    assert subspace_angles(weights.T, axes[:, :3]).max() < 1e-4
    np.testing.assert_array_equal(model.decoder_weights_, weights.T)


def test_an_overcomplete_linear_autoencoder_learns_the_identity():
    X, _ = gaussian()
    model = Autoencoder(**EXACT).fit(X)
    assert model.n_codes_ == 12
    np.testing.assert_allclose(
        model.decoder_weights_ @ model.encoder_weights_, np.eye(6), atol=1e-5
    )
    noise = stream(1, "noise").uniform(-9, 9, size=(50, 6))
    np.testing.assert_allclose(model.inverse_transform(model.transform(noise)), noise, atol=1e-4)


def closed_form(S, noise, level):
    """The linear map that takes noise out best, of samples with mean zero."""
    if noise == "gaussian":
        return S @ np.linalg.inv(S + level**2 * np.eye(len(S)))
    Q = (1 - level) ** 2 * S
    np.fill_diagonal(Q, (1 - level) * np.diag(S))
    return (1 - level) * S @ np.linalg.inv(Q)


@pytest.mark.parametrize(("noise", "level"), [("masking", 0.3), ("gaussian", 0.7)])
def test_a_linear_denoiser_is_the_closed_form(noise, level):
    X, _ = gaussian(2000, mean=0.0)
    model = DenoisingAutoencoder(n_codes=6, noise=noise, level=level, **EXACT).fit(X)
    learned = model.decoder_weights_ @ model.encoder_weights_
    expected = closed_form(X.T @ X / len(X), noise, level)
    np.testing.assert_allclose(learned, expected, atol=0.02)
    assert np.abs(expected - np.eye(6)).max() > 0.15  # far from copying


def test_a_denoiser_takes_out_noise_that_it_has_not_seen():
    images = squares(400)
    model = DenoisingAutoencoder(n_codes=16, noise="salt_and_pepper", n_steps=300).fit(images)
    x = images[:100].astype(float)
    noisy = np.where(stream(1, "noise").uniform(size=x.shape) < 0.1, 1 - x, x)
    cleaned = model.inverse_transform(model.transform(noisy))
    assert ((cleaned - x) ** 2).sum() < 0.7 * ((noisy - x) ** 2).sum()


def test_contraction_makes_codes_move_less():
    X = squares(200).reshape(200, -1).astype(float)
    moved = X + 0.1 * stream(1, "moves").normal(size=X.shape)

    def movement(penalty):
        model = ContractiveAutoencoder(
            n_codes=16, penalty=penalty, n_steps=150, learning_rate=0.02
        )
        model.fit(X)
        return np.abs(model.transform(moved) - model.transform(X)).mean()

    assert movement(10.0) < 0.5 * movement(0.0)


def test_top_k_leaves_k_codes_of_each_sample():
    codes = SparseAutoencoder(n_codes=20, n_nonzero=3, n_steps=50).fit_transform(table())
    assert set((codes != 0).sum(axis=1)) == {3}
    more = SparseAutoencoder(n_codes=20, n_nonzero=3, n_encoded=6, n_steps=50)
    assert set((more.fit_transform(table()) != 0).sum(axis=1)) == {6}
    np.testing.assert_array_equal(np.where(codes != 0, more.transform(table()), 0), codes)


def test_l1_and_kl_make_codes_rare():
    X = squares(200)
    small = [
        SparseAutoencoder(n_codes=20, constraint="l1", penalty=p, n_steps=150).fit_transform(X)
        for p in (0.0, 1.0)
    ]
    assert (small[1] > 0).mean() < 0.5 * (small[0] > 0).mean()
    rare = SparseAutoencoder(
        n_codes=20, constraint="kl", penalty=3.0, rate=0.1, n_steps=200, learning_rate=0.02
    )
    assert rare.fit_transform(X).mean(axis=0).max() < 0.2


def squares(n, side=8):
    """Binary pictures of a bright square at one of many places."""
    images = np.zeros((n, side, side), dtype=np.uint8)
    for image, (i, j) in zip(
        images, stream(0, "squares").integers(side - 2, size=(n, 2)), strict=True
    ):
        image[i : i + 3, j : j + 3] = 1
    return images


def test_every_autoencoder_learns_convolutions_on_images_of_64(kind):
    images = squares(10, side=64)
    model = brief(kind, network="conv").fit(images)
    decoded = model.inverse_transform(model.transform(images))
    assert decoded.shape == images.shape
    assert 0 <= decoded.min() <= decoded.max() <= 1
    with pytest.raises(InputError, match="64 x 64"):
        brief(kind, network="conv").fit(squares(10))


def test_bytes_do_not_overflow_and_equal_the_same_fractions(kind):
    grey = stream(0, "grey").integers(256, size=(30, 8, 8)).astype(np.uint8)
    grey[0] = 255
    codes = brief(kind).fit(grey).transform(grey)
    fractions = (grey / 255).astype(np.float32)
    np.testing.assert_allclose(brief(kind).fit(fractions).transform(fractions), codes, atol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_finite_are_refused(kind, bad):
    X = table()
    X[3, 2] = bad
    with pytest.raises(InputError, match=r"NaN|infinity"):
        brief(kind).fit(X)
    images = np.zeros((5, 4, 4))
    images[1, 2, 3] = bad
    with pytest.raises(InputError, match=r"NaN|infinity"):
        brief(kind).fit(images)


def test_constant_features_are_learned_by_heart(kind):
    X = table(200)
    X[:, 2] = 7.0
    model = brief(kind, n_steps=200, learning_rate=0.01).fit(X)
    decoded = model.inverse_transform(model.transform(X))
    assert decoded[:, 2].mean() == pytest.approx(7.0, abs=0.2)


def test_equal_samples_all_have_one_code(kind):
    model = brief(kind).fit(np.full((9, 5), 3.0))
    codes = model.transform(np.full((4, 5), 3.0))
    assert np.isfinite(codes).all()
    np.testing.assert_array_equal(codes, np.tile(codes[:1], (4, 1)))


def test_fewer_samples_than_features_one_sample_and_a_large_batch_are_enough(kind):
    assert brief(kind).fit(table(3, 50)).transform(table(3, 50)).shape == (3, 2)
    assert brief(kind).fit(table(1)).transform(table(1)).shape == (1, 2)
    assert brief(kind, batch_size=100).fit(table(3)).n_codes_ == 2


def test_a_batch_of_all_samples_is_one(kind):
    assert brief(kind, batch_size=None).fit(table()).transform(table()).shape == (30, 2)


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        *[(TiedAutoencoder, s) for s in ({"n_codes": 0}, {"n_steps": 0}, {"batch_size": 0})],
        *[(TiedAutoencoder, s) for s in ({"learning_rate": 0.0}, {"schedule": "fats"})],
        *[(TiedAutoencoder, s) for s in ({"decoder": "poisson"}, {"network": "mpl"})],
        *[(Autoencoder, s) for s in ({"weight_decay": -1.0}, {"random_state": -1})],
        *[(SparseAutoencoder, s) for s in ({"constraint": "l2"}, {"n_encoded": 3})],
        *[(SparseAutoencoder, {"constraint": "kl"} | s) for s in ({"rate": 1.0}, {"rate": 0.0})],
        (SparseAutoencoder, {"constraint": "l1", "penalty": -1.0}),
        *[(DenoisingAutoencoder, s) for s in ({"noise": "pink"}, {"level": 1.5})],
        *[(DenoisingAutoencoder, s) for s in ({"level": float("nan")}, {"activation": "tanh"})],
        (ContractiveAutoencoder, {"penalty": -0.1}),
    ],
)
def test_a_senseless_setting_is_refused_by_name(kind, setting):
    with pytest.raises(InputError, match=list(setting)[-1]):
        brief(kind, **setting).fit(table())


def test_more_codes_kept_than_there_are_is_refused_with_what_is_allowed():
    with pytest.raises(InputError, match=r"n_nonzero .*got 30; allowed: .* from 1 to 20"):
        SparseAutoencoder(n_codes=20, n_nonzero=30).fit(table())


def test_an_unknown_noise_is_refused_with_those_that_exist():
    with pytest.raises(InputError, match=r"'pink'; allowed: gaussian, masking, salt_and_pepper"):
        DenoisingAutoencoder(noise="pink").fit(table())


def test_a_bottleneck_that_is_none_is_told_or_refused():
    with pytest.warns(Caution, match="no bottleneck"):
        UndercompleteAutoencoder(n_codes=6, n_steps=5).fit(table())
    with pytest.raises(InputError, match="at most 6 codes"):
        UndercompleteAutoencoder(n_codes=7).fit(table())
    assert UndercompleteAutoencoder(n_steps=5).fit(table()).n_codes_ == 5
    assert UndercompleteAutoencoder(n_steps=5).fit(table(p=30)).n_codes_ == 10


def test_only_values_between_zero_and_one_are_bernoulli(kind):
    with pytest.raises(InputError, match=r"must lie in \[0, 1\]"):
        brief(kind, decoder="bernoulli").fit(table())
    model = brief(kind, decoder="bernoulli").fit(squares(20))
    assert model.score(squares(20)) < 0


def test_only_a_network_of_one_layer_has_a_single_matrix():
    model = brief(Autoencoder, network="mlp").fit(table())
    with pytest.raises(AttributeError, match="mlp"):
        model.encoder_weights_  # noqa: B018 (the access is what is tested)


def test_training_lowers_the_error(kind):
    X = squares(200)
    few, many = (kind(n_codes=8, n_steps=n).fit(X).score(X) for n in (2, 200))
    assert few < many < 0


def test_interrupted_and_resumed_is_uninterrupted(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_is_due", lambda *_: True)  # a checkpoint at each line

    def interrupt(word):
        if word.done == 3:
            raise KeyboardInterrupt

    whole = brief(kind).fit(table())
    model = brief(kind)
    with pytest.raises(KeyboardInterrupt):
        model.fit(table(), folder=tmp_path, progress=interrupt)
    assert not hasattr(model, "n_codes_")
    model.fit(table(), folder=tmp_path)
    np.testing.assert_array_equal(model.transform(table()), whole.transform(table()))
    np.testing.assert_array_equal(model.loss_curve_, whole.loss_curve_)


def test_a_loaded_autoencoder_decodes_and_scores_as_the_saved_one(kind, tmp_path):
    model = brief(kind).fit(table())
    model.save(tmp_path)
    loaded = learners.load(tmp_path)
    assert loaded.score(table()) == model.score(table())
    codes = model.transform(table())
    np.testing.assert_array_equal(loaded.inverse_transform(codes), model.inverse_transform(codes))


def test_weights_of_another_network_are_refused(tmp_path):
    brief(TiedAutoencoder).fit(table()).save(tmp_path / "one")
    brief(TiedAutoencoder, network="linear").fit(table()).save(tmp_path / "two")
    (tmp_path / "two" / "model.safetensors").replace(tmp_path / "one" / "model.safetensors")
    with pytest.raises(StoreError, match="cannot be read"):
        learners.load(tmp_path / "one")
