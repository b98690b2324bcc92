"""Which rows are held out, and orders whose beginnings have the labels in their proportions."""

import numpy as np
import pytest

from unbraid.core.errors import InputError
from unbraid.evaluation.blocks import Blocks, stratified_order


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    "blocks",
    [
        Blocks(),
        Blocks(groups=np.arange(60) // 7),
        Blocks(groups=np.array(list("abc"))[np.arange(60) % 3]),
        Blocks(times=np.arange(60)[::-1] // 4),
    ],
)
def test_every_row_is_learned_from_or_held_out(blocks):
    kept, held_out = blocks.split(60, 0.3, rng())
    assert sorted([*kept, *held_out]) == list(range(60))
    assert 18 <= len(held_out) <= 25


def test_no_group_is_on_both_sides():
    groups = rng().integers(9, size=200)
    for seed in range(5):
        split = Blocks(groups=groups).split(200, 0.3, np.random.default_rng(seed))
        kept, held_out = (set(groups[rows]) for rows in split)
        assert kept
        assert held_out
        assert not kept & held_out


def test_the_latest_are_held_out_and_ties_stay_together():
    times = rng().permutation(np.repeat(np.arange(10), 5))
    kept, held_out = Blocks(times=times).split(50, 0.28, rng())
    assert times[kept].max() < times[held_out].min()
    assert set(times[held_out]) == {7, 8, 9}


def test_a_gap_leaves_out_what_comes_shortly_before():
    kept, held_out = Blocks(times=np.arange(20), gap=3.0).split(20, 0.25, rng())
    assert held_out.min() == 15
    assert kept.max() == 12


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        (lambda: Blocks(groups=np.zeros(9)).split(9, 0.3, rng()), "two groups or more"),
        (lambda: Blocks(times=np.zeros(9)).split(9, 0.3, rng()), "no earlier samples"),
        (lambda: Blocks(times=np.arange(9), gap=9).split(9, 0.3, rng()), "no earlier samples"),
        (lambda: Blocks(groups=np.arange(8)).check(9), "one value per sample"),
        (lambda: Blocks(times=np.full(9, np.nan)).check(9), "times must be finite"),
        (lambda: Blocks(times=np.arange(9), groups=np.arange(9)), "both groups and times"),
        (lambda: Blocks(gap=1), "a gap"),
    ],
)
def test_what_cannot_be_split_is_refused(blocks, words):
    with pytest.raises(InputError, match=words):
        blocks()


def test_every_beginning_has_the_labels_in_their_proportions():
    labels = rng().permutation(np.repeat([0, 1, 2], [70, 20, 10]))
    order = stratified_order(labels, rng())
    assert sorted(order) == list(range(100))
    for m in range(1, 101):
        counts = np.bincount(labels[order[:m]], minlength=3)
        assert (np.abs(counts - m * np.array([0.7, 0.2, 0.1])) <= 2).all()
