"""What keeps an autoencoder from copying: each constraint against its definition."""

import numpy as np
import pytest
import torch
from torch import nn

from unbraid.training.constraints import (
    Coded,
    CodeEncoder,
    Constraint,
    Contraction,
    RareCodes,
    SmallCodes,
    SmallWeights,
    TopK,
)
from unbraid.training.corruption import NOISES, corrupt
from unbraid.training.networks import GaussianDecoder, build
from unbraid.training.reconstruction import Mirror, Reconstruction
from unbraid.training.streams import torch_stream


def network(name="linear", shape=(5,), n_codes=4, constraint=None):
    drawn, body = build(name, shape, n_codes, torch_stream(0, "weights"))
    encoder = CodeEncoder(drawn.body, drawn.mean, (constraint or Constraint()).activation)
    return encoder.double(), body.double()


def coded(constraint, x, **rest):
    encoder, decoder = network(constraint=constraint, shape=tuple(x.shape[1:]), **rest)
    return Coded(x, encoder(x), encoder, decoder, torch_stream(0, "noise"))


def batch(n=7, shape=(5,)):
    return torch.randn(n, *shape, generator=torch_stream(0, "batch"), dtype=torch.float64)


def squared_jacobian(encoder, x):
    """The mean over samples of the squared norm, from torch's own Jacobian."""
    jacobians = [torch.autograd.functional.jacobian(encoder, one[None]) for one in x]
    return torch.stack([j.square().sum() for j in jacobians]).mean().item()


def test_the_contractive_penalty_is_the_squared_norm_of_the_jacobian():
    given = coded(Contraction(0.5), batch())
    expected = 0.5 * squared_jacobian(given.encoder, given.x)
    assert Contraction(0.5).penalty(given).item() == pytest.approx(expected, rel=1e-12)


def test_the_penalty_and_the_jacobian_have_the_same_gradient():
    given = coded(Contraction(1.0), batch(3))
    weights = given.encoder.head.weight
    (fast,) = torch.autograd.grad(Contraction(1.0).penalty(given), weights)
    jacobian = torch.autograd.functional.jacobian(
        lambda x: given.encoder(x).sum(0), given.x, create_graph=True
    )
    (slow,) = torch.autograd.grad(jacobian.square().sum() / 3, weights)
    torch.testing.assert_close(fast, slow)


@pytest.mark.parametrize(("name", "shape"), [("mlp", (5,)), ("conv", (1, 64, 64))])
def test_a_deep_encoders_penalty_is_the_jacobian_on_average(name, shape):
    given = coded(Contraction(1.0), batch(2, shape), name=name)
    draws = torch.stack([Contraction(1.0).penalty(given).detach() for _ in range(100)])
    expected = squared_jacobian(given.encoder, given.x)
    error = draws.std().item() / len(draws) ** 0.5
    assert draws.mean().item() == pytest.approx(expected, abs=4 * error)
    assert error < 0.2 * expected


def test_the_penalty_of_a_deep_encoder_trains_it():
    given = coded(Contraction(1.0), batch(2), name="mlp")
    Contraction(1.0).penalty(given).backward()
    assert all(w.grad.abs().sum() > 0 for w in given.encoder.body.parameters() if w.dim() == 2)


def test_the_k_largest_codes_are_kept_as_they_are():
    constraint, x = TopK(2), batch()
    z = network(constraint=Constraint())[0](x)
    kept = coded(constraint, x).codes
    largest = z >= z.sort(dim=1).values[:, [-2]]
    torch.testing.assert_close(kept, torch.where(largest, z, 0.0))


def test_more_codes_are_kept_at_first_and_ever_fewer():
    constraint = TopK(2, n_encoded=5, first=10, until=8)
    x = torch.arange(12.0)[None]
    kept = []
    for step in range(10):
        constraint.begin(step)
        kept.append(int((constraint.activation(x) != 0).sum()))
    assert kept == [10, 9, 8, 7, 6, 5, 4, 3, 2, 2]
    assert int((constraint.eval().activation(x) != 0).sum()) == 5


def test_l1_is_the_sum_of_a_samples_rectified_codes():
    given = coded(SmallCodes(2.0), batch())
    z = network()[0](given.x)
    expected = 2.0 * z.clamp(min=0).sum() / len(z)
    torch.testing.assert_close(SmallCodes(2.0).penalty(given), expected)


def test_kl_vanishes_at_the_rate_and_is_a_divergence_elsewhere():
    encoder, decoder = network()
    codes = torch.full((6, 3), 0.2, dtype=torch.float64)

    def penalty(codes, rate):
        given = Coded(batch(6), codes, encoder, decoder, torch_stream(0, "noise"))
        return RareCodes(1.0, rate).penalty(given).item()

    assert penalty(codes, 0.2) == pytest.approx(0, abs=1e-15)
    on, off = 0.1 * np.log(0.1 / 0.2), 0.9 * np.log(0.9 / 0.8)
    assert penalty(codes, 0.1) == pytest.approx(3 * (on + off))
    assert np.isfinite(penalty(torch.zeros_like(codes), 0.1))


def test_weight_decay_is_the_sum_of_squared_weights_without_biases():
    given = coded(SmallWeights(3.0), batch())
    with torch.no_grad():
        given.encoder.head.bias.fill_(7.0)
    matrices = [given.encoder.head.weight, given.decoder[0].weight]
    expected = 3.0 * sum(w.square().sum() for w in matrices)
    torch.testing.assert_close(SmallWeights(3.0).penalty(given), expected)
    assert SmallWeights(0.0).penalty(given) is None


def noisy(noise, level, n=40_000):
    x = torch.full((n,), 0.5)
    return corrupt(x, noise, level, (-1.0, 2.0), torch_stream(0, noise)).numpy()


def test_normal_noise_has_mean_zero_and_the_given_deviation():
    added = noisy("gaussian", 0.3) - 0.5
    assert abs(added.mean()) < 4 * 0.3 / 200
    assert added.std() == pytest.approx(0.3, rel=0.02)


def test_masking_sets_the_given_fraction_to_zero():
    x = noisy("masking", 0.3)
    assert set(np.unique(x)) == {0.0, 0.5}
    assert (x == 0).mean() == pytest.approx(0.3, abs=0.01)


def test_salt_and_pepper_are_the_limits_half_the_time_each():
    x = noisy("salt_and_pepper", 0.3)
    assert set(np.unique(x)) == {-1.0, 0.5, 2.0}
    assert (x == -1).mean() == pytest.approx(0.15, abs=0.01)
    assert (x == 2).mean() == pytest.approx(0.15, abs=0.01)


@pytest.mark.parametrize("noise", NOISES)
def test_noise_of_level_zero_is_none(noise):
    assert (noisy(noise, 0.0, n=100) == np.float32(0.5)).all()


@pytest.mark.parametrize(
    ("name", "shape"), [("linear", (5,)), ("mlp", (2, 3, 3)), ("conv", (3, 64, 64))]
)
def test_a_mirror_has_the_shape_of_samples_and_only_biases_of_its_own(name, shape):
    encoder, _ = network(name, shape)
    mirror = Mirror(encoder, shape).double()
    assert mirror(encoder(batch(2, shape))).shape == (2, *shape)
    assert all(bias.dim() == 1 for bias in mirror.parameters())


@pytest.mark.parametrize(("name", "shape"), [("linear", (5,)), ("conv", (1, 64, 64))])
def test_a_mirror_is_the_transpose_of_the_encoder(name, shape):
    # Without biases and rectifiers the encoder is a matrix A, and <A x, c> = <x, A' c>.
    encoder, _ = network(name, shape)
    straight = nn.Sequential(*(m for m in encoder.body if not isinstance(m, nn.ReLU)))
    linear = CodeEncoder(straight, encoder.head, nn.Identity())
    x, codes = batch(1, shape), batch(1, (4,))
    mirror = Mirror(linear, shape).double()
    back = codes
    for place, layer in enumerate(mirror._layers):
        if isinstance(layer, nn.Linear):
            back = back @ layer.weight
        else:
            stride, padding = layer.stride, layer.padding
            back = nn.functional.conv_transpose2d(back, layer.weight, None, stride, padding)
        back = back.reshape(1, *mirror._shape) if place == mirror._flat else back
    torch.testing.assert_close((linear(x) * codes).sum(), (x * back).sum())
    if name == "linear":
        torch.testing.assert_close(mirror(codes), back)


def test_a_trained_mirror_follows_its_encoder():
    encoder, _ = network("mlp")
    mirror = Mirror(encoder, (5,)).double()
    before = mirror(torch.ones(1, 4, dtype=torch.float64))
    with torch.no_grad():
        encoder.head.weight.mul_(2)
    assert not torch.equal(mirror(torch.ones(1, 4, dtype=torch.float64)), before)


class _Noted(Constraint):
    def penalty(self, coded):
        self.seen = coded
        return torch.tensor(1.0)

    def corrupted(self, x, generator):  # noqa: ARG002 (it draws nothing)
        return x + 1


def test_the_encoder_sees_noise_and_the_error_is_to_samples_without():
    encoder, body = network()
    constraint = _Noted()
    objective = Reconstruction(encoder, GaussianDecoder(body, 1.0, learned=False), constraint)
    x = batch()
    terms = objective(x, 0, torch_stream(0, "noise"))
    error = (body(encoder(x + 1)) - x).square().sum(1).mean()
    torch.testing.assert_close(terms.logged["error"], error)
    torch.testing.assert_close(terms.losses[0], error + 1)
    torch.testing.assert_close(constraint.seen.x, x + 1)
