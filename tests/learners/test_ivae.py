"""IVAE: what is known beside the samples, its prior and bound, and sources that it alone finds."""

import json

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from torch.distributions import MultivariateNormal, kl_divergence

from unbraid.core.errors import Caution, InputError, StoreError
from unbraid.core.rng import stream
from unbraid.learners import IVAE, VAE
from unbraid.numerics.matching import correlations, match
from unbraid.numerics.segments import directions
from unbraid.training import loop
from unbraid.training.distributions import Gaussian
from unbraid.training.gaussians import FullGaussian
from unbraid.training.identifiable import divergence, mirrored
from unbraid.training.streams import torch_stream

BRIEF = {"n_codes": 2, "n_steps": 5, "batch_size": 8}


def table(n=30):
    return stream(0, "table").normal(size=(n, 6))


def segments(n=30):
    return np.arange(n) % 3


def test_the_divergence_is_that_of_torch():
    generator = torch_stream(0, "twin")
    draw = [torch.randn(4, 3, generator=generator).double() for _ in range(3)]
    factor = torch.randn(4, 3, 3, generator=generator).double().tril(-1) + torch.eye(3).double()
    posterior, prior = FullGaussian(draw[0], factor), Gaussian(draw[1], draw[2])
    twin = kl_divergence(
        MultivariateNormal(draw[0], scale_tril=factor),
        MultivariateNormal(draw[1], torch.diag_embed(draw[2].exp())),
    )
    torch.testing.assert_close(divergence(posterior, prior).sum(1), twin)


@pytest.mark.parametrize("n_draws", [1, 4, 5])
def test_draws_are_mirrored_and_follow_the_posterior(n_draws):
    n = 40_000
    factor = torch.tensor([[1.0, 0.0], [0.5, 2.0]])
    posterior = FullGaussian(torch.tensor([[3.0, -1.0]]).expand(n, 2), factor.expand(n, 2, 2))
    draws = mirrored(posterior, n_draws, torch_stream(0, "draws")).view(n_draws, n, 2)
    for draw in draws:
        # 4 standard errors of the largest entry.
        torch.testing.assert_close(draw.T.cov(), factor @ factor.T, atol=0.13, rtol=0)
    pairs = (n_draws + 1) // 2
    for one, other in zip(draws[: n_draws - pairs], draws[pairs:], strict=True):
        torch.testing.assert_close(one + other, 2 * posterior.mean)


def test_without_y_it_says_that_codes_may_be_turned():
    with pytest.warns(Caution, match="codes that are turned"):
        model = IVAE(**BRIEF).fit(table())
    assert len(model.segments_) == 1
    assert np.isfinite(model.score(table()))


@pytest.mark.parametrize("names", [["a", "b", "c"], [10, 20, 30], [3.5, 4.5, 5.5]])
def test_segments_may_be_named_by_text_and_whole_numbers_and_floats_are_numbers(names):
    y = np.array(names)[segments()]
    model = IVAE(**BRIEF).fit(table(), y)
    assert hasattr(model, "segments_") == (y.dtype.kind != "f")
    assert model.score(table(), y) == model.score(table(), list(y))
    assert model.transform(table()).shape == (30, 2)
    assert model.sample(4).shape == (4, 6)


def test_renaming_the_segments_changes_nothing():
    codes = [
        IVAE(**BRIEF).fit(table(), y).transform(table()) for y in (segments(), segments() + 7)
    ]
    np.testing.assert_array_equal(*codes)


@pytest.mark.parametrize(
    "y",
    [
        *(segments(29), np.zeros((30, 2), int), np.full(30, np.nan), np.zeros((30, 2, 2))),
        np.zeros(30, complex),
    ],
)
def test_y_that_cannot_be_used_is_refused(y):
    with pytest.raises(InputError, match=r"y must hold|one column"):
        IVAE(**BRIEF).fit(table(), y)


@pytest.mark.parametrize("y", [segments(), segments() * 1.0])
def test_samples_are_not_scored_without_what_was_known_beside_them(y):
    model = IVAE(**BRIEF).fit(table(), y)
    with pytest.raises(InputError, match=r"got no y; try score\(X, y\)"):
        model.score(table())
    assert not hasattr(model, "log_likelihood")


def test_codes_that_are_not_used_are_seen_in_the_log(tmp_path):
    IVAE(**BRIEF).fit(table(), segments(), folder=tmp_path)
    last = json.loads((tmp_path / "train.jsonl").read_text().splitlines()[-1])
    assert 0 <= last["active_codes"] <= 2


def test_another_kind_of_y_is_refused_afterwards():
    model = IVAE(**BRIEF).fit(table(), segments())
    for y in (segments() + 1, segments() * 1.0, np.full(30, "a")):
        with pytest.raises(InputError, match="differs"):
            model.score(table(), y)


def interrupt(word):
    if word.done == 3:
        raise KeyboardInterrupt


def test_interrupted_and_resumed_is_uninterrupted(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_is_due", lambda *_: True)  # a checkpoint at each line
    whole = IVAE(**BRIEF).fit(table(), segments()).weights_sha256_
    with pytest.raises(KeyboardInterrupt):
        IVAE(**BRIEF).fit(table(), segments(), folder=tmp_path, progress=interrupt)
    assert IVAE(**BRIEF).fit(table(), segments(), folder=tmp_path).weights_sha256_ == whole
    with pytest.raises(StoreError, match="y = "):
        IVAE(**BRIEF).fit(table(), segments()[::-1], folder=tmp_path)


def test_a_loaded_model_scores_and_samples_as_the_saved_one(tmp_path):
    model = IVAE(**BRIEF).fit(table(), segments() * 1.0)
    model.save(tmp_path)
    loaded = IVAE.load(tmp_path)
    assert loaded.score(table(), segments() * 1.0) == model.score(table(), segments() * 1.0)
    np.testing.assert_array_equal(loaded.sample(3), model.sample(3))


def gaussian_sources(n=1000):
    """Two normal sources, each loud in one of two segments, mixed linearly."""
    rng = stream(0, "sources")
    segment = np.repeat([0, 1], n)
    sources = rng.normal(size=(2 * n, 2)) * np.array([[1.0, 3.0], [3.0, 1.0]])[segment]
    mixing = np.array([[0.8, 0.6, -0.4], [0.1, 0.9, 0.5]])
    return sources, sources @ mixing + 0.05 * rng.normal(size=(2 * n, 3)), segment


def recovered(codes, sources):
    likeness = correlations(codes, sources)
    return likeness[match(likeness)].mean()


@pytest.mark.parametrize("network", ["mlp", "linear"])
def test_codes_start_at_projections_uncorrelated_in_each_segment(network):
    _, x, segment = gaussian_sources()
    start = IVAE(n_codes=2, network=network, n_steps=1, learning_rate=1e-9).fit(x, segment)
    codes = x @ directions(x, segment, 2).T
    # The network's curves are there from the start, if small.
    assert recovered(start.transform(x), codes) > 0.98


LINEAR = {
    "n_codes": 2,
    "network": "linear",
    "batch_size": 256,
    "n_steps": 500,
    "learning_rate": 0.05,
}


@pytest.fixture(scope="module")
def linear():
    _, x, segment = gaussian_sources()
    return IVAE(decoder="gaussian", **LINEAR).fit(x, segment)


def test_sources_are_found_by_their_segments_and_not_by_a_vae(linear):
    # Both sources vary as much over all segments: a VAE takes the principal axes.
    sources, x, _ = gaussian_sources()
    blind = VAE(decoder="gaussian", **LINEAR).fit(x)
    assert recovered(linear.transform(x), sources) > 0.97
    assert recovered(blind.transform(x), sources) < 0.9


def test_the_bound_stays_below_the_likelihood_of_a_linear_model(linear):
    _, x, segment = gaussian_sources()
    (layer,) = [m for m in linear._model.decoder.body if isinstance(m, torch.nn.Linear)]
    weights, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    prior = linear._model.encoder.prior
    log_p = np.empty(len(x))
    for number in (0, 1):
        mean, logvar = (p[number].detach().numpy() for p in (prior.mean, prior.logvar))
        covariance = weights * np.exp(logvar) @ weights.T + linear.noise_variance_ * np.eye(3)
        rows = segment == number
        log_p[rows] = multivariate_normal(weights @ mean + bias, covariance).logpdf(x[rows])
    # One draw per sample: the bound's standard error is below 0.03.
    assert log_p.mean() - 1 < linear.score(x, segment) < log_p.mean() + 0.1
