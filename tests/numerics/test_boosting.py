"""Boosted trees: scikit-learn's estimator is the twin."""

from functools import cache

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier

from unbraid.core.errors import InputError
from unbraid.numerics.boosting import boosted_importances, fit_boosted_trees, predict_classes


def cases(n_classes, n=1500, d=4, seed=0):
    """Codes that tell classes of unequal sizes apart, partly, and codes of the same kind."""
    rng = np.random.default_rng(seed)
    codes = rng.normal(size=(2 * n, d)).astype(np.float32)
    noisy = codes[:, 0] + 0.3 * codes[:, 1] ** 2 + 0.3 * rng.normal(size=2 * n)
    edges = np.quantile(noisy, np.linspace(0, 1, n_classes + 1)[1:-1] ** 1.3)
    classes = np.searchsorted(edges, noisy)
    return codes[:n], classes[:n], codes[n:]


@cache
def twin(n_classes, n_rounds, seed=0, max_depth=3):
    codes, classes, _ = cases(n_classes)
    twin = GradientBoostingClassifier(
        n_estimators=n_rounds, random_state=seed, max_depth=max_depth
    )
    return twin.fit(codes, classes)


def ours_raw(trees, codes):
    """Slow and transparent: walk down every tree for every row."""
    raw = np.tile(trees.prior, (len(codes), 1))
    n_nodes = trees.features.shape[2]
    for r, k in np.ndindex(trees.features.shape[:2]):
        for i, row in enumerate(codes):
            at = 0
            while at < n_nodes:
                f = trees.features[r, k, at]
                at = 2 * at + 1 + (f >= 0 and row[f] > trees.thresholds[r, k, at])
            raw[i, k] += trees.values[r, k, at - n_nodes]
    return raw


@pytest.mark.parametrize(("n_classes", "n_rounds"), [(2, 6), (3, 6), (5, 6), (9, 1)])
def test_importances_are_those_of_scikit_learn(n_classes, n_rounds):
    # Few rounds: later, nodes of a handful of samples have equally good splits on several columns,
    # between which scikit-learn draws at random. Two seeds that agree tell that it did not.
    codes, classes, _ = cases(n_classes)
    expected = twin(n_classes, n_rounds).feature_importances_
    again = twin(n_classes, n_rounds, 1).feature_importances_
    np.testing.assert_allclose(again, expected, rtol=0, atol=1e-12)
    trees = fit_boosted_trees(codes, classes, n_rounds=n_rounds)
    np.testing.assert_allclose(trees.importances, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_importances_after_a_hundred_rounds_differ_no_more_than_two_seeds_do(n_classes):
    codes, classes, _ = cases(n_classes)
    trees = fit_boosted_trees(codes, classes)
    expected = twin(n_classes, 100).feature_importances_
    np.testing.assert_allclose(trees.importances, expected, rtol=0, atol=2e-3)


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_predictions_are_those_of_scikit_learn(n_classes):
    codes, classes, new = cases(n_classes)
    trees = fit_boosted_trees(codes, classes, n_rounds=6)
    agree = predict_classes(trees, new) == twin(n_classes, 6).predict(new)
    assert agree.mean() >= 0.999


@pytest.mark.parametrize("n_classes", [2, 4])
def test_raw_scores_are_those_of_scikit_learn(n_classes):
    codes, classes, new = cases(n_classes)
    trees = fit_boosted_trees(codes, classes, n_rounds=4)
    expected = twin(n_classes, 4).decision_function(new[:200]).reshape(200, -1)
    raw = ours_raw(trees, new[:200])
    raw -= (raw - expected).mean(axis=1, keepdims=True) * (n_classes > 2)  # softmax ignores it
    np.testing.assert_allclose(raw, expected, rtol=0, atol=1e-9)


def test_a_hundred_rounds_on_ten_samples_round_as_those_of_scikit_learn():
    # Where all is learned, what is left are differences from 1, and classes that tie in the last
    # digits. A few data sets have splits that tie within the one column, so the median is taken.
    gaps = []
    for seed in range(15):
        rng = np.random.default_rng(seed)
        codes, new = rng.normal(size=(10, 1)), np.linspace(-3, 3, 20)[:, None]
        classes = np.unique(rng.integers(6, size=10), return_inverse=True)[1]
        expected = GradientBoostingClassifier().fit(codes, classes).decision_function(new)
        raw = ours_raw(fit_boosted_trees(codes, classes), new.astype(np.float32))
        apart = raw - expected
        gaps.append(np.ptp(apart, axis=1).max())  # softmax ignores what all classes share
    assert np.median(gaps) < 1e-12


@pytest.mark.parametrize("max_depth", [1, 2, 5])
def test_other_depths_are_those_of_scikit_learn(max_depth):
    codes, classes, new = cases(3)
    trees = fit_boosted_trees(codes, classes, n_rounds=1, max_depth=max_depth)
    agree = predict_classes(trees, new) == twin(3, 1, max_depth=max_depth).predict(new)
    assert agree.mean() >= 0.999


def test_codes_of_few_values_split_where_scikit_learn_splits_them():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 7, size=(1000, 3)).astype(float)
    classes = (codes[:, 0] + (rng.random(1000) < 0.2) * 3).astype(int) // 3
    trees = fit_boosted_trees(codes, classes, n_rounds=5)
    expected = GradientBoostingClassifier(n_estimators=5).fit(codes, classes)
    np.testing.assert_allclose(trees.importances, expected.feature_importances_, atol=1e-3)
    assert set(np.unique(trees.thresholds[trees.features >= 0] % 1)) <= {0.0, 0.5}


def test_values_closer_than_the_threshold_are_not_split():
    codes = (np.arange(200.0) * 4e-10)[:, None]  # 8e-8 from end to end
    trees = fit_boosted_trees(codes, np.arange(200) // 100)
    assert (trees.features == -1).all()
    assert not trees.importances.any()


def test_a_tiny_scale_is_split_where_scikit_learn_splits_it():
    rng = np.random.default_rng(2)
    codes = rng.normal(size=(400, 2)) * 2e-6  # neighbours often closer than 1e-7
    classes = (codes[:, 0] > 0).astype(int)
    trees = fit_boosted_trees(codes, classes, n_rounds=5)
    expected = GradientBoostingClassifier(n_estimators=5).fit(codes, classes)
    assert (predict_classes(trees, codes) == expected.predict(codes)).all()


def test_equal_columns_share_their_importance():
    codes, classes, _ = cases(5)
    alone = fit_boosted_trees(codes, classes, n_rounds=40).importances
    twice = fit_boosted_trees(np.hstack([codes, codes]), classes, n_rounds=40).importances
    # Halves up to the luck of the draw; scikit-learn draws as well.
    np.testing.assert_allclose(twice[:4] + twice[4:], alone, atol=0.02)
    assert 0.3 < twice[0] / (twice[0] + twice[4]) < 0.7


def test_the_order_of_columns_does_not_matter():
    codes, classes, _ = cases(4)
    order = np.array([2, 0, 3, 1])
    trees = fit_boosted_trees(codes, classes, n_rounds=40)
    shuffled = fit_boosted_trees(codes[:, order], classes, n_rounds=40)
    np.testing.assert_array_equal(shuffled.importances, trees.importances[order])


def test_the_order_of_samples_does_not_matter():
    codes, classes, _ = cases(4)
    order = np.random.default_rng(0).permutation(len(codes))
    trees = fit_boosted_trees(codes, classes, n_rounds=20)
    shuffled = fit_boosted_trees(codes[order], classes[order], n_rounds=20)
    # Leaf values are sums of floats, whose last digit depends on the order.
    np.testing.assert_allclose(shuffled.importances, trees.importances, atol=1e-4)


def test_the_same_seed_gives_the_same_trees_and_leaves_the_input_alone():
    codes, classes, _ = cases(3)
    before = codes.copy(), classes.copy()
    first = fit_boosted_trees(codes, classes, n_rounds=10)
    second = fit_boosted_trees(codes, classes, n_rounds=10)
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(codes, before[0])
    np.testing.assert_array_equal(classes, before[1])


def test_raw_scores_that_blow_up_stay_finite():
    # A single sample of a class in a leaf of near-zero weight takes a Newton step of thousands.
    codes = np.arange(300.0)[:, None]
    classes = np.zeros(300, int)
    classes[[50, 200]] = 1
    classes[[100, 250]] = 2
    trees = fit_boosted_trees(codes, classes, n_rounds=300, learning_rate=1.0)
    assert np.isfinite(trees.values).all()
    assert (predict_classes(trees, codes) == classes).all()


def test_factors_of_any_values_are_classes():
    rng = np.random.default_rng(3)
    codes = rng.normal(size=(400, 3))
    factors = np.stack([codes[:, 1] > 0, np.zeros(400), codes[:, 2] > 0.5], axis=1) * -2.5
    test = factors[:100].copy()
    test[:10, 0] = 99.0  # a value never seen counts as missed
    importances, train, accuracy = boosted_importances(codes, factors, codes[:100], test)
    np.testing.assert_allclose(importances.sum(axis=0), [1, 0, 1])
    assert importances[1, 0] == pytest.approx(1)
    assert importances[2, 2] == pytest.approx(1)
    np.testing.assert_allclose(train, 1)
    np.testing.assert_allclose(accuracy, [0.9, 1, 1])


def test_more_classes_than_lanes_and_one_sample_per_class_work():
    codes = np.arange(19.0)[:, None]
    trees = fit_boosted_trees(codes, np.arange(19))
    assert (predict_classes(trees, codes) == np.arange(19)).all()


@pytest.mark.parametrize(
    ("codes", "classes", "settings"),
    [
        (np.ones((2, 1)), np.array([0, 2]), {}),
        (np.ones((2, 1)), np.array([-1, 0]), {}),
        (np.array([[np.nan], [1.0]]), np.array([0, 1]), {}),
        (np.array([[1e39], [1.0]]), np.array([0, 1]), {}),
        (np.ones((0, 1)), np.array([], int), {}),
        (np.ones((2, 1)), np.array([0, 1]), {"max_depth": 0}),
        (np.ones((2, 1)), np.array([0, 1]), {"max_depth": 8}),
        (np.ones((2, 1)), np.array([0, 1]), {"n_rounds": 0}),
    ],
)
def test_what_cannot_be_fitted_is_refused(codes, classes, settings):
    with pytest.raises(InputError):
        fit_boosted_trees(codes, classes, **settings)


def test_codes_with_other_columns_are_refused():
    trees = fit_boosted_trees(np.arange(6.0)[:, None], np.arange(6) // 3)
    with pytest.raises(InputError, match="columns"):
        predict_classes(trees, np.ones((2, 2)))
