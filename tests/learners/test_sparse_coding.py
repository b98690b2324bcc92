"""Sparse coding finds the dictionary that made the samples."""

import numpy as np
import pytest

from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.learners import SparseCoding
from unbraid.numerics.matching import match


def planted(n=1500, k=50, p=20, nonzero=3, seed=0):
    """The protocol of Aharon, Elad & Bruckstein (2006), at 30 dB."""
    rng = stream(seed, "planted")
    atoms = rng.uniform(-1, 1, size=(k, p))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    codes = np.zeros((n, k))
    for row in codes:
        row[rng.choice(k, nonzero, replace=False)] = rng.normal(size=nonzero)
    X = codes @ atoms
    return X + rng.normal(size=X.shape) * np.sqrt((X**2).mean() / 1000), atoms


def recovered(model, atoms):
    """How many atoms have one of their own within 0.01 of them."""
    likeness = np.abs(model.atoms_ @ atoms.T)
    return int((likeness[match(likeness)] > 0.99).sum())


def test_planted_atoms_are_found_by_pursuit():
    found = []
    for seed in range(3):
        X, atoms = planted(seed=seed)
        model = SparseCoding(
            n_codes=50, prior="l0", n_nonzero=3, n_steps=1500, batch_size=300, random_state=seed
        )
        found.append(recovered(model.fit(X), atoms))
    assert np.mean(found) >= 46


def test_planted_atoms_are_found_by_lasso():
    X, atoms = planted(k=20)
    model = SparseCoding(n_codes=20, penalty=0.05, n_steps=1000, batch_size=100)
    assert recovered(model.fit(X), atoms) >= 18


@pytest.mark.parametrize("prior", ["l1", "l0", "cauchy", "gaussian"])
def test_learning_lowers_the_cost(prior):
    X, _ = planted(n=300)
    settings = {"n_codes": 20, "prior": prior, "penalty": 0.1, "batch_size": 50}
    before, after = (SparseCoding(n_steps=n, **settings).fit(X).score(X) for n in (1, 200))
    assert after > 0.9 * before
    assert after > before


def test_atoms_have_unit_length():
    X, _ = planted(n=200)
    model = SparseCoding(n_codes=30, n_steps=50, penalty=0.1).fit(X)
    np.testing.assert_allclose(np.linalg.norm(model.atoms_, axis=1), 1)


def test_codes_are_not_negative_where_that_is_asked_for():
    X, _ = planted(n=200)
    for prior in ("l1", "l0"):
        model = SparseCoding(n_codes=30, prior=prior, penalty=0.1, positive=True, n_steps=50)
        assert model.fit_transform(X).min() >= 0


def test_pursuit_uses_no_more_atoms_than_allowed():
    X, _ = planted(n=200)
    codes = SparseCoding(n_codes=30, prior="l0", n_nonzero=2, n_steps=50).fit_transform(X)
    assert np.count_nonzero(codes, axis=1).max() == 2


def test_no_atom_stays_dead():
    # Nine in ten first atoms are the same sample.
    X = np.vstack([np.tile(np.eye(20)[0], (900, 1)), 5 * stream(0, "few").laplace(size=(100, 20))])
    model = SparseCoding(n_codes=20, penalty=0.5, n_steps=400, batch_size=100).fit(X)
    assert (np.count_nonzero(model.transform(X), axis=0) > 0).mean() > 0.9


def test_progress_is_told():
    told = []
    X, _ = planted(n=100)
    SparseCoding(n_codes=10, n_steps=120, penalty=0.1).fit(X, progress=told.append)
    assert [word.done for word in told] == [50, 100, 120]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"prior": "l2"}, "prior"),
        ({"penalty": 0}, "penalty"),
        ({"prior": "l0", "n_nonzero": 11}, "n_nonzero.*n_codes"),
        ({"prior": "cauchy", "positive": True}, "positive"),
        ({"n_codes": 0}, "n_codes"),
        ({"batch_size": 0}, "batch_size"),
    ],
)
def test_senseless_settings_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        SparseCoding(**{"n_codes": 10} | settings).fit(planted(n=20)[0])


def test_samples_that_are_all_zero_are_refused():
    with pytest.raises(InputError, match="all zero"):
        SparseCoding().fit(np.zeros((20, 5)))
