"""The variational autoencoder."""

from unbraid.learners._variational import VariationalLearner
from unbraid.training.regulariser import Regulariser


class VAE(VariationalLearner):
    """Learn codes by maximising the evidence lower bound.

    The encoder gives each sample a normal posterior over its codes, the decoder a distribution
    over samples to each code; both are networks, trained to minimise reconstruction plus KL. The
    codes of a sample are its posterior's mean.

    Parameters
    ----------
    n_codes
        How many codes.
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
        less, ``"sticking_the_landing"``; of the importance-weighted bound,
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
    Kingma and Welling (2014), "Auto-encoding variational Bayes", arXiv:1312.6114, equation 10.
    Locatello et al. (2019), "Challenging common assumptions in the unsupervised learning of
    disentangled representations", arXiv:1811.12359.

    Examples
    --------
    >>> import numpy as np
    >>> VAE(n_codes=2, n_steps=10).fit_transform(np.eye(4)).shape
    (4, 2)
    """

    def __init__(
        self,
        n_codes: int = 10,
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
        return self._weighted_kl(1.0)
