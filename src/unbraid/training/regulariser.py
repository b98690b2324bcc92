"""What a method adds to the reconstruction, and what it may look at."""

from dataclasses import dataclass, replace

from jaxtyping import Float
from torch import Tensor, nn

from unbraid.training.distributions import Gaussian
from unbraid.training.posteriors import Posterior


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A batch as the encoder sees it: all that a regulariser may look at.

    Parameters
    ----------
    posterior
        The distribution of the codes, its mean and logvar of shape (batch, codes).
    codes
        The codes that were drawn, shape (batch, codes).
    kl_per_code
        KL from posterior to prior, mean over the batch, shape (codes,), in nats.
    step
        How many steps were made before this one; a tensor where the step is recorded.
    other_codes
        Codes drawn for other samples, shape (batch, codes), for a regulariser that asks for them.
    """

    posterior: Gaussian
    codes: Float[Tensor, "batch codes"]
    kl_per_code: Float[Tensor, " codes"]
    step: int | Tensor
    other_codes: Float[Tensor, "batch codes"] | None = None

    @property
    def kl(self) -> Float[Tensor, ""]:
        """The KL of the whole code, mean over the batch, in nats."""
        return self.kl_per_code.sum()

    def detached(self) -> "Encoded":
        """Return the same batch with no gradient to the encoder.

        Returns
        -------
        Encoded
            For a regulariser's own loss.
        """
        return replace(
            self,
            posterior=self.posterior.detached(),
            codes=self.codes.detach(),
            kl_per_code=self.kl_per_code.detach(),
        )


class Regulariser(nn.Module):
    """What a method adds to the reconstruction; each method supplies one.

    ``forward(encoded)`` returns a scalar in nats. A regulariser that has parameters of its own,
    such as a discriminator, also returns the loss that these minimise from `own_loss`; it sees
    the same batch, and both are updated at once.
    """

    # How the regulariser's own parameters learn: Adam's two decay rates, and the learning rate
    # where it is not the schedule's.
    betas = (0.9, 0.999)
    learning_rate: float | None = None
    # Whether `own_loss` needs codes of other samples: then batches are of twice the size.
    second_batch = False

    def forward(self, encoded: Encoded) -> Float[Tensor, ""]:
        """Return what is added to the reconstruction.

        Parameters
        ----------
        encoded
            The batch as the encoder sees it.

        Returns
        -------
        torch.Tensor
            A scalar.
        """
        raise NotImplementedError

    def per_draw(
        self,
        codes: Float[Tensor, "rows codes"],  # noqa: ARG002 (for those that look at draws)
        posterior: Posterior,  # noqa: ARG002
    ) -> Float[Tensor, " rows"] | None:
        """Return what is added to the reconstruction of each draw, inside the estimator.

        Parameters
        ----------
        codes
            The draws, shape (rows, codes).
        posterior
            What they were drawn from.

        Returns
        -------
        torch.Tensor or None
            Shape (rows,), in nats; None for most methods, that know what they add in closed form.
        """
        return None

    def own_loss(self, encoded: Encoded) -> Float[Tensor, ""]:
        """Return what the regulariser's own parameters minimise.

        Parameters
        ----------
        encoded
            The batch, detached from the encoder.

        Returns
        -------
        torch.Tensor
            A scalar; only called where there are parameters.
        """
        raise NotImplementedError


class WeightedKL(Regulariser):
    """The KL from posterior to prior, times a weight.

    Parameters
    ----------
    beta
        The weight; 1 gives the evidence lower bound.

    References
    ----------
    Higgins et al. (2017), beta-VAE: learning basic visual concepts with a constrained variational
    framework, ICLR, equation 4.
    """

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        self.beta = beta

    def forward(self, encoded: Encoded) -> Float[Tensor, ""]:
        """Return beta times the KL.

        Parameters
        ----------
        encoded
            The batch as the encoder sees it.

        Returns
        -------
        torch.Tensor
            A scalar, in nats.
        """
        return self.beta * encoded.kl
