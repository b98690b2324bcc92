"""How much gradients vary: measured for any estimator, and known exactly for a few."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from unbraid.core.errors import unknown
from unbraid.training.estimators import Cost, Estimator
from unbraid.training.posteriors import Posterior


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """The mean and the variance of a gradient.

    Parameters
    ----------
    mean
        The mean by parameter of the posterior, shape (codes,) each.
    variance
        The variance, likewise.
    n
        Of how many gradients.
    evaluations
        How many times the cost was evaluated for one of them.
    """

    mean: dict[str, Float[Tensor, " codes"]]
    variance: dict[str, Float[Tensor, " codes"]]
    n: int
    evaluations: float

    def z(self, exact: dict[str, Float[Tensor, " codes"]]) -> Float[Tensor, " parameters"]:
        """Return how many standard errors the mean is from a value.

        Parameters
        ----------
        exact
            The value by parameter, shape (codes,) each.

        Returns
        -------
        torch.Tensor
            One number for each code and parameter: about standard normal, if that is the
            expectation; zero where the mean is that value to rounding.
        """
        found = []
        for name, value in exact.items():
            off = self.mean[name] - value
            error = (self.variance[name] / self.n).sqrt()
            rounding = 1e-6 * value.abs().clamp_min(1e-3)
            found.append(torch.where(off.abs() < rounding, 0.0, off / error))
        return torch.cat(found)


def gradient_moments(
    estimator: Estimator, posterior: Posterior, cost: Cost, generator: torch.Generator, n: int
) -> Moments:
    """Return the moments of the gradient of an expected cost in a posterior's parameters.

    Parameters
    ----------
    estimator
        The estimator. One that remembers sees all gradients as one batch.
    posterior
        The distribution of the codes of one sample, its parameters of shape (1, codes).
    cost
        The cost of codes.
    generator
        The stream of the draws.
    n
        How many gradients to take.

    Returns
    -------
    Moments
        Of the gradient of one sample.

    Examples
    --------
    >>> from unbraid.training.distributions import Gaussian
    >>> from unbraid.training.estimators import reparametrised
    >>> from unbraid.training.streams import torch_stream
    >>> posterior = Gaussian(torch.ones(1, 2), torch.zeros(1, 2))
    >>> found = gradient_moments(
    ...     reparametrised, posterior, lambda h, _: h.square().sum(1), torch_stream(0, "g"), 1000
    ... )
    >>> bool(found.z({"mean": torch.tensor([2.0, 2.0])}).abs().max() < 4), found.evaluations
    (True, 1.0)
    """
    many = posterior.detached().repeated(n)
    leaves = {name: leaf.clone().requires_grad_() for name, leaf in many.parameters().items()}
    rows = 0

    def counted(codes: Tensor, given: Posterior) -> Tensor:
        nonlocal rows
        rows += len(codes)
        return cost(codes, given)

    _, costs = estimator(type(many)(**leaves), counted, generator)
    gradients = torch.autograd.grad(costs.sum(), list(leaves.values()), materialize_grads=True)
    named = dict(zip(leaves, gradients, strict=True))
    return Moments(
        mean={name: gradient.mean(0) for name, gradient in named.items()},
        variance={name: gradient.var(0) for name, gradient in named.items()},
        n=n,
        evaluations=rows / n,
    )


def squared_norm(codes: Float[Tensor, "rows codes"], _: Posterior) -> Float[Tensor, " rows"]:
    """Return the squared norm of codes, the cost whose gradients vary as `exact_variance` says.

    Parameters
    ----------
    codes
        The codes, shape (rows, codes).

    Returns
    -------
    torch.Tensor
        Shape (rows,).
    """
    return codes.square().sum(1)


def exact_variance(
    gradient: str, mean: Float[Tensor, " codes"], n_draws: int = 1
) -> Float[Tensor, " codes"]:
    """Return the variance of the gradient of ``E |h|^2`` in the means, where h is N(mean, 1).

    Parameters
    ----------
    gradient
        ``"reparametrised"``, ``"score_function"``, ``"moving_average"`` (after many batches),
        ``"optimal_baseline"`` or ``"leave_one_out"``.
    mean
        The means, shape (codes,).
    n_draws
        How many draws are averaged over.

    Returns
    -------
    torch.Tensor
        Shape (codes,).

    Raises
    ------
    InputError
        If it is not known for this gradient.

    Notes
    -----
    At zero it is (d + 2) (d + 4) for the score function in d dimensions, 2 (d + 4) less its mean
    cost, 2 (d + 2) with the best constant, and always 4 for the reparametrised gradient. That
    of leave-one-out, a U-statistic of order two, is in Hoeffding (1948), equation 5.13.

    References
    ----------
    Hoeffding (1948), A class of statistics with asymptotically normal distribution,
    doi:10.1214/aoms/1177730196, equation 5.13.

    Examples
    --------
    >>> exact_variance("score_function", torch.zeros(2))
    tensor([24., 24.])
    """
    d, k = len(mean), n_draws
    a = mean.square().sum()
    common = 4 * a + 4 * mean.square()
    formulas = {
        "reparametrised": torch.full_like(mean, 4.0) / k,
        "score_function": (common + a**2 + 2 * a * (d + 2) + (d + 2) * (d + 4)) / k,
        "moving_average": (common + 2 * (d + 4)) / k,
        "optimal_baseline": (common + 2 * (d + 2)) / k,
        "leave_one_out": ((k - 2) * (common + 2 * d + 8) + 2 * (common + 2 * d + 4))
        / max(1, k * (k - 1)),
    }
    if gradient not in formulas:
        raise unknown("gradient", gradient, formulas)
    return formulas[gradient]
