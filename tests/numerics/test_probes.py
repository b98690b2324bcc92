import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import label_binarize

from unbraid.core.scoring import Undefined
from unbraid.numerics.probes import boosted_accuracy, class_aucs, linear_accuracy


def halves(seed=0):
    rng = np.random.default_rng(seed)
    factors = rng.integers(3, size=(240, 2))
    codes = factors @ rng.normal(size=(2, 4)) + 0.8 * rng.normal(size=(240, 4))
    return codes[:160], factors[:160], codes[160:], factors[160:]


def test_areas_are_those_of_the_published_procedure():
    codes, factors, codes_test, factors_test = halves()
    x = (codes - codes.mean(0)) / codes.std(0)
    x_test = (codes_test - codes.mean(0)) / codes.std(0)
    twin = [
        roc_auc_score(
            label_binarize(y_test, classes=range(3)),
            LogisticRegression().fit(x, y).predict_proba(x_test),
        )
        for y, y_test in zip(factors.T, factors_test.T, strict=True)
    ]
    assert class_aucs(*halves()) == pytest.approx(twin, abs=1e-6)


def test_a_value_without_held_out_samples_is_left_out_of_the_area():
    codes, labels = np.arange(9.0)[:, None], np.repeat([0, 1, 2], 3)[:, None]
    ends = np.array([0, 1, 7, 8])
    assert class_aucs(codes, labels, codes[ends], labels[ends])[0] == 1.0
    assert np.isnan(class_aucs(codes, labels, codes[:2], labels[:2])[0])


def test_probes_learn_from_the_first_rows_alone():
    codes, factors, *held_out = halves()
    spoilt = factors.copy()
    spoilt[15:] = (spoilt[15:] + 1) % 3
    for probe in (linear_accuracy, boosted_accuracy):
        clean = probe(codes, factors, *held_out, 15)[0]
        assert (probe(codes, spoilt, *held_out, 15)[0] == clean).all()


def test_a_factor_that_is_constant_at_first_is_predicted_to_stay_so():
    codes, factors, *held_out = halves()
    factors = factors.copy()
    factors[:15, 1] = 2
    for probe in (linear_accuracy, boosted_accuracy):
        accuracy, caution = probe(codes, factors, *held_out, 15)
        assert accuracy[1] == (held_out[1][:, 1] == 2).mean()
        assert caution is None


@pytest.mark.parametrize("n", [1, 161])
def test_too_few_or_too_many_rows_are_undefined(n):
    for probe in (linear_accuracy, boosted_accuracy):
        with pytest.raises(Undefined, match=f"cannot learn from {n} samples"):
            probe(*halves(), n)
