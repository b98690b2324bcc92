"""What a score-function estimator subtracts from the cost, so that its gradients vary less.

A baseline must not depend on the draw from whose cost it is subtracted: then the expected
gradient is the same with and without it. Its gradient is never taken.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from unbraid.training.posteriors import Posterior

# (costs (draws, batch, 1), codes (draws x batch, codes), their posterior) -> what is subtracted,
# one number for all codes of a draw (draws, batch, 1), or one for each (draws, batch, codes).
Baseline = Callable[[Tensor, Tensor, Posterior], Tensor]


def no_baseline(
    costs: Float[Tensor, "draws batch 1"],
    codes: Float[Tensor, "rows codes"],  # noqa: ARG001 (what every baseline is given)
    posterior: Posterior,  # noqa: ARG001
) -> Float[Tensor, "draws batch 1"]:
    """Return zero.

    Parameters
    ----------
    costs
        The cost of each draw, shape (draws, batch, 1).
    codes
        Not used.
    posterior
        Not used.

    Returns
    -------
    torch.Tensor
        Zeros of the same shape.
    """
    return torch.zeros_like(costs)


def mean_of_others(
    costs: Float[Tensor, "draws batch 1"],
    codes: Float[Tensor, "rows codes"],  # noqa: ARG001 (what every baseline is given)
    posterior: Posterior,  # noqa: ARG001
) -> Float[Tensor, "draws batch 1"]:
    """Return, for each draw, the mean cost of the same sample's other draws.

    Parameters
    ----------
    costs
        The cost of each draw, shape (draws, batch, 1); two draws at least.
    codes
        Not used.
    posterior
        Not used.

    Returns
    -------
    torch.Tensor
        The same shape.

    References
    ----------
    Kool et al. (2019), Buy 4 REINFORCE samples, get a baseline for free!, ICLR workshop,
    equation 8; https://openreview.net/forum?id=r1lgTGL5DE.

    Examples
    --------
    >>> from unbraid.training.distributions import Gaussian
    >>> costs, codes = torch.tensor([[[1.0]], [[2.0]], [[6.0]]]), torch.zeros(3, 1)
    >>> mean_of_others(costs, codes, Gaussian(codes, codes)).flatten().tolist()
    [4.0, 3.5, 1.5]
    """
    return (costs.sum(0) - costs) / (len(costs) - 1)


class MovingAverage(nn.Module):
    """The mean cost of past batches, the recent ones weighing most; zero before the first.

    Parameters
    ----------
    decay
        What is left of a batch's weight after the next one, in [0, 1).

    References
    ----------
    Mnih and Gregor (2014), Neural variational inference and learning in belief networks,
    arXiv:1402.0030, section 2.3 and appendix A: the input-independent baseline.
    """

    mean: Tensor
    weight: Tensor

    def __init__(self, decay: float = 0.9) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("mean", torch.zeros((), dtype=torch.float64))
        self.register_buffer("weight", torch.zeros((), dtype=torch.float64))

    def forward(
        self,
        costs: Float[Tensor, "draws batch 1"],
        codes: Float[Tensor, "rows codes"],  # noqa: ARG002 (what every baseline is given)
        posterior: Posterior,  # noqa: ARG002
    ) -> Float[Tensor, "draws batch 1"]:
        """Return the mean of past batches, then take this one in.

        Parameters
        ----------
        costs
            The cost of each draw, shape (draws, batch, 1).
        codes
            Not used.
        posterior
            Not used.

        Returns
        -------
        torch.Tensor
            The same number everywhere.
        """
        known = self.mean.to(costs.dtype).expand_as(costs).clone()
        _take_in(self.mean, self.weight, costs.detach().mean(), self.decay)
        return known


class OptimalBaseline(nn.Module):
    """For each code the constant that gives the gradient of its mean the least variance.

    It is ``E[f s^2] / E[s^2]`` for a cost f and a score s, the derivative of the log density in
    the code's mean, or its logit. Both expectations are moving averages over past batches.

    Parameters
    ----------
    n_codes
        How many codes.
    decay
        What is left of a batch's weight after the next one, in [0, 1).

    References
    ----------
    Ranganath et al. (2014), Black box variational inference, arXiv:1401.0118, section 3.2.
    Greensmith et al. (2004), Variance reduction techniques for gradient estimates in reinforcement
    learning, JMLR 5, theorem 8; https://jmlr.org/papers/v5/greensmith04a.html.
    """

    weighted: Tensor
    squares: Tensor
    weight: Tensor

    def __init__(self, n_codes: int, decay: float = 0.99) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("weighted", torch.zeros(n_codes, dtype=torch.float64))
        self.register_buffer("squares", torch.zeros(n_codes, dtype=torch.float64))
        self.register_buffer("weight", torch.zeros((), dtype=torch.float64))

    def forward(
        self,
        costs: Float[Tensor, "draws batch 1"],
        codes: Float[Tensor, "rows codes"],
        posterior: Posterior,
    ) -> Float[Tensor, "draws batch codes"]:
        """Return the constants that were best in past batches, then take this one in.

        Parameters
        ----------
        costs
            The cost of each draw, shape (draws, batch, 1).
        codes
            The draws, shape (draws x batch, codes).
        posterior
            What they were drawn from.

        Returns
        -------
        torch.Tensor
            The same number for a code in all draws.
        """
        known = torch.where(self.squares > 0, self.weighted / self.squares, 0.0)
        squares = posterior.scores(codes).square()
        both = torch.cat([costs.detach().reshape(-1, 1) * squares, squares], dim=1).mean(0)
        held = torch.cat([self.weighted, self.squares])
        _take_in(held, self.weight, both, self.decay)
        self.weighted.copy_(held[: len(self.weighted)])
        self.squares.copy_(held[len(self.weighted) :])
        return known.to(costs.dtype).expand(*costs.shape[:2], -1)


def _take_in(held: Tensor, weight: Tensor, new: Tensor, decay: float) -> None:
    # The weight makes the first batch the whole of the mean, rather than a tenth of it.
    weight.mul_(decay).add_(1 - decay)
    held.add_((new.to(held.dtype) - held) * ((1 - decay) / weight))
