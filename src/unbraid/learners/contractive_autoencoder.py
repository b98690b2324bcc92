"""The autoencoder whose codes change little where the input does."""

from unbraid.learners._autoencoder import AutoencoderLearner
from unbraid.learners._settings import positive
from unbraid.training.constraints import Constraint, Contraction


class ContractiveAutoencoder(AutoencoderLearner):
    """Learn codes that hardly move with the sample, except along what samples vary in.

    The squared norm of the encoder's Jacobian is added to the error, so that the codes resist
    every small change that decoding can do without. They lie between 0 and 1. Weights are tied:
    otherwise the encoder could shrink, and the decoder grow to make up for it.

    Parameters
    ----------
    n_codes
        How many codes; they may outnumber the features.
    penalty
        What the squared norm of the Jacobian is multiplied by.
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

    Notes
    -----
    With one layer the norm is exact and costs next to nothing; with more, it is estimated without
    bias from one random direction per sample and step.

    References
    ----------
    Rifai et al. (2011), "Contractive auto-encoders: explicit invariance during feature
    extraction", ICML, https://icml.cc/2011/papers/455_icmlpaper.pdf, equations 3 to 5.

    Examples
    --------
    >>> import numpy as np
    >>> ContractiveAutoencoder(n_steps=10).fit_transform(np.eye(4)).shape
    (4, 64)
    """

    _tied = True

    def __init__(
        self,
        n_codes: int = 64,
        penalty: float = 0.1,
        decoder: str = "gaussian",
        network: str = "linear",
        n_steps: int = 3000,
        batch_size: int | None = 64,
        schedule: str = "fast",
        learning_rate: float | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.penalty = penalty
        self.decoder = decoder
        self.network = network
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _constraint(self, n_codes: int) -> Constraint:  # noqa: ARG002 (any number will do)
        return Contraction(positive("penalty", self.penalty, zero=True))
