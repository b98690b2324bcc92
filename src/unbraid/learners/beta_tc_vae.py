"""The variational autoencoder with the total correlation estimated within the batch."""

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from unbraid.learners._settings import choice, positive
from unbraid.learners._variational import VariationalLearner
from unbraid.training.regulariser import Encoded, Regulariser
from unbraid.training.total_correlation import of_study, stratified

_ESTIMATORS = ("study", "stratified")


class _TotalCorrelation(Regulariser):
    """The KL, plus beta - 1 times the total correlation, which is a part of the KL."""

    def __init__(self, beta: float, n_samples: int | None) -> None:
        super().__init__()
        self.beta = beta
        self.n_samples = n_samples

    def forward(self, encoded: Encoded) -> Float[Tensor, ""]:
        codes, posterior = encoded.codes, encoded.posterior
        correlation = (
            of_study(codes, posterior)
            if self.n_samples is None
            else stratified(codes, posterior, self.n_samples)
        )
        return encoded.kl + (self.beta - 1) * correlation


class BetaTCVAE(VariationalLearner):
    """Learn codes by a variational autoencoder that weighs the total correlation by beta.

    A `VAE` whose KL is taken apart into the information between sample and code, the total
    correlation of the codes, and the KL of each code; the second is weighted by beta and the
    others by 1. The total correlation is estimated from the posteriors of the batch.

    Parameters
    ----------
    n_codes
        How many codes.
    beta
        The weight of the total correlation; the study compares 1, 2, 4, 6, 8 and 10.
    estimator
        ``"study"``: all posteriors of the batch weigh the same, and constants are left out,
        which shifts the loss and no gradient. ``"stratified"``: the
        posterior of each draw weighs as one among all samples.
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
    The study's estimate is biased upwards where posteriors are narrow against the spread of the
    codes, so that it makes codes hold less information even where the true total correlation is
    0; the stratified one is biased less. ``train.jsonl`` holds, for every method, the study's
    estimate with its constant, (n_codes - 1) log(batch_size).

    References
    ----------
    Chen et al. (2018), "Isolating sources of disentanglement in variational autoencoders",
    arXiv:1802.04942, equation 4 and appendix C.
    Locatello et al. (2019), "Challenging common assumptions in the unsupervised learning of
    disentangled representations", arXiv:1811.12359.

    Examples
    --------
    >>> import numpy as np
    >>> BetaTCVAE(n_codes=2, n_steps=10).fit_transform(np.eye(4)).shape
    (4, 2)
    """

    study_grid: ClassVar = {"beta": (1.0, 2.0, 4.0, 6.0, 8.0, 10.0)}

    def __init__(
        self,
        n_codes: int = 10,
        beta: float = 6.0,
        estimator: str = "study",
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
        self.beta = beta
        self.estimator = estimator
        self.decoder = decoder
        self.noise_variance = noise_variance
        self.network = network
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _regulariser(self, seed: int) -> Regulariser:  # noqa: ARG002 (it draws nothing)
        estimator = choice("estimator", self.estimator, _ESTIMATORS)
        n_samples = self.n_samples_ if estimator == "stratified" else None
        return _TotalCorrelation(positive("beta", self.beta, zero=True), n_samples)
