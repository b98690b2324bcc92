"""The KL as the mean over draws, for estimators that need it draw by draw."""

import torch
from jaxtyping import Float
from torch import Tensor

from unbraid.training.distributions import Gaussian
from unbraid.training.posteriors import Posterior
from unbraid.training.regulariser import Encoded, Regulariser


class DrawnKL(Regulariser):
    """The KL from posterior to standard normal prior as the mean over draws, times a weight.

    It costs an estimator that asks for the density of its draws no more than the closed form
    does, and makes of the reconstruction what the importance-weighted bound is made of.

    Parameters
    ----------
    beta
        The weight; 1 gives the evidence lower bound.

    References
    ----------
    Kingma and Welling (2014), Auto-encoding variational Bayes, arXiv:1312.6114, equation 6.
    """

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        self.beta = beta

    def per_draw(
        self, codes: Float[Tensor, "rows codes"], posterior: Posterior
    ) -> Float[Tensor, " rows"]:
        """Return beta times the log ratio of posterior and prior at each draw.

        Parameters
        ----------
        codes
            The draws, shape (rows, codes).
        posterior
            What they were drawn from.

        Returns
        -------
        torch.Tensor
            Shape (rows,), in nats.
        """
        prior = Gaussian(torch.zeros_like(codes), torch.zeros_like(codes))
        return self.beta * (posterior.log_prob(codes) - prior.log_prob(codes))

    def forward(self, encoded: Encoded) -> Float[Tensor, ""]:
        """Return zero: all is in the draws.

        Parameters
        ----------
        encoded
            The batch as the encoder sees it.

        Returns
        -------
        torch.Tensor
            A scalar.
        """
        return encoded.codes.new_zeros(())
