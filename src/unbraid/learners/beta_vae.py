"""The variational autoencoder with a weighted regulariser."""

from typing import ClassVar

from unbraid.learners._settings import positive
from unbraid.learners._variational import VariationalLearner
from unbraid.training.regulariser import Regulariser


class BetaVAE(VariationalLearner):
    """Learn codes by a variational autoencoder that pays beta times for information.

    A `VAE` that minimises reconstruction plus beta times KL: above 1, codes that do not earn
    their price collapse to the prior, and those that remain tend to align with the factors.

    Parameters
    ----------
    n_codes
        How many codes.
    beta
        The weight of the KL; the study compares 1, 2, 4, 6, 8 and 16.
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
    gradient
        How gradients pass through the draw of the codes: ``"reparametrised"``; of those that vary
        less, ``"sticking_the_landing"``; of the importance-weighted bound, for beta = 1,
        ``"importance_weighted"`` and ``"doubly_reparametrised"``; and of those that need no
        derivative of the decoder, ``"score_function"``, with a baseline ``"moving_average"``,
        ``"optimal_baseline"`` or ``"leave_one_out"``.
    n_draws
        How many draws of the codes per sample and step; None for 1, or 4 for the
        importance-weighted bound and ``"leave_one_out"``.
    random_state
        Fixes weights, batches and noise, bit for bit on one thread; None for new ones in each fit.

    References
    ----------
    Higgins et al. (2017), "beta-VAE: learning basic visual concepts with a constrained variational
    framework", ICLR, equation 4.
    Locatello et al. (2019), "Challenging common assumptions in the unsupervised learning of
    disentangled representations", arXiv:1811.12359.

    Examples
    --------
    >>> import numpy as np
    >>> BetaVAE(n_codes=2, n_steps=10).fit_transform(np.eye(4)).shape
    (4, 2)
    """

    study_grid: ClassVar = {"beta": (1.0, 2.0, 4.0, 6.0, 8.0, 16.0)}

    def __init__(
        self,
        n_codes: int = 10,
        beta: float = 4.0,
        decoder: str = "auto",
        noise_variance: float | None = None,
        network: str = "auto",
        n_steps: int = 2000,
        batch_size: int = 64,
        schedule: str = "fast",
        learning_rate: float | None = None,
        gradient: str = "reparametrised",
        n_draws: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.beta = beta
        self.decoder = decoder
        self.noise_variance = noise_variance
        self.network = network
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.gradient = gradient
        self.n_draws = n_draws
        self.random_state = random_state

    def _regulariser(self, seed: int) -> Regulariser:  # noqa: ARG002 (it draws nothing)
        return self._weighted_kl(positive("beta", self.beta, zero=True))
