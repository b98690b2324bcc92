"""Projections that are uncorrelated in all segments at once."""

import numpy as np

from unbraid.core.rng import stream
from unbraid.numerics.segments import directions, shrunk_variances


def mixture(n_each=500, n_segments=8, n_features=4):
    """Normal sources, louder and softer from segment to segment, mixed linearly."""
    rng = stream(0, "segments")
    segment = np.repeat(np.arange(n_segments), n_each)
    spread = rng.uniform(0.3, 3, size=(n_segments, n_features))
    sources = rng.normal(size=(len(segment), n_features)) * spread[segment]
    return sources @ rng.normal(size=(n_features, n_features)) + 5, segment, sources


def alike(one, other):
    """The likeness of each column of one to the column of the other that is most like it."""
    size = one.shape[1]
    return np.abs(np.corrcoef(one.T, other.T)[:size, size:]).max(axis=1)


def test_normal_sources_are_found_by_their_loudness():
    x, segment, sources = mixture()
    assert alike(sources, x @ directions(x, segment, 4).T).min() > 0.99


def test_codes_stay_when_features_are_mixed_once_more():
    x, segment, _ = mixture()
    other = x @ stream(1, "mixing").normal(size=(4, 4))
    codes = [each @ directions(each, segment, 4).T for each in (x, other)]
    assert alike(*codes).min() > 1 - 1e-6


def test_covariances_of_two_segments_become_diagonal_together():
    # Two matrices can always be diagonalised together: the generalised eigenvectors do it.
    x, segment, _ = mixture(n_each=100_000, n_segments=2, n_features=3)
    codes = x @ directions(x, segment, 3).T
    for number in (0, 1):
        likeness = np.corrcoef(codes[segment == number].T)
        assert np.abs(likeness - np.eye(3)).max() < 1e-3


def test_one_segment_leaves_principal_components_of_unit_variance():
    x, segment, _ = mixture()
    found = directions(x, np.zeros_like(segment), 3)
    np.testing.assert_allclose(np.cov(x @ found.T, rowvar=False, ddof=0), np.eye(3), atol=1e-9)
    axes = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][:3]
    shares = found / np.linalg.norm(found, axis=1)[:, None]
    np.testing.assert_allclose(np.abs(shares @ axes.T), np.eye(3), atol=1e-6)


def test_directions_in_which_nothing_varies_are_zero():
    x, segment, _ = mixture(n_features=2)
    found = directions(np.hstack([x, x, np.ones((len(x), 1))]), segment, 4)
    assert found[:2].any(axis=1).all()
    assert not found[2:].any()


def test_segments_of_one_sample_are_no_trouble():
    x = stream(0, "few").normal(size=(6, 3))
    assert np.isfinite(directions(x, np.arange(6), 3)).all()
    np.testing.assert_allclose(shrunk_variances(x, np.arange(6)), 0.5)
