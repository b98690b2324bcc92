"""The covariance of codes, and its distance to the identity, against known values."""

import numpy as np
import pytest
import torch

from unbraid.training.covariance import covariance, from_identity
from unbraid.training.streams import torch_stream


@pytest.mark.parametrize(
    ("matrix", "value"),
    [
        (torch.ones(10, 10), 90.0),
        (torch.zeros(10, 10), 10.0),
        (2 * torch.eye(10), 10.0),
        (torch.eye(10), 0.0),
    ],
)
def test_the_distance_to_the_identity_has_the_published_values(matrix, value):
    assert from_identity(matrix).item() == value


def test_both_parts_have_their_weight():
    matrix = torch.tensor([[3.0, 1.0], [1.0, 1.0]])
    assert from_identity(matrix, off_diagonal=10.0, diagonal=100.0).item() == 20 + 400


def test_the_covariance_is_divided_by_the_batch():
    codes = torch.randn(7, 3, generator=torch_stream(0, "codes"), dtype=torch.float64)
    twin = np.cov(codes.numpy(), rowvar=False, bias=True)
    np.testing.assert_allclose(covariance(codes).numpy(), twin, rtol=1e-12)
