"""Which samples a run encodes."""

import numpy as np
import pytest

from unbraid.core.errors import InputError
from unbraid.study.rows import POOL_BYTES, Subset, affordable, choose_rows


@pytest.mark.parametrize(
    ("n", "train", "test"), [(3, 2, 1), (1797, 1198, 599), (10**6, 10**4, 5000)]
)
def test_ten_thousand_learn_and_five_thousand_test_or_two_to_one(n, train, test):
    rows = choose_rows(n, pool=100_000, seed=0)
    assert (rows.n_train, rows.n_test) == (train, test)
    assert len(rows.pool) == min(n, 100_000)


def test_rows_are_distinct_and_fixed_by_the_seed():
    first, again, other = (choose_rows(500, pool=300, seed=seed).pool for seed in (0, 0, 1))
    assert len(set(first)) == 300
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_too_few_samples_are_refused():
    with pytest.raises(InputError, match="too few samples"):
        choose_rows(2, pool=100, seed=0)


@pytest.mark.parametrize("n_codes", [1, 64, 1000, 4096])
def test_the_codes_of_a_pool_fill_no_more_than_allowed(n_codes):
    assert 4 * n_codes * affordable(10**7, n_codes) <= POOL_BYTES


def test_a_pool_that_is_cut_begins_with_the_same_rows():
    whole, cut = (choose_rows(10**5, pool=pool, seed=0) for pool in (50_000, 16_384))
    assert np.array_equal(whole.pool[:16_384], cut.pool)
    assert (whole.n_train, whole.n_test) == (cut.n_train, cut.n_test)


def test_a_subset_is_indexed_like_the_rows_it_stands_for():
    samples = np.arange(40).reshape(10, 2, 2)
    rows = np.array([7, 1, 1, 9])
    subset = Subset(samples, rows)
    assert subset.shape == (4, 2, 2)
    for index in (slice(1, 3), np.array([3, 0]), np.array([True, False, False, True]), 2):
        assert np.array_equal(subset[index], samples[rows][index])
