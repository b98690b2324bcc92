"""Annealed importance sampling: log likelihoods from below and, for simulated data, from above.

The state is the standard normal noise of all layers, of which the codes are a function. From
N(0, I) to the posterior go the densities ``N(noise; 0, I) p(x | noise)^t``, t from 0 to 1, with
Hamiltonian steps at each.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

# log p(x | noise) of each row of noise, (rows, numbers) -> (rows,).
Evidence = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """The way from prior to posterior, and how far each Hamiltonian step goes.

    Parameters
    ----------
    temperatures
        From 0 to 1, shape (steps + 1,).
    sizes
        The mean length of a leapfrog step at each temperature but the last, for each row, shape
        (steps, rows).
    n_leapfrog
        How many leapfrog steps make a Hamiltonian one.
    """

    temperatures: Float[Tensor, " times"]
    sizes: Float[Tensor, "steps rows"]
    n_leapfrog: int


def temperatures(n_steps: int) -> Float[Tensor, " times"]:
    """Return temperatures from 0 to 1 that are close to each other at both ends.

    Parameters
    ----------
    n_steps
        How many steps lie between them.

    Returns
    -------
    torch.Tensor
        Shape (n_steps + 1,): a sigmoid from -4 to 4, stretched to [0, 1].

    References
    ----------
    Wu et al. (2017), On the quantitative analysis of decoder-based generative models,
    arXiv:1611.04273, section 4.

    Examples
    --------
    >>> [round(t, 3) for t in temperatures(4).tolist()]
    [0.0, 0.105, 0.5, 0.895, 1.0]
    """
    raw = torch.sigmoid(torch.linspace(-4, 4, n_steps + 1, dtype=torch.float64))
    return (raw - raw[0]) / (raw[-1] - raw[0])


def tuned(
    evidence: Evidence,
    start: Float[Tensor, "rows numbers"],
    n_steps: int,
    noise: torch.Generator,
    n_leapfrog: int = 10,
) -> Path:
    """Find step sizes by a run of its own, so that those that are measured use fixed ones.

    Sizes that followed a chain's own fate would leave its weights without a guarantee.

    Parameters
    ----------
    evidence
        log p(x | noise) of each row.
    start
        Draws from N(0, I), shape (rows, numbers).
    n_steps
        How many temperatures after the first.
    noise
        The stream to draw from.
    n_leapfrog
        How many leapfrog steps make a Hamiltonian one.

    Returns
    -------
    Path
        With sizes that accept about two thirds of the Hamiltonian steps.
    """
    times = temperatures(n_steps)
    # A quarter of the turn that a standard normal variable makes: farther is back again.
    most = 0.5 * math.pi / n_leapfrog
    size = torch.full((len(start),), most, dtype=start.dtype)
    sizes, state = [], start
    for time in times[:-1]:
        sizes.append(size)
        state, accepted = _hamiltonian(evidence, state, float(time), size, n_leapfrog, noise)
        size = (size * torch.where(accepted, 1.05, 0.9)).clamp(1e-4, most)
    return Path(times, torch.stack(sizes), n_leapfrog)


def forward(
    evidence: Evidence, start: Float[Tensor, "rows numbers"], path: Path, noise: torch.Generator
) -> Float[Tensor, " rows"]:
    """Go from prior to posterior.

    Parameters
    ----------
    evidence
        log p(x | noise) of each row.
    start
        Draws from N(0, I), shape (rows, numbers).
    path
        The way.
    noise
        The stream to draw from.

    Returns
    -------
    torch.Tensor
        Log weights, shape (rows,): E[exp] = p(x) exactly, so that the mean is at most log p(x).

    References
    ----------
    Neal (2001), Annealed importance sampling, arXiv:physics/9803008, section 2.
    """
    state, total = start, start.new_zeros(len(start))
    times = path.temperatures
    for i in range(len(times) - 1):
        if i:
            time = float(times[i])
            state, _ = _hamiltonian(evidence, state, time, path.sizes[i], path.n_leapfrog, noise)
        with torch.no_grad():
            total = total + float(times[i + 1] - times[i]) * evidence(state)
    return total


def backward(
    evidence: Evidence, start: Float[Tensor, "rows numbers"], path: Path, noise: torch.Generator
) -> Float[Tensor, " rows"]:
    """Go from posterior to prior.

    Parameters
    ----------
    evidence
        log p(x | noise) of each row.
    start
        Draws from the exact posterior, shape (rows, numbers): the noise that x was made of.
    path
        The way, taken in reverse.
    noise
        The stream to draw from.

    Returns
    -------
    torch.Tensor
        Log weights, shape (rows,): E[exp(-log weight)] = 1 / p(x) exactly, so that the mean is at
        least log p(x).

    References
    ----------
    Grosse et al. (2015), Sandwiching the marginal likelihood using bidirectional Monte Carlo,
    arXiv:1511.02543, section 3.
    """
    state, total = start, start.new_zeros(len(start))
    times = path.temperatures
    for i in reversed(range(len(times) - 1)):
        with torch.no_grad():
            total = total + float(times[i + 1] - times[i]) * evidence(state)
        if i:
            time = float(times[i])
            state, _ = _hamiltonian(evidence, state, time, path.sizes[i], path.n_leapfrog, noise)
    return total


def log_mean(log_weights: Float[Tensor, "chains batch"]) -> Float[Tensor, " batch"]:
    """Return the log of the mean weight over chains.

    Parameters
    ----------
    log_weights
        Shape (chains, batch).

    Returns
    -------
    torch.Tensor
        Shape (batch,).
    """
    return log_weights.logsumexp(0) - math.log(len(log_weights))


def _hamiltonian(
    evidence: Evidence,
    state: Tensor,
    time: float,
    size: Tensor,
    n_leapfrog: int,
    noise: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Move each row by a step that leaves ``N(state; 0, I) p(x | state)^time`` as it is."""
    momentum = torch.empty_like(state).normal_(generator=noise)
    # Lengths that differ from time to time, as no state has a say in them, miss no period.
    step = size[:, None] * torch.empty_like(size).uniform_(0.5, 1.5, generator=noise)[:, None]
    here, slope = _log_density(evidence, state, time)
    before = here - 0.5 * momentum.square().sum(1)
    moved = state
    for _ in range(n_leapfrog):
        momentum = momentum + 0.5 * step * slope
        moved = moved + step * momentum
        there, slope = _log_density(evidence, moved, time)
        momentum = momentum + 0.5 * step * slope
    after = there - 0.5 * momentum.square().sum(1)
    chance = torch.empty_like(before).uniform_(generator=noise)
    accepted = chance.log() < after - before  # never where a trajectory left the numbers
    return torch.where(accepted[:, None], moved, state), accepted


def _log_density(evidence: Evidence, state: Tensor, time: float) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        given = state.detach().requires_grad_()
        density = time * evidence(given) - 0.5 * given.square().sum(1)
        (slope,) = torch.autograd.grad(density.sum(), given)
    return density.detach(), slope
