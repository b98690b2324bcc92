"""The gradients that a learner can be told to descend, by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from unbraid.core.errors import InputError, unknown
from unbraid.training.baselines import Baseline, MovingAverage, OptimalBaseline
from unbraid.training.binary import Relax, concrete
from unbraid.training.estimators import (
    Cost,
    Estimator,
    doubly_reparametrised,
    importance_weighted,
    leave_one_out,
    reparametrised,
    score_function,
    sticking_the_landing,
)
from unbraid.training.posteriors import Posterior

# Makes the estimator for a number of codes and of draws; a stream draws its weights, if any.
_Make = Callable[[int, int, torch.Generator], Estimator]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradient:
    """A kind of gradient.

    Parameters
    ----------
    make
        Returns the estimator for a number of codes, a number of draws and a stream of weights.
    n_draws
        How many draws per sample it takes where nobody says.
    least_draws
        How many it needs.
    most_draws
        How many it can use; None for any number.
    draws_kl
        Whether the cost must hold the KL of each draw, in place of the KL in closed form.
    bound
        Whether what is descended is the importance-weighted bound.
    """

    make: _Make
    n_draws: int = 1
    least_draws: int = 1
    most_draws: int | None = None
    draws_kl: bool = False
    bound: bool = False

    def estimator(self, n_codes: int, n_draws: int | None, weights: torch.Generator) -> Estimator:
        """Return the estimator.

        Parameters
        ----------
        n_codes
            How many codes a sample has.
        n_draws
            How many draws per sample; None for its own number.
        weights
            The stream of the weights of an estimator that learns.

        Returns
        -------
        Estimator
            A function, or a module where it remembers or learns something.

        Raises
        ------
        InputError
            If it needs more draws, or cannot use so many.
        """
        return self.make(n_codes, self.draws(n_draws), weights)

    def draws(self, n_draws: int | None) -> int:
        """Return how many draws per sample it takes.

        Parameters
        ----------
        n_draws
            What was asked for; None for its own number.

        Returns
        -------
        int
            The number.

        Raises
        ------
        InputError
            If it needs more draws, or cannot use so many.
        """
        n_draws = self.n_draws if n_draws is None else n_draws
        too_many = self.most_draws is not None and n_draws > self.most_draws
        if n_draws < self.least_draws or too_many:
            raise InputError(
                "n_draws does not suit this gradient",
                got=n_draws,
                allowed=self.most_draws if too_many else f"{self.least_draws} or more",
            )
        return n_draws


class ScoreFunction(nn.Module):
    """The score function with a baseline that remembers past batches.

    Parameters
    ----------
    baseline
        What to subtract from the costs.
    n_draws
        How many draws to average over.
    """

    def __init__(self, baseline: Baseline, n_draws: int = 1) -> None:
        super().__init__()
        self.baseline = baseline
        self.n_draws = n_draws

    def forward(
        self, posterior: Posterior, cost: Cost, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Draw codes, as `score_function` does.

        Parameters
        ----------
        posterior
            The distribution of the codes.
        cost
            The cost of codes.
        generator
            The stream of the draws.

        Returns
        -------
        tuple of torch.Tensor
            The codes (batch, codes) and the cost (batch,); the gradient is unbiased.
        """
        return score_function(posterior, cost, generator, self.n_draws, self.baseline)


def _plain(estimator: Callable[..., tuple[Tensor, Tensor]]) -> _Make:
    return lambda _codes, n_draws, _weights: partial(estimator, n_draws=n_draws)


# Those of normal codes.
NORMAL = {
    "reparametrised": Gradient(make=_plain(reparametrised)),
    "sticking_the_landing": Gradient(make=_plain(sticking_the_landing), draws_kl=True),
    "importance_weighted": Gradient(
        make=_plain(importance_weighted), n_draws=4, draws_kl=True, bound=True
    ),
    "doubly_reparametrised": Gradient(
        make=_plain(doubly_reparametrised), n_draws=4, draws_kl=True, bound=True
    ),
    "score_function": Gradient(make=_plain(score_function)),
    "moving_average": Gradient(make=lambda _, n, __: ScoreFunction(MovingAverage(), n)),
    "optimal_baseline": Gradient(make=lambda d, n, _: ScoreFunction(OptimalBaseline(d), n)),
    "leave_one_out": Gradient(make=_plain(leave_one_out), n_draws=4, least_draws=2),
}

# Those of binary codes.
BINARY = {
    "relax": Gradient(make=lambda d, _, weights: Relax(d, 20, weights), most_draws=1),
    "rebar": Gradient(make=lambda d, _, weights: Relax(d, 0, weights), most_draws=1),
    "concrete": Gradient(make=_plain(concrete)),
    **{name: NORMAL[name] for name in ("score_function", "moving_average", "optimal_baseline")},
    "leave_one_out": NORMAL["leave_one_out"],
}


def gradient(name: object, known: Mapping[str, Gradient]) -> Gradient:
    """Return a gradient by name.

    Parameters
    ----------
    name
        Its name.
    known
        Those that suit the codes, `NORMAL` or `BINARY`.

    Returns
    -------
    Gradient
        The gradient.

    Raises
    ------
    InputError
        If it is none of them.

    Examples
    --------
    >>> gradient("leave_one_out", NORMAL).n_draws
    4
    """
    if not isinstance(name, str) or name not in known:
        raise unknown("gradient", str(name), known)
    return known[name]
