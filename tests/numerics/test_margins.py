import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.svm import LinearSVC

from unbraid.numerics.margins import COST, classify, fit_lines, predictability, sort_code


def hinge(line, code, positive, costs):
    """The objective of liblinear, written out."""
    side = np.where(positive, 1.0, -1.0)
    losses = np.maximum(0.0, 1 - side * (line[0] * code + line[1])) ** 2
    return 0.5 * float(line @ line) + float(costs @ losses)


@pytest.mark.parametrize("n_classes", [2, 3, 7])
@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (30.0, 5.0), (0.02, -1.0)])
def test_lines_are_the_optimum_of_the_objective_written_out(n_classes, scale, shift):
    rng = np.random.default_rng(n_classes)
    labels = np.arange(60) % n_classes
    code = scale * (labels + rng.normal(size=60)) + shift
    made = sort_code(code)
    slopes, intercepts = fit_lines(made, labels, n_classes)
    balanced = COST * 60 / (n_classes * np.bincount(labels))
    for line, positive in enumerate([1] if n_classes == 2 else range(n_classes)):
        rest = balanced[0] if n_classes == 2 else COST
        costs = np.where(labels == positive, balanced[positive], rest)
        slope = slopes[line] / made.scale
        mine = np.array([slope, intercepts[line] - slope * made.middle])
        twin = minimize(
            hinge, mine, args=(code, labels == positive, costs), method="Nelder-Mead",
            options={"xatol": 1e-10, "fatol": 1e-14, "maxiter": 2000},
        )  # fmt: skip
        assert hinge(mine, code, labels == positive, costs) <= twin.fun * (1 + 1e-9)


def test_predictions_are_those_of_liblinear():
    rng = np.random.default_rng(0)
    labels = rng.integers(5, size=400)
    code = np.tanh(labels - 2.0) + 0.3 * rng.normal(size=400)
    twin = LinearSVC(C=COST, class_weight="balanced", random_state=0).fit(code[:, None], labels)
    made = sort_code(code)
    mine = classify(made, *fit_lines(made, labels, 5), code)
    assert np.mean(mine == twin.predict(code[:, None])) > 0.99


def test_a_constant_code_predicts_one_class_of_all_samples():
    labels = np.arange(30) % 3
    made = sort_code(np.full(30, 7.0))
    assert len(np.unique(classify(made, *fit_lines(made, labels, 3), np.full(30, 7.0)))) == 1


@pytest.mark.parametrize("scale", [1e-30, 1e30, 1e150])
def test_extreme_scales_are_solved(scale):
    labels = np.arange(40) % 2
    made = sort_code(scale * labels)
    lines = np.concatenate(fit_lines(made, labels, 2))
    assert np.isfinite(lines).all()


def test_an_unknown_held_out_value_counts_as_missed():
    sides = np.tile([[0], [1]], (5, 1))
    held_out = np.where(np.arange(10)[:, None] < 5, -1, sides)
    accuracy = predictability(sides * 1.0, sides, sides * 1.0, held_out)
    assert accuracy[0, 0] == 0.5
