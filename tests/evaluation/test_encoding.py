"""Codes of a data set by anything fitted, or by a function."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import unbraid
from unbraid.core.errors import InputError
from unbraid.core.values import Dataset
from unbraid.evaluation import represent


def images_of(factors, rng):
    """Images whose first pixel is the first factor, and whose second is the other."""
    images = np.zeros((len(factors), 2, 2))
    images.reshape(-1, 4)[:, :2] = factors
    return images + 0.01 * rng.random((len(factors), 2, 2))


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    factors = rng.integers(3, size=(300, 2))
    return Dataset(
        name="pixels",
        images=images_of(factors, rng),
        source="two pixels",
        fingerprint="0",
        factors=factors,
        factor_names=("first", "second"),
        factor_kinds=("ordinal", "ordinal"),
        factor_sizes=(3, 3),
        render=images_of,
    )


def pixels(images):
    return images.reshape(len(images), -1)[:, :2]


def test_a_transformer_of_scikit_learn_is_scored_on_images(data):
    fitted = make_pipeline(StandardScaler(), PCA(3)).fit(data.images.reshape(300, -1))
    assert represent(fitted, data).codes.shape == (300, 3)
    found = unbraid.evaluate(fitted, data, "dci_informativeness")
    assert found["dci_informativeness"].value > 0.8


def test_a_function_gives_the_scores_of_its_codes(data):
    through = unbraid.evaluate(pixels, data, "mig")["mig"].value
    assert through == unbraid.evaluate(pixels(data.images), data.factors, "mig")["mig"].value


def test_scores_that_intervene_render_samples_of_their_own(data):
    seen = []

    def encoder(images):
        seen.append(len(images))
        return pixels(images)

    assert unbraid.evaluate(encoder, data, "beta_vae_score")["beta_vae_score"].value > 0.95
    assert sum(seen) > 10_000


def test_many_samples_are_drawn_from_and_keep_their_factors(data):
    given = represent(pixels, data, n_rows=50)
    assert given.codes.shape == (50, 2)
    assert np.array_equal(np.round(given.codes - 0.005), given.factors)
    assert len(np.unique(given.codes[:, 0])) == 50


@pytest.mark.parametrize(
    ("encoder", "words"),
    [
        (lambda images: images[:3].reshape(3, 4), "3 rows for 300 samples"),
        (lambda images: images * np.nan, "two axes|NaN"),
        (lambda images: ["a"] * len(images), "must be numbers"),
        ("pca", "need an encoder"),
    ],
)
def test_what_is_no_encoder_is_refused(data, encoder, words):
    with pytest.raises(InputError, match=words):
        unbraid.evaluate(encoder, data, "mig")


def test_an_encoder_without_a_data_set_is_refused(data):
    with pytest.raises(InputError, match=r"try evaluate\(encoder, dataset\)"):
        unbraid.evaluate(pixels, data.factors)


@pytest.mark.parametrize("given", [{"factor_kinds": ("ordinal",) * 2}, {"codes_test": [[0.0]]}])
def test_what_a_data_set_brings_itself_is_not_taken_twice(data, given):
    with pytest.raises(InputError, match="a data set brings its factors"):
        unbraid.evaluate(pixels, data, "mig", **given)
