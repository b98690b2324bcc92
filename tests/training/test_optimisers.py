"""Muon: a twin of its steps by singular values, and what it is for."""

import pytest
import torch
from torch import nn
from torch.optim import Adam
from torch.testing import assert_close

from unbraid.training.objective import Player
from unbraid.training.optimisers import Muon, optimiser_of, orthogonal
from unbraid.training.streams import torch_stream


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (1, 6)])
def test_singular_vectors_stay_and_singular_values_come_near_one(shape):
    matrix = torch.randn(shape, generator=torch_stream(0, "test"), dtype=torch.float64)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    turned = left.T @ orthogonal(matrix) @ right.T
    assert_close(turned, torch.diag(turned.diagonal()), atol=1e-10, rtol=0)
    assert ((turned.diagonal() > 0.6) & (turned.diagonal() < 1.3)).all()


def test_a_gradient_of_zero_moves_no_matrix():
    weight = nn.Parameter(torch.ones(2, 3))
    muon = Muon([weight])
    muon.param_groups[0]["lr"] = 1.0
    weight.grad = torch.zeros(2, 3)
    muon.step()
    assert_close(weight.detach(), torch.ones(2, 3))


def test_what_is_no_matrix_moves_as_by_adam():
    start = torch.randn(4, generator=torch_stream(0, "start"))
    mine, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    muon = Muon([mine], (0.9, 0.999))
    adam = Adam([theirs], lr=0.1, betas=(0.9, 0.999))
    muon.param_groups[0]["lr"] = 0.1
    for step in range(20):
        gradient = torch.randn(4, generator=torch_stream(step, "gradient"))
        for parameter, optimiser in ((mine, muon), (theirs, adam)):
            parameter.grad = gradient.clone()
            optimiser.step()
    assert_close(mine, theirs)


def test_the_size_of_a_gradient_does_not_matter():
    def moved(times):
        weight = nn.Parameter(torch.zeros(3, 4))
        muon = Muon([weight])
        muon.param_groups[0]["lr"] = 0.01
        for step in range(3):
            weight.grad = times * torch.randn(3, 4, generator=torch_stream(step, "gradient"))
            muon.step()
        return weight.detach()

    assert_close(moved(1.0), moved(1000.0))


def test_a_player_chooses():
    parameters = (nn.Parameter(torch.zeros(2, 2)),)
    assert isinstance(optimiser_of(Player(parameters)), Adam)
    assert isinstance(optimiser_of(Player(parameters, muon=True)), Muon)
