"""Random projections keep squared distances on average."""

import numpy as np
import pytest

from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.learners import RandomProjection


def test_squared_lengths_are_kept_on_average():
    x = stream(0, "projection").normal(size=(1, 20))
    lengths = [
        (RandomProjection(n_codes=50, random_state=seed).fit(x).transform(x) ** 2).sum()
        for seed in range(200)
    ]
    # A chi-square with 50 degrees of freedom: relative standard deviation 0.2, of the mean 0.014.
    assert np.mean(lengths) == pytest.approx((x**2).sum(), rel=0.06)


@pytest.mark.parametrize("n_codes", [0, -1, 2.5, "many", True])
def test_a_senseless_number_of_codes_is_refused(n_codes):
    with pytest.raises(InputError, match="n_codes"):
        RandomProjection(n_codes=n_codes).fit(np.eye(3))
