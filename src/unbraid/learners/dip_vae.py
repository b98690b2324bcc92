"""The variational autoencoder whose codes are pressed to be uncorrelated."""

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from unbraid.learners._settings import choice, positive
from unbraid.learners._variational import VariationalLearner
from unbraid.training.covariance import covariance, from_identity
from unbraid.training.regulariser import Encoded, Regulariser

# lambda_d over lambda_od in the study.
_DIAGONAL = {"i": 10.0, "ii": 1.0}


class _Moments(Regulariser):
    """The KL, plus the distance of the codes' covariance to the identity."""

    def __init__(self, off_diagonal: float, diagonal: float, *, of_draws: bool) -> None:
        super().__init__()
        self.off_diagonal = off_diagonal
        self.diagonal = diagonal
        self.of_draws = of_draws

    def forward(self, encoded: Encoded) -> Float[Tensor, ""]:
        posterior = encoded.posterior
        matrix = covariance(posterior.mean)
        if self.of_draws:
            matrix = matrix + torch.diag(posterior.logvar.exp().mean(0))
        return encoded.kl + from_identity(matrix, self.off_diagonal, self.diagonal)


class DIPVAE(VariationalLearner):
    """Learn codes by a variational autoencoder that pays for correlated codes.

    A `VAE` that minimises reconstruction plus KL plus ``lambda_od`` times the squared covariances
    of its codes plus ``lambda_d`` times the squares of their variances less one, over each batch.
    In variant "i" these are of the posteriors' means, in "ii" of draws from the posteriors.

    Parameters
    ----------
    n_codes
        How many codes.
    variant
        ``"i"``, or ``"ii"``. As posteriors have no covariances, only the variances differ.
    lambda_od
        The weight of the covariances; the study compares 1, 2, 5, 10, 20 and 50.
    lambda_d
        The weight of the variances; None for ten times ``lambda_od`` in variant "i" and as much
        as it in "ii", as in the study.
    decoder
        The distribution of samples: ``"bernoulli"`` for values in [0, 1] (those between count as
        soft labels), ``"gaussian"`` for any; ``"auto"`` is Bernoulli for images, and for vectors
        if they lie in [0, 1]. Samples of type uint8 with values above 1 are divided by 255.
    noise_variance
        The variance of a Gaussian decoder; None to learn it.
    network
        ``"conv"``, the network of Locatello et al. (2019) for images of 64 x 64; ``"mlp"``, two
        hidden layers of 256 each way; ``"linear"``, none; ``"auto"`` takes the first that fits.
    n_steps
        How many batches to learn from.
    batch_size
        How many samples per batch, drawn with replacement.
    schedule
        ``"study"``: a learning rate of 1e-4, as Locatello et al. (2019) train; ``"constant"``:
        1e-3; ``"fast"``, for short runs: rising to 1e-3 in 2% of the steps, and falling to zero
        from 60% of them on; in the first quarter the KL weighs up to 0.009 per feature more;
        ``"separable"``: the same, but up to 0.0015, and the network ``"conv"`` starts with
        two codes that follow one axis of the image each.
    learning_rate
        The highest learning rate; None for the schedule's.
    random_state
        Fixes weights, batches and noise, bit for bit on one thread; None for new ones in each fit.

    Notes
    -----
    The covariance is divided by the batch, and gradients flow through the batch's mean. In
    variant "i" a batch of no more samples than codes cannot have the covariance asked for.

    References
    ----------
    Kumar et al. (2018), "Variational inference of disentangled latent concepts from unlabeled
    observations", arXiv:1711.00848, equations 6 and 7.
    Locatello et al. (2019), "Challenging common assumptions in the unsupervised learning of
    disentangled representations", arXiv:1811.12359.

    Examples
    --------
    >>> import numpy as np
    >>> DIPVAE(n_codes=2, n_steps=10).fit_transform(np.eye(4)).shape
    (4, 2)
    """

    study_grid: ClassVar = {
        "variant": ("i", "ii"),
        "lambda_od": (1.0, 2.0, 5.0, 10.0, 20.0, 50.0),
    }

    def __init__(
        self,
        n_codes: int = 10,
        variant: str = "i",
        lambda_od: float = 10.0,
        lambda_d: float | None = None,
        decoder: str = "auto",
        noise_variance: float | None = None,
        network: str = "auto",
        n_steps: int = 2000,
        batch_size: int = 64,
        schedule: str = "fast",
        learning_rate: float | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.variant = variant
        self.lambda_od = lambda_od
        self.lambda_d = lambda_d
        self.decoder = decoder
        self.noise_variance = noise_variance
        self.network = network
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _regulariser(self, seed: int) -> Regulariser:  # noqa: ARG002 (it draws nothing)
        variant = choice("variant", self.variant, tuple(_DIAGONAL))
        off_diagonal = positive("lambda_od", self.lambda_od, zero=True)
        diagonal = (
            _DIAGONAL[variant] * off_diagonal
            if self.lambda_d is None
            else positive("lambda_d", self.lambda_d, zero=True)
        )
        return _Moments(off_diagonal, diagonal, of_draws=variant == "ii")
