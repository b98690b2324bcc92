"""Learners that are fitted together are those that are fitted one by one."""

import json

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from unbraid.core.errors import InputError, RunFailed
from unbraid.core.rng import stream
from unbraid.learners import (
    DIPVAE,
    IVAE,
    PCA,
    VAE,
    AnnealedVAE,
    BernoulliVAE,
    BetaTCVAE,
    BetaVAE,
    DeepVAE,
    FactorVAE,
    InfoGAN,
    UntrainedVAE,
    fit_together,
    load,
)

BRIEF = {"n_codes": 3, "n_steps": 20, "batch_size": 16}
METHODS = [
    [VAE(random_state=seed, **BRIEF) for seed in (0, 1, 2)],
    [BetaVAE(beta=beta, random_state=seed, **BRIEF) for seed, beta in enumerate((1, 4.0))],
    [BetaTCVAE(beta=beta, **BRIEF) for beta in (1.0, 6.0)],
    [DIPVAE(lambda_od=weight, **BRIEF) for weight in (1.0, 50.0)],
    [AnnealedVAE(c_max=c, **BRIEF) for c in (5.0, 100.0)],
    [FactorVAE(gamma=gamma, discriminator_width=16, **BRIEF) for gamma in (10.0, 100.0)],
]


def table(n=60):
    return stream(0, "table").uniform(size=(n, 6))


def pair(**second):
    return [BetaVAE(**BRIEF), BetaVAE(**(BRIEF | second))]


def close(one, other):
    """Equal to what float32 leaves; Adam can turn a gradient's last digit into a whole step."""
    np.testing.assert_allclose(one.loss_curve_, other.loss_curve_, rtol=1e-3)
    codes, twin = one.transform(table()), other.transform(table())
    assert np.abs(codes - twin).max() < 0.02 * codes.std()


@pytest.mark.parametrize("learners", METHODS, ids=lambda kinds: type(kinds[0]).__name__)
def test_each_is_as_if_fitted_alone(learners):
    learners = [clone(learner) for learner in learners]
    twins = [clone(learner).fit(table()) for learner in learners]
    fitted = fit_together(learners, table())
    assert all(one is given for one, given in zip(fitted, learners, strict=True))
    for one, twin in zip(fitted, twins, strict=True):
        close(one, twin)


def test_unbounded_samples_and_their_learned_variance_too():
    normal = 3 * table() - 1
    learners = [VAE(decoder="gaussian", random_state=seed, **BRIEF) for seed in (0, 1)]
    for one in fit_together(learners, normal):
        twin = clone(one).fit(normal)
        np.testing.assert_allclose(one.loss_curve_, twin.loss_curve_, rtol=1e-3)
        assert one.noise_variance_ == pytest.approx(twin.noise_variance_, rel=1e-3)


def test_given_variances_may_differ():
    learners = [VAE(decoder="gaussian", noise_variance=v, **BRIEF) for v in (0.5, 2.0)]
    for one in fit_together(learners, table()):
        close(one, clone(one).fit(table()))


def test_images_of_the_study_too():
    images = (stream(0, "images").uniform(size=(12, 64, 64)) > 0.7).astype(np.uint8)
    learners = [BetaVAE(n_codes=2, beta=b, n_steps=3, batch_size=4) for b in (1.0, 4.0)]
    for one in fit_together(learners, images):
        twin = clone(one).fit(images)
        np.testing.assert_allclose(one.loss_curve_, twin.loss_curve_, rtol=1e-3)
        np.testing.assert_allclose(one.transform(images), twin.transform(images), atol=1e-3)


def test_a_learner_fitted_together_is_saved_and_loaded(tmp_path):
    one, _ = fit_together(pair(beta=1.0), table())
    one.save(tmp_path)
    np.testing.assert_array_equal(load(tmp_path).transform(table()), one.transform(table()))


def test_what_was_learned_before_is_forgotten():
    learners = pair(beta=1.0)
    twins = [clone(learner) for learner in learners]
    fit_together(learners, np.ones((5, 2)))
    for one, twin in zip(
        fit_together(learners, table()), fit_together(twins, table()), strict=True
    ):
        assert one.weights_sha256_ == twin.weights_sha256_
        assert one.n_features_in_ == 6


def test_the_log_holds_one_number_per_learner(tmp_path):
    words = []
    new = tmp_path / "grid"
    learners = fit_together(pair(beta=1.0), table(), folder=str(new), progress=words.append)
    lines = [json.loads(line) for line in (new / "train.jsonl").read_text().splitlines()]
    assert words[-1].done == words[-1].total == lines[-1]["step"] == 20
    for place, learner in enumerate(learners):
        assert [line["loss"][place] for line in lines] == list(learner.loss_curve_)
        assert [len(line["kl_per_code"][place]) for line in lines] == [3] * len(lines)
    assert {len(line["active_codes"]) for line in lines} == {2}


@pytest.mark.parametrize(
    ("learners", "said"),
    [
        ([], "no learner"),
        ([VAE(**BRIEF), BetaVAE(**BRIEF)], "BetaVAE, VAE"),
        ([PCA(), PCA()], "PCA"),
        ([InfoGAN(), InfoGAN()], "InfoGAN"),
        ([IVAE(), IVAE()], "IVAE"),
        ([DeepVAE(), DeepVAE()], "DeepVAE"),
        ([BernoulliVAE(), BernoulliVAE()], "BernoulliVAE"),
        (pair(n_codes=2), "n_codes: got 3 and 2"),
        (pair(n_steps=30), "n_steps: got 20 and 30"),
        (pair(batch_size=8), "batch_size: got 16 and 8"),
        (pair(schedule="study"), "schedule"),
        (pair(learning_rate=0.1), "learning_rate"),
        (pair(network="linear"), "network: got 'auto' and 'linear'"),
        (pair(decoder="gaussian"), "decoder: got 'auto' and 'gaussian'"),
        (pair(gradient="score_function"), "gradient"),
        (pair(n_draws=2), "gradient"),
        (pair(beta=-1.0), "beta"),
        ([AnnealedVAE(anneal_steps=n, **BRIEF) for n in (5, 9)], "anneal_steps: got 5 and 9"),
        ([DIPVAE(variant=v, **BRIEF) for v in ("i", "ii")], "variant: got 'i' and 'ii'"),
        ([UntrainedVAE(random_state=seed) for seed in (0, 1)], "nothing to train"),
        ([FactorVAE(protocol="paper", discriminator_width=8, **BRIEF)], "second batch"),
    ],
    ids=str,
)
def test_what_cannot_be_fitted_together_is_refused(learners, said):
    with pytest.raises(InputError, match=said):
        fit_together(learners, table())


def test_the_same_learner_twice_is_refused():
    with pytest.raises(InputError, match="given twice"):
        fit_together([BetaVAE(**BRIEF)] * 2, table())


@pytest.mark.parametrize("device", ["meta", "cuda:999", "gpu"])
def test_a_device_that_is_not_there_is_refused(device):
    with pytest.raises(InputError, match="device cannot be used"):
        fit_together(pair(), table(), device=device)


def test_products_in_bfloat16_end_near_those_in_float32():
    exact = fit_together(pair(beta=1.0), table(), bfloat16=False)
    rounded = fit_together([clone(one) for one in exact], table(), bfloat16=True)
    for one, other in zip(exact, rounded, strict=True):
        np.testing.assert_allclose(one.loss_curve_, other.loss_curve_, rtol=0.02)
        assert one.weights_sha256_ != other.weights_sha256_


def test_too_little_memory_is_said_to_be_so(monkeypatch):
    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has")

    monkeypatch.setattr("unbraid.learners._stack.train", full)
    with pytest.raises(RunFailed, match=r"2 learners are too many.*got CUDA out of memory;"):
        fit_together(pair(beta=1.0), table())


def test_a_refusal_leaves_learners_as_not_fitted():
    learners = pair(n_steps=30)
    with pytest.raises(InputError):
        fit_together(learners, table())
    with pytest.raises(NotFittedError):
        learners[0].transform(table())
