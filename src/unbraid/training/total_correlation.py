"""Total correlation of codes: how far their joint distribution is from a product of its margins.

The distribution of the codes of all samples is a mixture with one part per sample. A batch shows
a few of the parts, so its estimates are biased where posteriors are narrow, each being nearly
alone at its own draw. Where the posteriors of 10 codes fill a standard normal distribution, the
total correlation is 0; batches of 64 give, at posterior standard deviations of 0.1, 0.3 and 0.7,
17.7, 7.6 and 0.6 by `in_batch` and 12.3, -0.7 and -0.5 by `stratified`.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from unbraid.training.distributions import Gaussian


def of_study(codes: Float[Tensor, "draws codes"], posterior: Gaussian) -> Float[Tensor, ""]:
    """Return the minibatch-weighted estimate without its constants, as the study minimises it.

    It is no total correlation: `in_batch` exceeds it by (codes - 1) log(batch). The gradients are
    the same.

    Parameters
    ----------
    codes
        One draw per sample, shape (draws, codes).
    posterior
        The distributions they were drawn from, shape (batch, codes).

    Returns
    -------
    torch.Tensor
        A scalar, in nats; mean over the draws.

    References
    ----------
    Chen et al. (2018), Isolating sources of disentanglement in variational autoencoders,
    arXiv:1802.04942, appendix C, without the constants, as Locatello et al. (2019),
    arXiv:1811.12359, use it.
    """
    return _joint_over_product(_log_densities(codes, posterior))


def in_batch(codes: Float[Tensor, "draws codes"], posterior: Gaussian) -> Float[Tensor, ""]:
    """Return the total correlation of the mixture of a batch's posteriors.

    Parameters
    ----------
    codes
        One draw per sample, shape (draws, codes).
    posterior
        The distributions they were drawn from, shape (batch, codes).

    Returns
    -------
    torch.Tensor
        A scalar, in nats; mean over the draws, at most (codes - 1) log(batch).

    References
    ----------
    Chen et al. (2018), Isolating sources of disentanglement in variational autoencoders,
    arXiv:1802.04942, appendix C, with log(batch) in place of log(batch x samples).

    Examples
    --------
    >>> alone = Gaussian(torch.zeros(1, 10), torch.zeros(1, 10))
    >>> in_batch(torch.ones(1, 10), alone).item()
    0.0
    """
    batch, n_codes = posterior.mean.shape
    return of_study(codes, posterior) + (n_codes - 1) * math.log(batch)


def stratified(
    codes: Float[Tensor, "batch codes"], posterior: Gaussian, n_samples: int
) -> Float[Tensor, ""]:
    """Return the estimate that weighs each draw's own posterior as one among all samples.

    A draw is dense under its own posterior, which is always in the batch, and is one of
    ``n_samples``. So it counts 1 / n_samples, and the others share the rest. These weights are
    the mean of the paper's, over which of the others stands for the samples that were not drawn.

    Parameters
    ----------
    codes
        One draw per posterior, shape (batch, codes).
    posterior
        The distributions they were drawn from, shape (batch, codes).
    n_samples
        How many samples there are in all.

    Returns
    -------
    torch.Tensor
        A scalar, in nats; mean over the batch.

    Notes
    -----
    The authors' own code fills the first two columns of its matrix of weights where diagonals
    are meant, so that its estimate is about that of equal weights.

    References
    ----------
    Chen et al. (2018), Isolating sources of disentanglement in variational autoencoders,
    arXiv:1802.04942, appendix C, minibatch stratified sampling.
    """
    batch = len(codes)
    rest = (n_samples - 1) / (n_samples * max(1, batch - 1))
    weights = torch.full((batch, batch), rest, dtype=codes.dtype, device=codes.device)
    weights.fill_diagonal_(1 / n_samples)
    return _joint_over_product(_log_densities(codes, posterior), weights.log())


def _log_densities(codes: Tensor, posterior: Gaussian) -> Tensor:
    """Return log q(code l of draw j | sample i), shape (draws, batch, codes)."""
    squares = (codes[:, None] - posterior.mean).square() * torch.exp(-posterior.logvar)
    return -0.5 * (squares + posterior.logvar + math.log(2 * math.pi))


def _joint_over_product(log_densities: Tensor, log_weights: Tensor | None = None) -> Tensor:
    joint = log_densities.sum(2)
    if log_weights is not None:
        joint = joint + log_weights
        log_densities = log_densities + log_weights[:, :, None]
    return (joint.logsumexp(1) - log_densities.logsumexp(1).sum(1)).mean()


def permuted(
    codes: Float[Tensor, "batch codes"], uniform: Float[Tensor, "batch codes"]
) -> Float[Tensor, "batch codes"]:
    """Shuffle each code over the batch by itself, which leaves a draw from the product.

    Parameters
    ----------
    codes
        The codes, shape (batch, codes).
    uniform
        Independent draws from a uniform distribution: they order the samples.

    Returns
    -------
    torch.Tensor
        Each column holds what it held.

    References
    ----------
    Kim and Mnih (2018), Disentangling by factorising, arXiv:1802.05983, algorithm 1.

    Examples
    --------
    >>> codes = torch.arange(6.0).reshape(3, 2)
    >>> permuted(codes, torch.rand(3, 2)).sum(0)
    tensor([6., 9.])
    """
    return codes.gather(0, uniform.argsort(0))
