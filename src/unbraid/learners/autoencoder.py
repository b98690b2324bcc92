"""The autoencoder without a constraint."""

import numpy as np

from unbraid.learners._autoencoder import AutoencoderLearner
from unbraid.learners._settings import positive, whole
from unbraid.training.constraints import Constraint, SmallWeights

# What is left to choose must not take hours to score.
_MOST_CODES = 512


class Autoencoder(AutoencoderLearner):
    """Learn codes from which samples can be decoded, and ask nothing else of them.

    The yardstick of its family. With as many codes as features or more, nothing keeps it from
    copying its input: a linear one learns the identity, and its codes say nothing that the
    samples did not. The view ``identity_map`` shows it.

    Parameters
    ----------
    n_codes
        How many codes; None for twice as many as a sample has features, 512 at most.
    weight_decay
        What the sum of all squared weights, beside the error, is multiplied by.
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
    Baldi and Hornik (1989), "Neural networks and principal component analysis: learning from
    examples without local minima", doi:10.1016/0893-6080(89)90014-2.
    Kunin et al. (2019), "Loss landscapes of regularized linear autoencoders", arXiv:1901.08168.

    Examples
    --------
    >>> import numpy as np
    >>> Autoencoder(n_steps=10).fit_transform(np.eye(4)).shape
    (4, 8)
    """

    def __init__(
        self,
        n_codes: int | None = None,
        weight_decay: float = 0.0,
        decoder: str = "gaussian",
        network: str = "auto",
        n_steps: int = 3000,
        batch_size: int | None = 64,
        schedule: str = "fast",
        learning_rate: float | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.weight_decay = weight_decay
        self.decoder = decoder
        self.network = network
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _how_many_codes(self) -> int:
        if self.n_codes is None:
            return min(_MOST_CODES, 2 * int(np.prod(self.sample_shape_)))
        return whole("n_codes", self.n_codes)

    def _constraint(self, n_codes: int) -> Constraint:  # noqa: ARG002 (any number will do)
        return SmallWeights(positive("weight_decay", self.weight_decay, zero=True))
