import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import KFold

from unbraid.numerics.softmax import Softmax, discriminant, fit_softmax, fit_softmax_tuned


def mixture(n_classes, n=300, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(n_classes, size=n)
    centres = rng.normal(size=(n_classes, 4))
    return centres[labels] + rng.normal(size=(n, 4)), labels


@pytest.mark.parametrize("n_classes", [2, 3, 8])
@pytest.mark.parametrize("strength", [1e-3, 1.0])
def test_the_fit_is_that_of_scikit_learn(n_classes, strength):
    features, labels = mixture(n_classes)
    twin = LogisticRegression(C=strength).fit(features, labels)
    mine = fit_softmax(features, labels, n_classes, strength=strength)
    assert twin.coef_ == pytest.approx(mine.weights.T, abs=1e-6)
    assert mine.probabilities(features) == pytest.approx(twin.predict_proba(features), abs=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_tuned_fit_is_that_of_scikit_learn(n_classes):
    features, labels = mixture(n_classes, n=63, seed=1)
    twin = LogisticRegressionCV(Cs=10, cv=KFold(5)).fit(features, labels)
    mine = fit_softmax_tuned(features, labels, n_classes)
    # Both stop early, after steps that rounding has led apart: the fits agree, the digits do not.
    twin = twin.predict_proba(features)
    assert mine.probabilities(features) == pytest.approx(twin, abs=2e-3)


def loss(fit, features, labels):
    return -np.log(fit.probabilities(features)[np.arange(len(labels)), labels]).mean()


def test_classes_that_hardly_differ_are_told_apart_by_their_discriminant():
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(3000, 4)), rng.integers(5, size=3000)
    features -= features.mean(axis=0)
    start = discriminant(features, labels, 5)
    twin = fit_softmax(features, labels, 5)
    chance = loss(Softmax(np.zeros((4, 5)), np.log(np.bincount(labels))), features, labels)
    gained = chance - loss(twin, features, labels)
    assert chance - loss(start, features, labels) > 0.99 * gained > 0
    assert fit_softmax(features, labels, 5, start=start).weights == pytest.approx(
        twin.weights, abs=2e-3
    )


def test_classes_that_differ_and_features_that_depend_on_each_other_have_no_discriminant():
    features, labels = mixture(4)
    assert discriminant(features - features.mean(axis=0), labels, 4) is None
    labels = np.random.default_rng(1).permutation(labels)
    assert discriminant(np.hstack([features, features]), labels, 4) is None


def test_many_features_have_no_discriminant_for_its_matrix_would_take_longer_than_the_fit():
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(10_000, 201)), rng.integers(4, size=10_000)
    assert discriminant(features[:, :200], labels, 4) is not None
    assert discriminant(features, labels, 4) is None


def test_the_fit_does_not_depend_on_how_rows_are_blocked(monkeypatch):
    features, labels = mixture(3)
    whole = fit_softmax(features, labels, 3).weights
    monkeypatch.setattr("unbraid.numerics.softmax.BLOCK", 64)
    assert fit_softmax(features, labels, 3).weights == pytest.approx(whole, abs=1e-7)


def test_probabilities_sum_to_one_even_where_logits_are_huge():
    fit = Softmax(np.array([[1e5, -1e5, 0.0]]), np.zeros(3))
    assert fit.probabilities(np.array([[1.0], [-1.0]])).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_a_class_that_never_occurs_is_never_predicted():
    features, labels = mixture(2)
    assert 2 not in fit_softmax(features, labels, 3).classify(features)


@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e30])
def test_features_of_any_size_give_a_finite_fit(scale):
    features, labels = mixture(3)
    fit = fit_softmax(scale * features, labels, 3)
    assert np.isfinite(fit.logits(scale * features)).all()
