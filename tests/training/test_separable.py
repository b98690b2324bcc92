"""The separable start: what it keeps of the random one, and what codes see at first."""

import pytest
import torch

from unbraid.training.networks import build
from unbraid.training.separable import separate


def networks(n_codes=10, channels=1, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return build("conv", (channels, 64, 64), n_codes, generator)


def square(down, across):
    """A square of 12 pixels at a place."""
    image = torch.zeros(1, 1, 64, 64)
    image[..., down : down + 12, across : across + 12] = 1
    return image


def test_two_codes_are_moved_by_one_axis_each_and_the_others_by_both():
    encoder, body = networks()
    separate(encoder, body)
    with torch.no_grad():
        middle, down, across = (
            encoder(square(*place)).mean[0] for place in [(20, 20), (36, 20), (20, 36)]
        )
    # The kernels' strides make steps of 16 pixels, by which no code sees the other axis.
    assert torch.allclose(middle[0], across[0], atol=1e-6)
    assert torch.allclose(middle[1], down[1], atol=1e-6)
    assert (middle - down)[0].abs() > 1e-4
    assert (middle - across)[1].abs() > 1e-4
    assert ((middle - down)[2:].abs() > 1e-4).all()
    assert ((middle - across)[2:].abs() > 1e-4).all()


def size(weight):
    return weight.square().mean().sqrt().item()


def test_weights_have_the_variances_of_glorots():
    drawn, separated = networks(seed=1), networks(seed=1)
    separate(*separated)
    for before, after in zip(drawn, separated, strict=True):
        for (name, old), new in zip(before.named_parameters(), after.parameters(), strict=True):
            if name.endswith("weight") and old.numel() > 3000:
                assert size(new) == pytest.approx(size(old), rel=0.08), name


def test_but_codes_that_do_not_lead_start_smaller():
    (encoder, body), (after, after_body) = networks(seed=1), networks(seed=1)
    separate(after, after_body)
    ways = [
        (encoder.mean.weight, after.mean.weight),
        (body[0].weight.t(), after_body[0].weight.t()),
    ]
    for old, new in ways:
        assert size(new[:2]) == pytest.approx(size(old[:2]), rel=0.15)
        torch.testing.assert_close(new[2:], 0.3 * old[2:])


@pytest.mark.parametrize(("n_codes", "channels"), [(1, 1), (3, 3), (10, 3)])
def test_any_number_of_codes_and_channels_will_do(n_codes, channels):
    encoder, body = networks(n_codes, channels)
    separate(encoder, body)
    images = torch.rand(4, channels, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        codes = encoder(images).mean
        assert torch.isfinite(body(codes)).all()
    assert (codes.std(0) > 0).all()


def test_training_can_leave_the_start():
    encoder, body = networks(n_codes=2)
    separate(encoder, body)
    body(encoder(square(20, 24)).mean).sum().backward()
    apart = encoder.mean.weight == 0
    assert apart.any()
    assert (encoder.mean.weight.grad[apart] != 0).any()
