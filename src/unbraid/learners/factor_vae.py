"""The variational autoencoder with a discriminator for the total correlation."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from unbraid.learners._settings import choice, positive, whole
from unbraid.learners._variational import VariationalLearner
from unbraid.training.networks import discriminator
from unbraid.training.regulariser import Encoded, Regulariser
from unbraid.training.streams import torch_stream
from unbraid.training.total_correlation import permuted

_PROTOCOLS = ("plain", "paper", "study")


class _DensityRatio(Regulariser):
    """The KL, plus gamma times the total correlation as a discriminator sees it."""

    betas = (0.5, 0.9)

    def __init__(
        self, gamma: float, discriminator: nn.Module, seed: int, *, rate: float, second_batch: bool
    ) -> None:
        super().__init__()
        self.gamma = gamma
        self.discriminator = discriminator
        # A stream for each step: it needs no place in checkpoints, and leaves the noise of the
        # codes as it is without a discriminator.
        self.draw: Callable[[Any, torch.Size], Tensor] = partial(_uniform, seed)
        self.learning_rate = rate
        self.second_batch = second_batch

    def forward(self, encoded: Encoded) -> Float[Tensor, ""]:
        logits: Tensor = self.discriminator(encoded.codes)
        # Class 0 is the joint distribution of the codes, class 1 the product of its margins.
        return encoded.kl + self.gamma * (logits[:, 0] - logits[:, 1]).mean()

    def own_loss(self, encoded: Encoded) -> Float[Tensor, ""]:
        others = encoded.codes if encoded.other_codes is None else encoded.other_codes
        product = permuted(others, self.draw(encoded.step, others.shape))
        logits: Tensor = self.discriminator(torch.cat([encoded.codes, product]))
        log_prob = logits.softmax(1).clamp(1e-6, 1 - 1e-6).log()
        of_joint, of_product = log_prob.chunk(2)
        return -0.5 * (of_joint[:, 0].mean() + of_product[:, 1].mean())


def _uniform(seed: int, step: int, shape: torch.Size) -> Tensor:
    return torch.rand(shape, generator=torch_stream(seed, "permutation", step))


class FactorVAE(VariationalLearner):
    """Learn codes by a variational autoencoder that pays for the total correlation.

    A `VAE` that minimises reconstruction plus KL plus gamma times the total correlation of its
    codes, which leaves the information in single codes free. A discriminator learns to tell codes
    from codes that are permuted, each by itself, over the batch; the difference of its logits
    estimates the total correlation. Autoencoder and discriminator are updated at once, from the
    same batch.

    Parameters
    ----------
    n_codes
        How many codes.
    gamma
        The weight of the total correlation; the study compares 10, 20, 30, 40, 50 and 100.
    protocol
        ``"plain"``: codes of the batch itself are permuted. ``"paper"``: those of a second batch,
        drawn for this alone, as Kim and Mnih (2018) do. ``"study"``: as plain, for half as many
        batches as ``n_steps`` says; see the notes.
    discriminator_width
        The size of the discriminator's six hidden layers.
    discriminator_learning_rate
        Its learning rate, the same in all steps.
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
    In the study's code both optimisers count the same steps, so that training ends after half as
    many batches as that of every other method: 150,000 of 300,000. Nothing says that this was
    meant, and it is part of the numbers that the study reports.

    References
    ----------
    Kim and Mnih (2018), "Disentangling by factorising", arXiv:1802.05983, equation 2 and
    algorithm 2, but for its order: there the discriminator is updated after the autoencoder.
    Locatello et al. (2019), "Challenging common assumptions in the unsupervised learning of
    disentangled representations", arXiv:1811.12359.

    Examples
    --------
    >>> import numpy as np
    >>> FactorVAE(n_codes=2, n_steps=10, discriminator_width=16).fit_transform(np.eye(4)).shape
    (4, 2)
    """

    study_grid: ClassVar = {"gamma": (10.0, 20.0, 30.0, 40.0, 50.0, 100.0), "protocol": ("study",)}

    def __init__(
        self,
        n_codes: int = 10,
        gamma: float = 30.0,
        protocol: str = "plain",
        discriminator_width: int = 1000,
        discriminator_learning_rate: float = 1e-4,
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
        self.gamma = gamma
        self.protocol = protocol
        self.discriminator_width = discriminator_width
        self.discriminator_learning_rate = discriminator_learning_rate
        self.decoder = decoder
        self.noise_variance = noise_variance
        self.network = network
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _n_batches(self) -> int:
        n_steps = super()._n_batches()
        return max(1, n_steps // 2) if self.protocol == "study" else n_steps

    def _regulariser(self, seed: int) -> Regulariser:
        width = whole("discriminator_width", self.discriminator_width)
        weights = torch_stream(seed, "discriminator")
        return _DensityRatio(
            positive("gamma", self.gamma, zero=True),
            discriminator(whole("n_codes", self.n_codes), width, weights),
            seed,
            rate=positive("discriminator_learning_rate", self.discriminator_learning_rate),
            second_batch=choice("protocol", self.protocol, _PROTOCOLS) == "paper",
        )
