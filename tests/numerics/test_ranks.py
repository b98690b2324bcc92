import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from unbraid.numerics.ranks import roc_auc


def test_the_area_is_that_of_scikit_learn_with_ties():
    rng = np.random.default_rng(0)
    numbers, positive = rng.integers(6, size=(80, 3)) * 1.0, rng.random((80, 3)) < 0.3
    twin = [roc_auc_score(p, x) for p, x in zip(positive.T, numbers.T, strict=True)]
    assert roc_auc(numbers, positive) == pytest.approx(twin, abs=1e-12)
