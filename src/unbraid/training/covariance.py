"""The covariance of codes over a batch, and how far it is from the identity."""

import torch
from jaxtyping import Float
from torch import Tensor


def covariance(codes: Float[Tensor, "batch codes"]) -> Float[Tensor, "codes codes"]:
    """Return the covariance of codes over a batch, divided by the batch and not by one less.

    Parameters
    ----------
    codes
        The codes, shape (batch, codes).

    Returns
    -------
    torch.Tensor
        Shape (codes, codes).

    Examples
    --------
    >>> covariance(torch.tensor([[1.0, 2.0], [-1.0, -2.0]]))
    tensor([[1., 2.],
            [2., 4.]])
    """
    centred = codes - codes.mean(0)
    return centred.T @ centred / len(codes)


def from_identity(
    matrix: Float[Tensor, "codes codes"],
    off_diagonal: float | Float[Tensor, ""] = 1.0,
    diagonal: float | Float[Tensor, ""] = 1.0,
) -> Float[Tensor, ""]:
    """Return the weighted squared distance of a matrix to the identity.

    Parameters
    ----------
    matrix
        The matrix, shape (codes, codes).
    off_diagonal
        The weight of the squares of what is beside the diagonal.
    diagonal
        The weight of the squares of what the diagonal holds less one.

    Returns
    -------
    torch.Tensor
        A scalar.

    References
    ----------
    Kumar et al. (2018), Variational inference of disentangled latent concepts from unlabeled
    observations, arXiv:1711.00848, equations 6 and 7.

    Examples
    --------
    >>> from_identity(torch.ones(10, 10)).item(), from_identity(2 * torch.eye(10)).item()
    (90.0, 10.0)
    """
    on = matrix.diagonal()
    beside = matrix - torch.diag(on)
    return off_diagonal * beside.square().sum() + diagonal * (on - 1).square().sum()
