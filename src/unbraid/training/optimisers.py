"""What moves parameters down their gradients: Adam, and Muon for networks of few, dense layers."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from unbraid.training.objective import Player

_MOMENTUM = 0.95
_EPSILON = 1e-8
# Five steps of this polynomial take singular values from (0.003, 1] to about 1.
_POLYNOMIAL = (3.4445, -4.7750, 2.0315)
_N_STEPS = 5
# The root mean square of what Adam moves an entry by, for a learning rate of 1.
_SIZE = 0.2


class Muon(Optimizer):
    """Move matrices by what their gradient turns, in all directions alike; the rest by Adam.

    The momentum of a matrix is replaced by the nearest matrix whose singular values are all 1, so
    that directions with small gradients move as far as those with large ones: deep bends of a
    small network are found in a fraction of Adam's steps. An entry moves as far as with Adam.

    Parameters
    ----------
    parameters
        What is moved; those with two dimensions are matrices.
    betas
        Adam's two decay rates.

    References
    ----------
    Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks,
    https://kellerjordan.github.io/posts/muon. Liu et al. (2025), Muon is scalable for LLM
    training, arXiv:2502.16982, section 2.2: the size of an update.

    Examples
    --------
    >>> weight = nn.Parameter(torch.zeros(2, 2))
    >>> muon = Muon([weight])
    >>> muon.param_groups[0]["lr"] = 1.0
    >>> (weight * torch.tensor([[100.0, 0.0], [0.0, 1.0]])).sum().backward()
    >>> muon.step()
    >>> bool((weight.diagonal() < -0.1).all())
    True
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], betas: tuple[float, float] = (0.9, 0.999)
    ) -> None:
        super().__init__(parameters, {"lr": 0.0, "betas": betas})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """Move all parameters that have a gradient.

        Parameters
        ----------
        closure
            Not used; part of torch's interface.
        """
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if parameter.dim() == 2:
                    _turn(parameter, state, group["lr"])
                else:
                    _adam(parameter, state, group["lr"], group["betas"])


def orthogonal(matrix: Tensor) -> Tensor:
    """Return a matrix with the same singular vectors and singular values near 1.

    Parameters
    ----------
    matrix
        Any matrix, shape (m, n).

    Returns
    -------
    torch.Tensor
        Shape (m, n); singular values above 0.003 of the norm end between 0.7 and 1.2.

    Examples
    --------
    >>> torch.linalg.svdvals(orthogonal(torch.diag(torch.tensor([5.0, 1.0])))).min().item() > 0.6
    True
    """
    a, b, c = _POLYNOMIAL
    x: Tensor = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (x.norm() + torch.finfo(x.dtype).tiny)
    for _ in range(_N_STEPS):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x


def _turn(parameter: nn.Parameter, state: dict[str, Tensor], rate: float) -> None:
    assert parameter.grad is not None
    if "momentum" not in state:
        state["momentum"] = torch.zeros_like(parameter)
    momentum = state["momentum"].mul_(_MOMENTUM).add_(parameter.grad)
    ahead = parameter.grad.add(momentum, alpha=_MOMENTUM)
    parameter.add_(orthogonal(ahead), alpha=-rate * _SIZE * max(parameter.shape) ** 0.5)


def _adam(
    parameter: nn.Parameter, state: dict[str, Tensor], rate: float, betas: tuple[float, float]
) -> None:
    assert parameter.grad is not None
    if "step" not in state:
        state["step"] = torch.zeros((), dtype=torch.float32)
        state["exp_avg"] = torch.zeros_like(parameter)
        state["exp_avg_sq"] = torch.zeros_like(parameter)
    step = float(state["step"].add_(1))
    mean = state["exp_avg"].lerp_(parameter.grad, 1 - betas[0])
    square = state["exp_avg_sq"].mul_(betas[1])
    square.addcmul_(parameter.grad, parameter.grad, value=1 - betas[1])
    size = (square / (1 - betas[1] ** step)).sqrt_().add_(_EPSILON)
    parameter.addcdiv_(mean, size, value=-rate / (1 - betas[0] ** step))


def optimiser_of(player: Player) -> Optimizer:
    """Return the optimiser of a player's parameters.

    Parameters
    ----------
    player
        Whose parameters they are.

    Returns
    -------
    torch.optim.Optimizer
        `Muon` where the player asks for it, otherwise fused Adam, both with epsilon 1e-8; the
        loop sets the learning rate at each step.
    """
    if player.muon:
        return Muon(player.parameters, player.betas)
    return Adam(player.parameters, betas=player.betas, eps=_EPSILON, fused=True)
