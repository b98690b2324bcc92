"""The study's methods: their regularisers against closed forms, and where they are a VAE."""

import json
import math

import numpy as np
import pytest
import torch
from sklearn.model_selection import ParameterGrid
from torch.testing import assert_close

from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.learners import DIPVAE, VAE, AnnealedVAE, BetaTCVAE, BetaVAE, FactorVAE
from unbraid.training import loop
from unbraid.training.distributions import Gaussian
from unbraid.training.networks import discriminator
from unbraid.training.regulariser import Encoded
from unbraid.training.streams import torch_stream

BRIEF = {"n_codes": 2, "n_steps": 5, "batch_size": 8}
NARROW = {"discriminator_width": 16}


def table(n=30):
    return stream(0, "table").normal(size=(n, 6))


def encoded(mean, std=0.5, step=0):
    mean = torch.as_tensor(mean, dtype=torch.float32).requires_grad_()
    posterior = Gaussian(mean, torch.full_like(mean, 2 * math.log(std)))
    codes = posterior.draw(torch_stream(0, "noise"))
    return Encoded(posterior, codes, posterior.kl_per_code().mean(0), step)


def added(learner, batch, n_samples=100):
    """What a method adds to reconstruction and KL."""
    learner.n_samples_ = n_samples
    return learner._regulariser(0)(batch) - batch.kl


# At these settings each method's regulariser is the KL.
TWINS = [
    FactorVAE(gamma=0.0, **NARROW, **BRIEF),
    DIPVAE(lambda_od=0.0, **BRIEF),
    DIPVAE(variant="ii", lambda_od=0.0, **BRIEF),
    BetaTCVAE(beta=1.0, **BRIEF),
    BetaTCVAE(beta=1.0, estimator="stratified", **BRIEF),
    AnnealedVAE(gamma=1.0, c_max=0.0, **BRIEF),
]


@pytest.mark.parametrize("learner", TWINS, ids=repr)
def test_without_its_weight_a_method_is_the_vae(learner):
    assert learner.fit(table()).weights_sha256_ == VAE(**BRIEF).fit(table()).weights_sha256_


@pytest.mark.parametrize("kind", [FactorVAE, DIPVAE, BetaTCVAE, AnnealedVAE])
def test_with_its_weight_a_method_is_another(kind):
    narrow = NARROW if kind is FactorVAE else {}
    learner = kind(**narrow, **BRIEF).fit(table())
    assert learner.weights_sha256_ != VAE(**BRIEF).fit(table()).weights_sha256_


def test_the_grid_of_the_study_has_six_settings_for_each_of_six_methods():
    kinds = [BetaVAE, FactorVAE, DIPVAE, BetaTCVAE, AnnealedVAE]
    made = {
        kind: [kind(**setting) for setting in ParameterGrid(kind.study_grid)] for kind in kinds
    }
    assert [len(made[kind]) for kind in kinds] == [6, 6, 12, 6, 6]
    assert {learner.variant for learner in made[DIPVAE]} == {"i", "ii"}


# Codes at the corners of a square have the covariance of the identity; means alone are too near.
CORNERS = [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]


def test_dip_vae_asks_for_uncorrelated_means_or_draws():
    near = [[a * math.sqrt(0.75), b * math.sqrt(0.75)] for a, b in CORNERS]
    assert added(DIPVAE(2, "i"), encoded(CORNERS)).item() == pytest.approx(0, abs=1e-5)
    assert added(DIPVAE(2, "ii"), encoded(near)).item() == pytest.approx(0, abs=1e-5)
    # Two variances of 3/4, weight 10 x 10; then two of 5/4, weight 1 x 10.
    assert added(DIPVAE(2, "i"), encoded(near)).item() == pytest.approx(100 * 2 / 16)
    assert added(DIPVAE(2, "ii"), encoded(CORNERS)).item() == pytest.approx(10 * 2 / 16)


def test_dip_vae_weighs_covariances_by_lambda_od():
    line = encoded([[1.0, 1.0], [-1.0, -1.0]])  # variances and both covariances are 1
    assert added(DIPVAE(2, lambda_od=7.0), line).item() == pytest.approx(14)
    assert added(DIPVAE(2, lambda_od=7.0, lambda_d=3.0), encoded([[0.0, 0.0]])).item() == (
        pytest.approx(6)
    )


def test_beta_tc_vae_adds_beta_less_one_total_correlations():
    # Equal posteriors: the study's estimate is its missing constant alone, (d - 1) log B.
    same = encoded(torch.zeros(8, 3))
    assert added(BetaTCVAE(beta=6.0), same).item() == pytest.approx(-5 * 2 * math.log(8))
    # One weighted sum of equal densities: nothing, if the weights sum to one.
    corrected = BetaTCVAE(beta=6.0, estimator="stratified")
    assert added(corrected, same).item() == pytest.approx(0, abs=1e-4)


def test_the_capacity_of_annealed_vae_rises_to_its_end():
    learner = AnnealedVAE(c_max=10.0, n_steps=300)
    assert learner._regulariser(0).target(100) == 10.0
    learner = AnnealedVAE(c_max=10.0, anneal_steps=100)
    capacity = learner._regulariser(0)
    assert [capacity.target(step) for step in (0, 10, 50, 100, 1000)] == [0, 1, 5, 10, 10]
    assert AnnealedVAE(c_max=100.0, n_steps=300_000)._regulariser(0).target(10_000) == (
        pytest.approx(10)
    )


def test_annealed_vae_pays_for_either_side_of_its_capacity():
    # KL(N(1, 1) || N(0, 1)) is 1/2 in each of 10 codes.
    batch = encoded(torch.ones(4, 10), std=1.0, step=10)
    for c_max in (20.0, 80.0):
        learner = AnnealedVAE(c_max=c_max, gamma=3.0, anneal_steps=100)
        expected = 3 * abs(5 - c_max / 10)
        assert learner._regulariser(0)(batch).item() == pytest.approx(expected, rel=1e-5)


def test_the_discriminator_is_that_of_the_study():
    network = discriminator(10, 1000, torch_stream(0, "weights"))
    assert sum(p.numel() for p in network.parameters()) == 5_018_002


def factor(gamma=4.0, **rest):
    return FactorVAE(n_codes=2, gamma=gamma, **NARROW, **rest)._regulariser(0)


def opinion(regulariser, joint, product):
    """Let the discriminator give all codes the same logits."""
    with torch.no_grad():
        for parameter in regulariser.parameters():
            parameter.zero_()
        regulariser.discriminator[-1].bias.copy_(torch.tensor([joint, product]))


@pytest.mark.parametrize("logits", [(0.0, 0.0), (1.5, -0.5), (-300.0, 300.0)])
def test_factor_vae_pays_what_its_discriminator_thinks(logits):
    regulariser, batch = factor(), encoded(CORNERS)
    opinion(regulariser, *logits)
    a, b = logits
    assert (regulariser(batch) - batch.kl).item() == pytest.approx(4 * (a - b), rel=1e-5)
    p = min(max(1 / (1 + math.exp(b - a)) if b - a < 500 else 0.0, 1e-6), 1 - 1e-6)
    own = -0.5 * (math.log(p) + math.log(1 - p))
    assert regulariser.own_loss(batch.detached()).item() == pytest.approx(own, rel=1e-2)


def test_the_discriminator_learns_a_known_total_correlation():
    # Codes with correlation 0.8 have a total correlation of -log(1 - 0.64) / 2 = 0.51.
    regulariser = factor(gamma=1.0)
    generator = torch_stream(0, "pairs")
    optimiser = torch.optim.Adam(regulariser.parameters(), lr=3e-3, betas=(0.5, 0.9))
    estimates = []
    for step in range(300):
        first, noise = torch.randn(2, 512, generator=generator)
        mean = torch.stack([first, 0.8 * first + 0.6 * noise], dim=1)
        batch = Encoded(Gaussian(mean, mean * 0), mean, mean.new_zeros(2), step)
        optimiser.zero_grad()
        regulariser.own_loss(batch).backward()
        optimiser.step()
        estimates.append(regulariser(batch).item())
    assert np.mean(estimates[-50:]) == pytest.approx(0.51, abs=0.1)


def test_the_discriminator_has_its_own_optimiser():
    settings = {"discriminator_learning_rate": 0.25}
    assert factor(**settings).learning_rate == 0.25
    assert factor(**settings).betas == (0.5, 0.9)
    one, other = (
        FactorVAE(**BRIEF, **NARROW, discriminator_learning_rate=rate).fit(table())
        for rate in (1e-4, 1e-2)
    )
    assert one.weights_sha256_ != other.weights_sha256_


def steps(folder):
    return [json.loads(line) for line in (folder / "train.jsonl").read_text().splitlines()]


def test_factor_vae_makes_half_the_steps_under_the_studys_protocol(tmp_path):
    settings = {"n_steps": 11, "n_codes": 2, **NARROW}
    FactorVAE(protocol="study", **settings).fit(table(), folder=tmp_path)
    assert steps(tmp_path)[-1]["step"] == 5


def test_the_papers_protocol_permutes_codes_of_other_samples():
    regulariser = factor(protocol="paper")
    assert regulariser.second_batch
    batch = encoded(CORNERS).detached()
    moved = Encoded(batch.posterior, batch.codes, batch.kl_per_code, 0, batch.codes + 5)
    assert not torch.equal(regulariser.own_loss(moved), regulariser.own_loss(batch))
    model = FactorVAE(protocol="paper", **BRIEF, **NARROW).fit(table())
    assert np.isfinite(model.loss_curve_).all()


@pytest.mark.parametrize("protocol", ["plain", "paper"])
def test_interrupted_and_resumed_is_uninterrupted(tmp_path, monkeypatch, protocol):
    monkeypatch.setattr(loop, "_is_due", lambda *_: True)  # a checkpoint at each line

    def interrupt(word):
        if word.done == 3:
            raise KeyboardInterrupt

    model = FactorVAE(protocol=protocol, **BRIEF, **NARROW)
    whole = model.fit(table(), folder=tmp_path / "whole").weights_sha256_
    with pytest.raises(KeyboardInterrupt):
        model.fit(table(), folder=tmp_path / "part", progress=interrupt)
    assert model.fit(table(), folder=tmp_path / "part").weights_sha256_ == whole
    for line, again in zip(steps(tmp_path / "whole"), steps(tmp_path / "part"), strict=True):
        assert line | {"seconds": 0} == again | {"seconds": 0}


def test_the_log_holds_total_correlation_and_active_codes(tmp_path):
    VAE(n_codes=3, n_steps=5).fit(table(), folder=tmp_path)
    for line in steps(tmp_path):
        assert 0 <= line["active_codes"] <= 3
        assert line["total_correlation"] <= 2 * math.log(64)


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        (FactorVAE, {"gamma": -1.0}),
        (FactorVAE, {"protocol": "studdy"}),
        (FactorVAE, {"discriminator_width": 0}),
        (FactorVAE, {"discriminator_learning_rate": 0.0}),
        (DIPVAE, {"variant": "iii"}),
        (DIPVAE, {"lambda_od": float("nan")}),
        (DIPVAE, {"lambda_d": -1.0}),
        (BetaTCVAE, {"beta": -1.0}),
        (BetaTCVAE, {"estimator": "mws"}),
        (AnnealedVAE, {"c_max": -1.0}),
        (AnnealedVAE, {"gamma": float("inf")}),
        (AnnealedVAE, {"anneal_steps": 0}),
    ],
)
def test_a_senseless_setting_is_refused_by_name(kind, setting):
    (name,) = setting
    with pytest.raises(InputError, match=name):
        kind(**setting).fit(table())


@pytest.mark.parametrize("kind", [FactorVAE, DIPVAE, BetaTCVAE, AnnealedVAE])
def test_a_batch_of_one_is_enough(kind):
    narrow = NARROW if kind is FactorVAE else {}
    model = kind(n_codes=2, n_steps=3, batch_size=1, **narrow).fit(table())
    assert np.isfinite(model.transform(table())).all()


@pytest.mark.parametrize("learner", [DIPVAE(2), BetaTCVAE(), FactorVAE(2, **NARROW)], ids=repr)
def test_what_is_added_moves_the_means(learner):
    batch = encoded(torch.tensor(CORNERS) * 0.5)
    (gradient,) = torch.autograd.grad(added(learner, batch), batch.posterior.mean)
    assert gradient.abs().sum() > 0


@pytest.mark.parametrize("learner", [DIPVAE(2), BetaTCVAE()], ids=repr)
def test_a_shift_of_the_whole_batch_is_free(learner):
    batch = encoded(torch.tensor(CORNERS) * 0.5 + 3)
    (gradient,) = torch.autograd.grad(added(learner, batch), batch.posterior.mean)
    assert_close(gradient.sum(0), torch.zeros(2), rtol=0, atol=1e-4)
