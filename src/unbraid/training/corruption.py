"""The noises that a denoising autoencoder learns to remove."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from unbraid.training.constraints import Constraint

NOISES = ("gaussian", "masking", "salt_and_pepper")


def corrupt(
    x: Float[Tensor, "batch ..."],
    noise: str,
    level: float,
    limits: tuple[float, float],
    generator: torch.Generator,
) -> Float[Tensor, "batch ..."]:
    """Return a batch with noise.

    Parameters
    ----------
    x
        The batch, shape (batch, ...); it is not changed.
    noise
        ``"gaussian"`` adds normal noise; ``"masking"`` sets some numbers to zero;
        ``"salt_and_pepper"`` sets some to the lowest or the highest value, each half the time.
    level
        The standard deviation of normal noise; else which fraction is replaced.
    limits
        The lowest and the highest value, for salt and pepper.
    generator
        The stream to draw from.

    Returns
    -------
    torch.Tensor
        The shape of the batch.

    References
    ----------
    Vincent et al. (2010), Stacked denoising autoencoders, Journal of Machine Learning Research
    11, section 3.3.

    Examples
    --------
    >>> corrupt(torch.ones(1, 4), "masking", 1.0, (0.0, 1.0), torch.Generator())
    tensor([[0., 0., 0., 0.]])
    """
    if noise == "gaussian":
        return x + level * torch.empty_like(x).normal_(generator=generator)
    chance = torch.empty_like(x).uniform_(generator=generator)
    if noise == "masking":
        return torch.where(chance < level, 0.0, x)
    low, high = limits
    return torch.where(chance < level / 2, low, torch.where(chance < level, high, x))


class Corruption(Constraint):
    """The encoder is given samples with noise, and the error is that to samples without.

    Parameters
    ----------
    noise
        One of `NOISES`.
    level
        As `corrupt` takes it.
    limits
        As `corrupt` takes them.
    activation
        What codes pass through last; None for nothing.

    References
    ----------
    Vincent et al. (2008), Extracting and composing robust features with denoising autoencoders,
    ICML, doi:10.1145/1390156.1390294, section 2.3.
    """

    def __init__(
        self,
        noise: str,
        level: float,
        limits: tuple[float, float] = (0.0, 1.0),
        activation: nn.Module | None = None,
    ) -> None:
        super().__init__(activation)
        self.noise = noise
        self.level = level
        self.limits = limits

    def corrupted(
        self, x: Float[Tensor, "batch ..."], generator: torch.Generator
    ) -> Float[Tensor, "batch ..."]:
        """Return the batch with noise.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).
        generator
            The stream of all noise.

        Returns
        -------
        torch.Tensor
            The shape of the batch.
        """
        return corrupt(x, self.noise, self.level, self.limits, generator)
