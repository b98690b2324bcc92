"""The variational autoencoder before it has learned anything."""

from unbraid.learners._variational import VariationalLearner
from unbraid.training.regulariser import Regulariser, WeightedKL


class UntrainedVAE(VariationalLearner):
    """Encode with a variational autoencoder's network as it was drawn: no step is made.

    It is the baseline that shows what the network alone brings, and what a score says of random
    features of samples. Its weights are those that `VAE` starts from with the same seed.

    Parameters
    ----------
    n_codes
        How many codes.
    decoder
        The distribution of samples: ``"bernoulli"`` for values in [0, 1], ``"gaussian"`` for any;
        ``"auto"`` is Bernoulli for images, and for vectors if they lie in [0, 1]. Samples of type
        uint8 with values above 1 are divided by 255.
    noise_variance
        The variance of a Gaussian decoder; None for that of the features.
    network
        ``"conv"``, the network of Locatello et al. (2019) for images of 64 x 64; ``"mlp"``, two
        hidden layers of 256 each way; ``"linear"``, none; ``"auto"`` takes the first that fits.
    random_state
        Fixes the weights; None for new ones in each fit.

    References
    ----------
    Higgins et al. (2017), "beta-VAE: learning basic visual concepts with a constrained variational
    framework", https://openreview.net/forum?id=Sy2fzU9gl, table 1: "untrained VAE".

    Examples
    --------
    >>> import numpy as np
    >>> UntrainedVAE(n_codes=2).fit_transform(np.eye(4)).shape
    (4, 2)
    """

    # What the base asks of a learner that makes steps.
    n_steps = 0
    batch_size = 1
    schedule = "constant"
    learning_rate = None

    def __init__(
        self,
        n_codes: int = 10,
        decoder: str = "auto",
        noise_variance: float | None = None,
        network: str = "auto",
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.decoder = decoder
        self.noise_variance = noise_variance
        self.network = network
        self.random_state = random_state

    def _n_batches(self) -> int:
        return 0

    def _regulariser(self, seed: int) -> Regulariser:  # noqa: ARG002 (it draws nothing)
        return WeightedKL(1.0)
