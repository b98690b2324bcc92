"""Gradient estimators: how an expectation under the posterior becomes something to descend.

Each draws codes and returns them with one number per sample. Its *value* is the mean cost of the
draws (or, for the importance-weighted ones, the bound that they make), and its *gradient*
estimates that of the expectation in all parameters: those of the posterior, and those of the cost
itself, such as a decoder's. The estimators of binary codes alone are in `unbraid.training.binary`.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from unbraid.training.baselines import Baseline, mean_of_others, no_baseline
from unbraid.training.posteriors import Posterior

# The cost of codes and of the posterior they were drawn from, (rows, codes) -> (rows,). The rows
# are the batch, or the batch several times over. A cost that holds the log density of the codes,
# such as an evidence bound, takes it from the posterior that it is given.
Cost = Callable[[Tensor, Posterior], Tensor]

# Draws codes from a posterior of the kind that it is for, and returns them, the first draw of each
# sample (batch, codes), with what to descend (batch,).
Estimator = Callable[[Any, Cost, torch.Generator], tuple[Tensor, Tensor]]


def reparametrised(
    posterior: Posterior, cost: Cost, generator: torch.Generator, n_draws: int = 1
) -> tuple[Float[Tensor, "batch codes"], Float[Tensor, " batch"]]:
    """Draw codes as a function of noise, so that gradients flow through them.

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

    Returns
    -------
    tuple of torch.Tensor
        The codes (batch, codes) and the cost (batch,); the gradient is unbiased.

    References
    ----------
    Kingma and Welling (2014), Auto-encoding variational Bayes, arXiv:1312.6114, section 2.4.
    """
    many = posterior.repeated(n_draws)
    codes = many.draw(generator)
    return _first(codes, n_draws), _mean_over_draws(cost(codes, many), n_draws)


def sticking_the_landing(
    posterior: Posterior, cost: Cost, generator: torch.Generator, n_draws: int = 1
) -> tuple[Float[Tensor, "batch codes"], Float[Tensor, " batch"]]:
    """Let gradients flow through the codes alone, and not through the density of the codes.

    For a cost that holds the codes' log density times a constant. What is left out, the score,
    has mean zero; what remains is zero for every draw where the posterior is exact.

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

    Returns
    -------
    tuple of torch.Tensor
        The codes (batch, codes) and the cost (batch,); the gradient is unbiased.

    References
    ----------
    Roeder et al. (2017), Sticking the landing: simple, lower-variance gradient estimators for
    variational inference, arXiv:1703.09194, equation 8 and algorithm 2.
    """
    many = posterior.repeated(n_draws)
    codes = many.draw(generator)
    costs = cost(codes, many.detached())
    return _first(codes, n_draws), _mean_over_draws(costs, n_draws)


def score_function(
    posterior: Posterior,
    cost: Cost,
    generator: torch.Generator,
    n_draws: int = 1,
    baseline: Baseline = no_baseline,
) -> tuple[Float[Tensor, "batch codes"], Float[Tensor, " batch"]]:
    """Weigh the score of each draw by its cost, less a baseline; the cost needs no derivative.

    Parameters
    ----------
    posterior
        The distribution of the codes, of any kind.
    cost
        The cost of codes.
    generator
        The stream of the draws.
    n_draws
        How many draws to average over.
    baseline
        What to subtract from the costs.

    Returns
    -------
    tuple of torch.Tensor
        The codes (batch, codes) and the cost (batch,); the gradient is unbiased.

    References
    ----------
    Williams (1992), Simple statistical gradient-following algorithms for connectionist
    reinforcement learning, doi:10.1007/BF00992696, theorem 1.
    Mnih and Gregor (2014), Neural variational inference and learning in belief networks,
    arXiv:1402.0030, equation 5.
    """
    many = posterior.repeated(n_draws)
    codes = many.draw(generator).detach()
    costs = cost(codes, many)
    known = costs.detach().view(n_draws, -1, 1)
    with torch.no_grad():
        signal = known - baseline(known, codes, many)
    scores = many.log_prob_per_code(codes).view(*known.shape[:2], -1)
    surrogate = costs + gradient_only((signal * scores).sum(2).flatten())
    return _first(codes, n_draws), _mean_over_draws(surrogate, n_draws)


def leave_one_out(
    posterior: Posterior, cost: Cost, generator: torch.Generator, n_draws: int = 4
) -> tuple[Float[Tensor, "batch codes"], Float[Tensor, " batch"]]:
    """Take as baseline of each draw the mean cost of the same sample's other draws.

    Parameters
    ----------
    posterior
        The distribution of the codes, of any kind.
    cost
        The cost of codes.
    generator
        The stream of the draws.
    n_draws
        How many draws, 2 at least.

    Returns
    -------
    tuple of torch.Tensor
        The codes (batch, codes) and the cost (batch,); the gradient is unbiased.

    References
    ----------
    Kool et al. (2019), Buy 4 REINFORCE samples, get a baseline for free!, ICLR workshop,
    equation 8; https://openreview.net/forum?id=r1lgTGL5DE.
    """
    return score_function(posterior, cost, generator, n_draws, mean_of_others)


def importance_weighted(
    posterior: Posterior, cost: Cost, generator: torch.Generator, n_draws: int = 4
) -> tuple[Float[Tensor, "batch codes"], Float[Tensor, " batch"]]:
    """Average weights, the exponentials of minus the costs, rather than the costs.

    For a cost of ``log q(h | x) - log p(x, h)`` this is minus the importance-weighted bound,
    which is closer to ``log p(x)`` the more draws there are; from one draw it is the evidence
    lower bound. Gradients flow through the codes and through their density.

    Parameters
    ----------
    posterior
        The distribution of the codes.
    cost
        Minus the log weight of codes.
    generator
        The stream of the noise.
    n_draws
        How many weights to average.

    Returns
    -------
    tuple of torch.Tensor
        The codes (batch, codes) and ``-log mean exp(-cost)`` (batch,), whose gradient is an
        unbiased estimate of that of its own expectation.

    References
    ----------
    Burda et al. (2016), Importance weighted autoencoders, arXiv:1509.00519, equations 8 and 13.
    """
    many = posterior.repeated(n_draws)
    codes = many.draw(generator)
    return _first(codes, n_draws), _bound(cost(codes, many), n_draws)


def doubly_reparametrised(
    posterior: Posterior, cost: Cost, generator: torch.Generator, n_draws: int = 4
) -> tuple[Float[Tensor, "batch codes"], Float[Tensor, " batch"]]:
    """Descend the importance-weighted bound without the score of the codes' density.

    The score is reparametrised a second time: the gradients of single draws reach the posterior
    weighed by the squares of their normalised weights, those of the cost's own parameters by the
    weights themselves. Where gradients of `importance_weighted` drown in their noise as draws are
    added, these stand out ever more.

    Parameters
    ----------
    posterior
        The distribution of the codes.
    cost
        Minus the log weight of codes, their log density times one among it.
    generator
        The stream of the noise.
    n_draws
        How many weights to average.

    Returns
    -------
    tuple of torch.Tensor
        The codes (batch, codes) and ``-log mean exp(-cost)`` (batch,), whose gradient is an
        unbiased estimate of that of its own expectation.

    References
    ----------
    Tucker et al. (2019), Doubly reparameterized gradient estimators for Monte Carlo objectives,
    arXiv:1810.04152, equation 8.
    """
    many = posterior.repeated(n_draws)
    codes = many.draw(generator)
    # Seen by the cost alone, so that what flows back from it can be weighed once more.
    seen = codes.view_as(codes)
    costs = cost(seen, many.detached())
    weights = (-costs.detach().view(n_draws, -1)).softmax(0).view(-1, 1)
    if seen.requires_grad:
        seen.register_hook(lambda gradient: gradient * weights)  # type: ignore[no-untyped-call]
    return _first(codes, n_draws), _bound(costs, n_draws)


def gradient_only(x: Tensor) -> Tensor:
    """Return zeros that have the gradient of a tensor.

    Parameters
    ----------
    x
        The tensor; finite.

    Returns
    -------
    torch.Tensor
        Zeros of the same shape.

    Examples
    --------
    >>> x = torch.tensor([3.0], requires_grad=True)
    >>> gradient_only(x**2).backward()
    >>> x.grad
    tensor([6.])
    """
    return x - x.detach()


def _first(codes: Tensor, n_draws: int) -> Tensor:
    return codes[: len(codes) // n_draws]


def _mean_over_draws(costs: Tensor, n_draws: int) -> Tensor:
    return costs if n_draws == 1 else costs.view(n_draws, -1).mean(0)


def _bound(costs: Tensor, n_draws: int) -> Tensor:
    return math.log(n_draws) - torch.logsumexp(-costs.view(n_draws, -1), dim=0)
