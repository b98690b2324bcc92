"""Independent component analysis, against what theory says of it."""

import warnings

import numpy as np
import pytest

from unbraid.core.errors import Caution, InputError
from unbraid.core.rng import stream
from unbraid.learners import ICA
from unbraid.numerics.amari import amari_distance
from unbraid.numerics.ica import angle_errors, flatness, maximise
from unbraid.numerics.matching import correlations, match

MIXING = np.array(
    [[2.0, 1.0, 0.0, 1.0], [0.0, 1.0, 1.0, -1.0], [1.0, 0.0, 3.0, 0.5], [1, 2, 3, 4]]
)


def laplace(n, k=4, seed=0):
    return stream(seed, "laplace").laplace(size=(n, k))


def secant(rng, shape):
    return 2 / np.pi * np.log(np.tan(np.pi / 2 * rng.uniform(size=shape)))


@pytest.mark.parametrize("method", ["likelihood", "fast"])
def test_sources_with_heavy_and_with_light_tails_are_found_together(method):
    rng = stream(0, "tails")
    sources = np.hstack([rng.laplace(size=(4000, 2)), rng.uniform(-1, 1, size=(4000, 2))])
    model = ICA(n_codes=4, method=method).fit(sources @ MIXING.T)
    found = correlations(model.transform(sources @ MIXING.T), sources)
    rows, columns = match(found)
    assert found[rows, columns].min() > 0.99
    assert (model.sub_gaussian_[rows] == (columns >= 2)).all()


def test_the_error_reaches_the_cramer_rao_bound_for_the_matched_density():
    # With score psi and kappa = E psi^2 = pi^2 / 8: var(G_ij) >= kappa / (kappa^2 - 1) / n.
    n, kappa = 2000, np.pi**2 / 8
    errors = []
    for seed in range(100):
        model = ICA(n_codes=4, density="super").fit(secant(stream(seed, "secant"), (n, 4)))
        rows, columns = match(np.abs(model.unmixing_))
        gain = model.unmixing_[rows][np.argsort(columns)]
        gain = gain / np.diag(gain)[:, None]
        errors.append(gain[~np.eye(4, dtype=bool)] ** 2)
    # 1200 squares, of which 600 are about independent: the efficiency is known to 6%.
    efficiency = kappa / (kappa**2 - 1) / n / np.mean(errors)
    assert 0.88 < efficiency < 1.15


def test_the_estimated_angle_error_is_the_true_one():
    angles, said = [], []
    for seed in range(100):
        X = laplace(2000, 2, seed)
        X = X - X.mean(axis=0)
        variances, directions = np.linalg.eigh(X.T @ X / len(X))
        white = directions @ np.diag(variances**-0.5) @ directions.T
        found = maximise(white @ X.T, kinds="super").matrix @ white
        found = found / np.diag(found)[:, None]
        angles.append((found[0, 1] - found[1, 0]) / 2)
        said.append(angle_errors(found @ X.T, np.zeros(2, dtype=bool))[0, 1])
    assert np.std(angles) == pytest.approx(np.mean(said), rel=0.25)


def test_a_mixture_of_the_mixtures_gives_the_same_codes():
    X = laplace(1000) @ MIXING.T
    other = X @ stream(0, "other").normal(size=(4, 4))
    first, second = (ICA(n_codes=4).fit_transform(samples) for samples in (X, other))
    found = correlations(first, second)
    np.testing.assert_allclose(found[match(found)], 1.0, atol=1e-6)


def test_codes_are_white_in_the_fast_mode():
    codes = ICA(n_codes=4, method="fast").fit_transform(laplace(1000) @ MIXING.T)
    np.testing.assert_allclose(codes.T @ codes / len(codes), np.eye(4), atol=1e-8)


def test_codes_have_no_mean_and_unit_variance():
    codes = ICA(n_codes=4).fit_transform(laplace(1000) @ MIXING.T + 5)
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(codes.std(axis=0), 1, atol=1e-9)


def test_the_likelihood_mode_is_never_less_likely_than_the_fast_one():
    X = laplace(2000) @ MIXING.T
    slow, fast = ICA(n_codes=4).fit(X), ICA(n_codes=4, method="fast").fit(X)
    assert slow.score(X) >= fast.score(X) - 1e-6
    assert slow.score(X) - fast.score(X) < 0.05


def test_the_log_likelihood_is_a_density():
    # One secant source: its density integrates to one, on any scale.
    X = 3 * secant(stream(0, "density"), (500, 1)) + 1
    model = ICA(n_codes=1, density="super").fit(X)
    grid = np.linspace(-100, 100, 401)[:, None]
    mass = sum(np.exp(model.score(point[None])) for point in grid) * 0.5
    assert mass == pytest.approx(1, abs=1e-6)


def test_directions_left_out_count_as_noise():
    rng = stream(0, "noise")
    X = np.hstack([laplace(4000, 2) * 5, 0.1 * rng.normal(size=(4000, 3))])
    model = ICA(n_codes=2, density="super").fit(X)
    alone = ICA(n_codes=2, density="super").fit(X[:, :2])
    noise = -1.5 * np.log(2 * np.pi * np.e * 0.01)
    assert model.score(X) == pytest.approx(alone.score(X[:, :2]) + noise, abs=0.02)


def test_fewer_codes_come_with_an_approximate_inverse():
    X = laplace(2000, 2) @ stream(0, "wide").normal(size=(2, 6)) + 2
    model = ICA(n_codes=2).fit(X)
    np.testing.assert_allclose(model.inverse_transform(model.transform(X)), X, atol=1e-8)


def test_two_gaussian_sources_are_reported_and_not_passed_off_as_an_answer():
    sources = laplace(3000)
    sources[:, 2:] = stream(0, "gaussian").normal(size=(3000, 2))
    with pytest.warns(Caution, match="not identifiable.*standard error"):
        model = ICA(n_codes=4).fit(sources @ MIXING.T)
    ((first, second),) = model.not_identifiable_
    found = correlations(model.transform(sources @ MIXING.T), sources)
    # The plane of the two is found, and no others are doubted.
    assert found[[first, second]][:, :2].max() < 0.1
    assert found.max(axis=0)[:2].min() > 0.99


def test_one_gaussian_source_among_others_is_identified():
    sources = laplace(3000)
    sources[:, 0] = stream(0, "gaussian").normal(size=3000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = ICA(n_codes=4).fit(sources @ MIXING.T)
    assert amari_distance(model.unmixing_, MIXING) < 0.05
    assert len(model.not_identifiable_) == 0


def test_the_contrast_of_a_gaussian_pair_is_flat_and_that_of_a_laplace_pair_is_not():
    neither = np.zeros(2, dtype=bool)
    gain, error = flatness(stream(0, "flat").normal(size=(2, 20_000)), neither)
    assert abs(gain) < 4 * error
    gain, error = flatness(stream(0, "flat").laplace(size=(2, 20_000)), neither)
    assert gain > 20 * error


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.ones((20, 3)), "do not vary"),
        (np.outer(np.arange(20.0), [1, 2, 3]), "1 direction"),
        (np.ones((1, 3)), "1 sample"),
    ],
)
def test_samples_without_enough_directions_are_refused(samples, message):
    with pytest.raises(InputError, match=message):
        ICA(n_codes=2).fit(samples)


@pytest.mark.parametrize(
    "settings", [{"method": "slow"}, {"density": "gauss"}, {"tolerance": -1}, {"n_codes": 0}]
)
def test_senseless_settings_are_refused(settings):
    with pytest.raises(InputError, match=r"cannot be used|unknown (method|density)"):
        ICA(**settings).fit(laplace(50))
