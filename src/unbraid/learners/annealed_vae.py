"""The variational autoencoder whose codes may hold more and more information."""

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from unbraid.learners._settings import positive, whole
from unbraid.learners._variational import VariationalLearner
from unbraid.training.regulariser import Encoded, Regulariser
from unbraid.training.schedules import unit


class _Capacity(Regulariser):
    """Gamma times the distance of the KL to a target, that rises."""

    def __init__(self, gamma: float, c_max: float, anneal_steps: float) -> None:
        super().__init__()
        self.gamma = gamma
        self.c_max = c_max
        self.anneal_steps = anneal_steps

    def target(self, step: int | Tensor) -> float | Tensor:
        return self.c_max * unit(step / self.anneal_steps)

    def forward(self, encoded: Encoded) -> Float[Tensor, ""]:
        return self.gamma * (encoded.kl - self.target(encoded.step)).abs()


class AnnealedVAE(VariationalLearner):
    """Learn codes by a variational autoencoder that is told how much they may hold.

    A `VAE` that minimises reconstruction plus gamma times the distance of the KL to a target. The
    target rises from 0 to ``c_max``, so that codes learn what pays most before the rest.

    Parameters
    ----------
    n_codes
        How many codes.
    c_max
        The target's last value, in nats; the study compares 5, 10, 25, 50, 75 and 100.
    gamma
        The weight of the distance.
    anneal_steps
        In how many steps the target rises; None for a third of ``n_steps``, which gives the
        study's 100,000 in its 300,000.
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
    With gamma = 1000 the KL follows its target and the reconstruction what is left. Where the
    samples can pay for less than the target, the codes are made to hold noise: nats per sample
    need not be information about factors.

    References
    ----------
    Burgess et al. (2018), "Understanding disentangling in beta-VAE", arXiv:1804.03599,
    equation 8.
    Locatello et al. (2019), "Challenging common assumptions in the unsupervised learning of
    disentangled representations", arXiv:1811.12359.

    Examples
    --------
    >>> import numpy as np
    >>> AnnealedVAE(n_codes=2, n_steps=10).fit_transform(np.eye(4)).shape
    (4, 2)
    """

    study_grid: ClassVar = {"c_max": (5.0, 10.0, 25.0, 50.0, 75.0, 100.0)}

    def __init__(
        self,
        n_codes: int = 10,
        c_max: float = 25.0,
        gamma: float = 1000.0,
        anneal_steps: int | None = None,
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
        self.c_max = c_max
        self.gamma = gamma
        self.anneal_steps = anneal_steps
        self.decoder = decoder
        self.noise_variance = noise_variance
        self.network = network
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _regulariser(self, seed: int) -> Regulariser:  # noqa: ARG002 (it draws nothing)
        return _Capacity(
            positive("gamma", self.gamma, zero=True),
            positive("c_max", self.c_max, zero=True),
            self._n_batches() / 3
            if self.anneal_steps is None
            else whole("anneal_steps", self.anneal_steps),
        )
