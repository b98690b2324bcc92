"""Principal component analysis, against its closed forms."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.learners import ICA, PCA


def gaussian(n, features, seed=0):
    rng = stream(seed, "pca")
    return rng.normal(size=(n, features)) @ rng.normal(size=(features, features)) + 3


def test_variances_are_the_largest_eigenvalues_of_the_covariance():
    X = gaussian(200, 5)
    largest = np.sort(np.linalg.eigvalsh(np.cov(X.T)))[::-1][:3]
    np.testing.assert_allclose(PCA(n_codes=3).fit(X).explained_variance_, largest)


def test_log_likelihood_is_that_of_the_gaussian_it_stands_for():
    X, fresh = gaussian(200, 5), gaussian(50, 5, seed=1)
    model = PCA(n_codes=2).fit(X)
    eigenvalues, directions = np.linalg.eigh(np.cov(X.T))
    noise = eigenvalues[:3].mean()
    kept = directions[:, 3:]
    covariance = noise * np.eye(5) + (kept * (eigenvalues[3:] - noise)) @ kept.T
    density = multivariate_normal(X.mean(axis=0), covariance)
    assert model.score(fresh) == pytest.approx(density.logpdf(fresh).mean(), abs=1e-9)


def test_log_likelihood_of_all_directions_is_that_of_the_full_gaussian():
    X = gaussian(200, 4)
    density = multivariate_normal(X.mean(axis=0), np.cov(X.T))
    assert PCA(n_codes=4).fit(X).score(X) == pytest.approx(density.logpdf(X).mean(), abs=1e-9)


def test_all_directions_give_the_samples_back():
    X = gaussian(50, 4)
    model = PCA(n_codes=4).fit(X)
    np.testing.assert_allclose(model.inverse_transform(model.transform(X)), X)


@pytest.mark.parametrize(("n", "n_features", "n_codes"), [(50, 4, 3), (400, 4, 2), (400, 20, 2)])
def test_samples_in_a_subspace_have_no_density(n, n_features, n_codes):
    X = stream(0, "cube").uniform(size=(n, 2)) @ stream(0, "embed").normal(size=(2, n_features))
    for model in (PCA, ICA) if n_codes == 2 else (PCA,):
        with pytest.raises(InputError, match="no density"):
            model(n_codes=n_codes).fit(X).score(X)


def test_more_codes_than_features_are_refused():
    with pytest.raises(InputError, match="at most 3 codes"):
        PCA(n_codes=4).fit(gaussian(20, 3))


def test_as_many_samples_are_read_as_asked_for():
    X = gaussian(500, 4)
    few, every = PCA(max_samples=50).fit(X), PCA(max_samples=None).fit(X)
    assert not np.allclose(few.mean_, every.mean_)
    np.testing.assert_allclose(every.mean_, X.mean(axis=0))
