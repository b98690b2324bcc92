"""Sparse codes on a given dictionary: closed forms, optimality conditions, recovery, a twin."""

import numpy as np
import pytest
from scipy.stats import ortho_group
from sklearn.decomposition import sparse_encode

from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.numerics.atoms import coherence, stability
from unbraid.numerics.dictionary import Surrogate
from unbraid.numerics.lasso import lasso
from unbraid.numerics.priors import cost, smooth_codes
from unbraid.numerics.pursuit import matching_pursuit


def unit_atoms(k, p, seed=0):
    atoms = stream(seed, "atoms").normal(size=(k, p))
    return atoms / np.linalg.norm(atoms, axis=1, keepdims=True)


@pytest.fixture
def samples():
    return 3 * stream(0, "samples").normal(size=(60, 12))


@pytest.fixture
def orthonormal():
    return ortho_group.rvs(12, random_state=0)


def miss(X, atoms, codes, penalty):
    """How far the optimality conditions of the lasso are missed."""
    slope = (X - codes @ atoms) @ atoms.T
    on = np.abs(slope - penalty * np.sign(codes))
    return np.where(codes != 0, on, np.maximum(np.abs(slope) - penalty, 0)).max()


def test_lasso_on_orthonormal_atoms_is_soft_thresholding(samples, orthonormal):
    wanted = samples @ orthonormal.T
    soft = np.sign(wanted) * np.maximum(np.abs(wanted) - 1.5, 0)
    np.testing.assert_allclose(lasso(samples, orthonormal, 1.5), soft, atol=1e-9)


def test_pursuit_on_orthonormal_atoms_keeps_the_largest(samples, orthonormal):
    wanted = samples @ orthonormal.T
    least = np.sort(np.abs(wanted), axis=1)[:, [-4]]
    kept = np.where(np.abs(wanted) >= least, wanted, 0)
    np.testing.assert_allclose(matching_pursuit(samples, orthonormal, 4), kept, atol=1e-9)


# With 0.001 nearly as many atoms are active as there are features.
@pytest.mark.parametrize("penalty", [3.0, 0.3, 0.001])
def test_lasso_meets_its_optimality_conditions(samples, penalty):
    atoms = unit_atoms(40, 12)
    assert miss(samples, atoms, lasso(samples, atoms, penalty), penalty) < 1e-6


def test_lasso_meets_its_conditions_where_atoms_repeat(samples):
    atoms = np.repeat(unit_atoms(10, 12), 3, axis=0)
    assert miss(samples, atoms, lasso(samples, atoms, 0.5), 0.5) < 1e-6


def test_positive_lasso_meets_its_optimality_conditions(samples):
    atoms = unit_atoms(40, 12)
    codes = lasso(samples, atoms, 0.5, positive=True)
    slope = (samples - codes @ atoms) @ atoms.T
    assert codes.min() >= 0
    assert slope.max() < 0.5 + 1e-6
    assert np.abs(slope[codes > 0] - 0.5).max() < 1e-6


def test_lasso_agrees_with_scikit_learn(samples):
    atoms = unit_atoms(30, 12)
    twin = sparse_encode(samples, atoms, algorithm="lasso_lars", alpha=0.7)
    np.testing.assert_allclose(lasso(samples, atoms, 0.7), twin, atol=1e-6)


def test_pursuit_agrees_with_scikit_learn(samples):
    atoms = unit_atoms(30, 12)
    twin = sparse_encode(samples, atoms, algorithm="omp", n_nonzero_coefs=4)
    np.testing.assert_allclose(matching_pursuit(samples, atoms, 4), twin, atol=1e-9)


def test_where_lasso_starts_does_not_matter(samples):
    atoms = unit_atoms(40, 12)
    wrong = stream(0, "start").normal(size=(60, 40))
    np.testing.assert_allclose(
        lasso(samples, atoms, 0.5, start=wrong), lasso(samples, atoms, 0.5), atol=1e-6
    )


@pytest.mark.parametrize("seed", range(5))
def test_sparse_enough_codes_are_recovered(seed):
    """Tropp: exact whenever s < (1 + 1 / mu) / 2."""
    rng = stream(seed, "recovery")
    spikes_and_waves = np.vstack([np.eye(64), np.linalg.qr(rng.normal(size=(64, 64)))[0]])
    mu = np.abs(spikes_and_waves @ spikes_and_waves.T - np.eye(128)).max()
    most = int(np.ceil((1 + 1 / mu) / 2)) - 1
    assert most >= 1
    codes = np.zeros((40, 128))
    for row in codes:
        row[rng.choice(128, most, replace=False)] = rng.normal(size=most)
    X = codes @ spikes_and_waves
    np.testing.assert_allclose(matching_pursuit(X, spikes_and_waves, most), codes, atol=1e-9)
    found = lasso(X, spikes_and_waves, 1e-7, tolerance=1e-12)
    np.testing.assert_allclose(found, codes, atol=1e-5)


@pytest.mark.parametrize("prior", ["cauchy", "gaussian"])
def test_smooth_codes_end_where_the_cost_is_flat(samples, prior):
    atoms = unit_atoms(20, 12)
    codes = smooth_codes(samples, atoms, 0.5, prior, rounds=400)
    slopes = 2 * codes * (1 / (1 + codes**2) if prior == "cauchy" else np.exp(-(codes**2)))
    gradient = (codes @ atoms - samples) @ atoms.T + 0.5 * slopes
    assert np.abs(gradient).max() < 1e-4


@pytest.mark.parametrize("prior", ["cauchy", "gaussian"])
def test_a_further_round_never_raises_the_cost(samples, prior):
    atoms = unit_atoms(20, 12)

    def total(codes):
        return 0.5 * ((samples - codes @ atoms) ** 2).sum(axis=1) + 0.5 * cost(codes, prior)

    codes = samples @ atoms.T
    for _ in range(10):
        following = smooth_codes(samples, atoms, 0.5, prior, rounds=1, start=codes)
        assert (total(following) <= total(codes) + 1e-9).all()
        codes = following


def test_the_surrogate_is_the_squared_error_of_the_codes(samples):
    codes, atoms = stream(0, "codes").normal(size=(60, 5)), unit_atoms(5, 12)
    bound = Surrogate(5, 12)
    bound.add(samples[:30], codes[:30])
    bound.add(samples[30:], codes[30:])
    said = 0.5 * np.trace(atoms.T @ bound.second @ atoms) - np.trace(atoms.T @ bound.cross)
    error = 0.5 * ((samples - codes @ atoms) ** 2).sum() - 0.5 * (samples**2).sum()
    assert said == pytest.approx(error)


def test_improved_atoms_never_raise_the_error(samples):
    codes, atoms = stream(0, "codes").normal(size=(60, 5)), unit_atoms(5, 12)
    bound = Surrogate(5, 12)
    bound.add(samples, codes)
    for _ in range(5):
        following = bound.improved(atoms)
        np.testing.assert_allclose(np.linalg.norm(following, axis=1), 1)
        before, after = (((samples - codes @ D) ** 2).sum() for D in (atoms, following))
        assert after <= before + 1e-9
        atoms = following


def test_lasso_is_exact_on_atoms_that_depend_on_one_another():
    rng = np.random.default_rng(7)
    for trial in range(60):
        p, k = int(rng.integers(2, 12)), int(rng.integers(4, 60))
        atoms = rng.normal(size=(k, p))
        atoms[: k // 2] = atoms[k // 2 : 2 * (k // 2)]  # each of them twice
        atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
        X = rng.normal(size=(20, p))
        start = rng.normal(size=(20, k)) * (rng.random((20, k)) < 0.3)
        penalty = 10 ** rng.uniform(-4, 0)
        codes = lasso(X, atoms, penalty, start=start if trial % 2 else None)
        slopes = (X - codes @ atoms) @ atoms.T
        assert np.abs(slopes).max() <= penalty + 1e-6
        held = codes != 0
        assert np.allclose(slopes[held], penalty * np.sign(codes[held]), atol=1e-6)


def test_coherence_and_stability_know_no_order_length_or_sign():
    rng = np.random.default_rng(3)
    atoms = rng.normal(size=(12, 5))
    turned = -3 * atoms[rng.permutation(12)]
    assert stability(atoms, turned) == pytest.approx(1.0)
    assert coherence(atoms) == pytest.approx(coherence(turned))
    assert coherence(np.linalg.qr(rng.normal(size=(6, 6)))[0]) == pytest.approx(0.0, abs=1e-12)
    assert stability(atoms, rng.normal(size=(12, 5))) < 0.95


def test_a_zero_atom_has_no_direction():
    with pytest.raises(InputError, match="zero"):
        coherence(np.array([[1.0, 0.0], [0.0, 0.0]]))
