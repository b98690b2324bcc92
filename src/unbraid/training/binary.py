"""Gradient estimators of binary codes: the Concrete relaxation, REBAR and RELAX.

A binary code is one where ``z = logit + logistic noise`` is positive. All three lead gradients
through ``sigmoid(z / temperature)``, which tends to the code as the temperature falls. The cost
must then be a differentiable function of codes between 0 and 1, which a decoder is.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from unbraid.training.baselines import MovingAverage
from unbraid.training.estimators import Cost, gradient_only
from unbraid.training.networks import perceptron
from unbraid.training.posteriors import BinaryCodes

# What the network of RELAX is multiplied by: the optimiser's steps do not shrink with the cost, so
# that at full size learning the network adds more variance than the network takes away.
_REST = 0.03


def concrete(
    posterior: BinaryCodes,
    cost: Cost,
    generator: torch.Generator,
    n_draws: int = 1,
    temperature: float = 0.5,
) -> tuple[Float[Tensor, "batch codes"], Float[Tensor, " batch"]]:
    """Draw codes between 0 and 1 in place of binary ones, as a function of noise.

    Parameters
    ----------
    posterior
        The distribution of the codes.
    cost
        The cost of codes.
    generator
        The stream of the noise.
    n_draws
        How many draws to average over.
    temperature
        How soft the codes are, above 0. The gradient varies more the lower it is.

    Returns
    -------
    tuple of torch.Tensor
        Soft codes (batch, codes) and their cost (batch,). Value and gradient are those of soft
        codes, and as estimates for binary ones *biased*, the more the higher the temperature.

    References
    ----------
    Maddison et al. (2017), The Concrete distribution: a continuous relaxation of discrete random
    variables, arXiv:1611.00712, equation 12 of appendix B.
    Jang et al. (2017), Categorical reparameterization with Gumbel-softmax, arXiv:1611.01144.
    """
    many = posterior.repeated(n_draws)
    codes = torch.sigmoid((many.logits + _logistic(many.logits, generator)) / temperature)
    costs = cost(codes, many).view(n_draws, -1).mean(0)
    return codes[: len(posterior.logits)], costs


class Relax(nn.Module):
    """The score function with a control variate that learns to lower the variance.

    With ``f`` the cost, ``b`` the codes, ``z`` the noisy logits of which they are the signs, and
    ``z'`` distributed as z given b, the gradient in the logits is

    ``(f(b) - c(z')) d/dlogits log p(b) + d/dlogits c(z) - d/dlogits c(z')``

    for any function c: unbiased, and varying little where c is close to f. Here it is
    ``c(z) = scale * f(s) + 0.03 r(s)`` at the soft codes ``s = sigmoid(z / temperature)``, with a
    network r. Scale, temperature and the network's weights follow the gradient of the squared
    estimate; a constant in c is the moving average of what it misses. The noise of z' is chosen
    such that z' equals z, and only its derivative differs. Each step evaluates the cost twice, and
    differentiates it twice.

    Parameters
    ----------
    n_codes
        How many codes.
    n_hidden
        The width of the hidden layer of r; 0 for no r, which is REBAR.
    weights
        The stream of r's first weights.
    temperature
        The temperature at first.

    References
    ----------
    Grathwohl et al. (2018), Backpropagation through the void: optimizing control variates for
    black-box gradient estimation, arXiv:1711.00123, equation 8 and algorithm 2.
    Tucker et al. (2017), REBAR: low-variance, unbiased gradient estimates for discrete latent
    variable models, arXiv:1703.07370, section 3.1; appendix G.2 for the common noise.
    """

    # How its parameters learn: Adam's two decay rates, and a learning rate of their own.
    betas = (0.9, 0.999)
    learning_rate = 1e-2

    def __init__(
        self, n_codes: int, n_hidden: int, weights: torch.Generator, temperature: float = 0.5
    ) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.log_temperature = nn.Parameter(torch.tensor(temperature).log())
        self.baseline = MovingAverage()
        self.rest = perceptron((n_codes, n_hidden, 1), weights) if n_hidden else None
        self._gradient: Tensor | None = None

    def forward(
        self, posterior: BinaryCodes, cost: Cost, generator: torch.Generator
    ) -> tuple[Float[Tensor, "batch codes"], Float[Tensor, " batch"]]:
        """Draw binary codes.

        Parameters
        ----------
        posterior
            The distribution of the codes.
        cost
            The cost of codes; it is given binary codes first, and soft ones then.
        generator
            The stream of the noise.

        Returns
        -------
        tuple of torch.Tensor
            The codes (batch, codes) and the cost (batch,); the gradient is unbiased.
        """
        logits = posterior.logits.detach()
        z = (logits + _logistic(logits, generator)).requires_grad_()
        codes = (z.detach() > 0).to(logits.dtype)
        costs = cost(codes, posterior)
        with torch.enable_grad():
            control = self._control(z, cost, BinaryCodes(logits))
            (slope,) = torch.autograd.grad(control.sum(), z, create_graph=True)
            score = codes - torch.sigmoid(logits)
            signal = (costs.detach() - control).view(1, -1, 1)
            signal = signal - self.baseline(signal, codes, posterior)
            self._gradient = signal[0] * score + slope * (1 - _following(z, logits))
        in_logits = (posterior.logits * self._gradient.detach()).sum(1)
        return codes, costs + gradient_only(in_logits)

    def own_loss(self) -> Float[Tensor, ""]:
        """Return what the control variate's parameters minimise.

        Returns
        -------
        torch.Tensor
            The squared gradient in the logits of the last draw, mean over the batch: its variance
            plus a constant.
        """
        assert self._gradient is not None
        return self._gradient.square().sum(1).mean()

    def _control(self, z: Tensor, cost: Cost, posterior: BinaryCodes) -> Tensor:
        soft = torch.sigmoid(z / self.log_temperature.exp())
        of_cost = self.scale * cost(soft, posterior)
        return (
            of_cost if self.rest is None else of_cost + _REST * self.rest(2 * soft - 1).squeeze(1)
        )


def _following(z: Tensor, logits: Tensor) -> Tensor:
    """Return how much z moves with the logits where its sign and its rank given it are kept."""
    z = z.detach()
    return -torch.expm1(-z.abs()) * torch.sigmoid(torch.where(z > 0, logits, -logits))


def _logistic(like: Tensor, generator: torch.Generator) -> Tensor:
    uniform = torch.empty_like(like).uniform_(generator=generator)
    numbers = torch.finfo(like.dtype)
    uniform.clamp_(numbers.tiny, 1 - numbers.eps)
    return uniform.log() - torch.log1p(-uniform)
