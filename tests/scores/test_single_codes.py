"""Single-neuron classification and neuron knockout."""

import numpy as np
import pytest

from unbraid import scores
from unbraid.core.rng import stream
from unbraid.numerics.single_codes import align, binned, thresholds

RNG = stream(0, "single codes")


def every(*sizes, times=1):
    return np.tile(np.indices(sizes).reshape(len(sizes), -1).T, (times, 1))


def twice(codes, table):
    return codes * 1.0, table, codes * 1.0, table


TABLE = every(3, 4, times=30)


def test_bins_hold_equally_many_samples():
    rng = stream(0, "bins hold equally many s")
    code = rng.normal(size=120)
    found = binned(code, thresholds(code, 6))
    assert np.bincount(found).tolist() == [20] * 6
    assert (np.diff(found[np.argsort(code)]) >= 0).all()


def test_factors_are_matched_with_their_codes_and_noise_with_none():
    rng = stream(0, "factors are matched with")
    codes = np.hstack([rng.normal(size=(360, 2)), TABLE[:, ::-1]])
    assert align(codes, TABLE).code_of_factor.tolist() == [3, 2]


def test_snc_of_a_copy_and_of_a_falling_map_is_one():
    assert scores.snc(*twice(TABLE, TABLE)).value == 1.0
    assert scores.snc(*twice(-np.exp(TABLE), TABLE)).value == 1.0


def test_snc_of_two_values_in_a_code_of_both_is_known():
    # The bins of the only code are the values of the first factor, the second is guessed.
    table = every(4, 2, times=5)
    found = scores.snc(*twice(table @ [[2], [1]], table))
    assert found.parts["accuracy"] == pytest.approx([1.0, 0.5])
    assert found.parts["code_of_factor"].tolist() == [0, -1]


def test_snc_is_the_published_loops():
    rng = stream(0, "snc is the published loo")
    codes = TABLE @ rng.normal(size=(2, 3)) + rng.normal(size=(360, 3))
    found = scores.snc(*twice(codes, TABLE))
    for k, i in enumerate(found.parts["code_of_factor"]):
        x, y = codes[:, i], TABLE[:, k]
        size = y.max() + 1
        dividers = np.sort(x)[np.arange(0, len(x), len(x) / size).astype(int)]
        bins = sum(x < divider for divider in dividers)
        best = 0
        for order in np.array(np.meshgrid(*[range(size)] * size)).reshape(size, -1).T:
            if len(set(order.tolist())) == size:
                best = max(best, np.mean(order[bins] == y))
        assert found.parts["accuracy"][k] == pytest.approx(best)


def test_snc_of_noise_is_near_one_over_the_number_of_values():
    rng = stream(0, "snc of noise is near one")
    factors = rng.integers(5, size=(4000, 1))
    assert scores.snc(rng.normal(size=(4000, 3)), factors).value == pytest.approx(0.2, abs=0.05)


def test_nk_of_a_copy_is_all_but_the_commonest_value_and_of_every_code_twice_nothing():
    given = twice(TABLE, TABLE)
    assert scores.nk(*given).value == pytest.approx((2 / 3 + 3 / 4) / 2, abs=0.03)
    doubled = np.hstack([TABLE, TABLE])
    assert scores.nk(*twice(doubled, TABLE)).value == pytest.approx(0.0, abs=0.01)


def test_nk_of_one_code_falls_back_on_the_commonest_value():
    factors = np.repeat([[0], [1]], [60, 20], axis=0)
    assert scores.nk(*twice(factors, factors)).value == pytest.approx(0.25)


def test_nk_of_noise_is_near_nothing_and_its_seed_fixes_it():
    rng = stream(0, "nk of noise is near noth")
    factors = rng.integers(3, size=(1500, 2))
    noise = rng.normal(size=(1500, 4))
    found = scores.nk(noise, factors, seed=3, n_epochs=5)
    assert abs(found.value) < 0.1
    assert scores.nk(noise, factors, seed=3, n_epochs=5).value == found.value
