import numpy as np
import pytest

from unbraid import evaluate
from unbraid.core.errors import InputError
from unbraid.core.scoring import Undefined
from unbraid.numerics.interventions import mean_differences, measure_factors, variances, world_of

FACTORS = np.array([[a, b] for a in range(3) for b in range(4)] * 5)


def test_rows_drawn_again_share_the_factor_and_nothing_else():
    rng = np.random.default_rng(0)
    world = world_of(FACTORS * 1.0, FACTORS, None)
    first = world.draw(6000, rng)
    second = world.again(first, 1, rng)
    assert (FACTORS[first, 1] == FACTORS[second, 1]).all()
    # The other factor has three values, drawn independently: they agree in a third of the pairs.
    assert np.mean(FACTORS[first, 0] == FACTORS[second, 0]) == pytest.approx(1 / 3, abs=0.03)
    assert len(np.unique(second)) == len(FACTORS)


def test_made_samples_share_the_factor_and_nothing_else():
    rng = np.random.default_rng(0)
    world = world_of(FACTORS * 1.0, FACTORS, lambda factors, _: factors * 10.0)
    first = world.draw(6000, rng)
    second = world.again(first, 0, rng)
    assert (first[:, 0] == second[:, 0]).all()
    assert np.mean(first[:, 1] == second[:, 1]) == pytest.approx(1 / 4, abs=0.03)
    assert world.rows(first, rng)[0].dtype == np.float64


def test_made_samples_are_uniform_over_values_where_the_table_is_not():
    rng = np.random.default_rng(0)
    world = world_of(np.zeros((10, 1)), np.array([[0]] * 9 + [[5]]), lambda factors, _: factors)
    assert np.mean(world.draw(4000, rng) == 5) == pytest.approx(0.5, abs=0.03)


def test_variances_and_differences_agree_with_numpy_loops():
    world = world_of(FACTORS * 1.0, FACTORS, None)
    mine = variances(world, 0, 40, 7, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    draws = world.again(np.repeat(world.draw(40, rng), 7), 0, rng)
    twin = [np.var(FACTORS[rows], axis=0, ddof=1) for rows in draws.reshape(40, 7)]
    assert mine == pytest.approx(np.array(twin))
    mine = mean_differences(world, 1, 40, 7, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    first = world.draw(280, rng)
    second = world.again(first, 1, rng)
    apart = np.abs(FACTORS[first] - FACTORS[second]).reshape(40, 7, 2)
    assert mine == pytest.approx(apart.mean(axis=1))


def test_batches_hold_the_factor_they_are_said_to_hold(monkeypatch):
    monkeypatch.setattr("unbraid.numerics.interventions.CHUNK", 50)
    world = world_of(FACTORS * 1.0, FACTORS, None)
    held, spread = measure_factors(variances, world, (300, 2), 8, np.random.default_rng(0))
    assert held.shape == (300,)
    assert spread.shape == (300, 2)
    assert (spread[np.arange(300), held] == 0).all()
    assert np.mean(held) == pytest.approx(0.5, abs=0.1)


def test_a_factor_with_a_value_per_row_leaves_nothing_to_pair():
    with pytest.raises(Undefined, match="too few rows share a value"):
        world_of(np.zeros((6, 1)), np.arange(6)[:, None], None)


@pytest.mark.parametrize("made", [np.zeros((3, 2)), np.full((128, 2), np.nan)])
def test_codes_that_were_not_asked_for_are_refused(made):
    factors = np.random.default_rng(0).integers(3, size=(500, 2))
    with pytest.raises(InputError, match="sample_codes must make the codes"):
        evaluate(factors * 1.0, factors, "factor_vae_score", sample_codes=lambda *_: made)


def test_a_negative_seed_is_refused():
    with pytest.raises(InputError, match="a seed cannot be negative: got -1"):
        evaluate(np.eye(6), np.arange(6) % 2, "mig,infom", seed=-1)
