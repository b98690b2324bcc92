"""The autoencoder whose decoder is its encoder turned round."""

from unbraid.learners._autoencoder import AutoencoderLearner
from unbraid.training.constraints import Constraint


class TiedAutoencoder(AutoencoderLearner):
    """Learn codes that are decoded by the weights that made them, transposed.

    Layer by layer, the decoder uses the encoder's weights and has biases of its own: half as many
    numbers to learn, and no way to make small codes up for by large weights behind them.

    Parameters
    ----------
    n_codes
        How many codes.
    decoder
        What the error of a sample is: ``"gaussian"``, the squared distance, for any samples;
        ``"bernoulli"``, the cross-entropy, for values in [0, 1].
    network
        ``"conv"``, the network of Locatello et al. (2019) for images of 64 x 64; ``"mlp"``, two
        hidden layers of 256 each way; ``"linear"``, one layer each way; ``"auto"`` is the first
        or, where it does not fit, the second.
    n_steps
        How many batches to learn from.
    batch_size
        How many samples per batch, drawn with replacement; None for all samples in each step, in
        double precision, which finds the optimum of a small problem.
    schedule
        ``"fast"``: a learning rate that rises to 1e-3 in 2% of the steps and falls to zero from
        60% of them on; ``"constant"``: 1e-3; ``"study"``: 1e-4.
    learning_rate
        The highest learning rate; None for the schedule's.
    random_state
        Fixes weights, batches and noise, bit for bit on one thread; None for new ones in each fit.

    References
    ----------
    Vincent et al. (2010), "Stacked denoising autoencoders", Journal of Machine Learning Research
    11:3371-3408, https://jmlr.org/papers/v11/vincent10a.html, section 2.2.

    Examples
    --------
    >>> import numpy as np
    >>> TiedAutoencoder(n_steps=10).fit_transform(np.eye(4)).shape
    (4, 10)
    """

    _tied = True

    def __init__(
        self,
        n_codes: int = 10,
        decoder: str = "gaussian",
        network: str = "auto",
        n_steps: int = 3000,
        batch_size: int | None = 64,
        schedule: str = "fast",
        learning_rate: float | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.decoder = decoder
        self.network = network
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _constraint(self, n_codes: int) -> Constraint:  # noqa: ARG002 (any number will do)
        return Constraint()
