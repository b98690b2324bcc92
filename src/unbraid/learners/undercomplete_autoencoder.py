"""The autoencoder with fewer codes than features."""

import warnings

import numpy as np

from unbraid.core.errors import Caution
from unbraid.learners._autoencoder import AutoencoderLearner
from unbraid.learners._settings import how_many_codes, positive
from unbraid.training.constraints import Constraint, SmallWeights


class UndercompleteAutoencoder(AutoencoderLearner):
    """Learn fewer codes than features, from which samples can be decoded.

    What does not fit through the bottleneck is lost, so the codes keep what lowers the error most.
    With ``network="linear"`` that is what `PCA` keeps: the codes span the leading principal
    components, and the error is the sum of the eigenvalues that are left.

    Parameters
    ----------
    n_codes
        How many codes, at most as many as features; None for 10, or fewer if 10 are not fewer than
        the features. As many as features are taken with a `Caution`: they are no bottleneck.
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

    Notes
    -----
    With weight decay, every optimum of the linear one has the decoder's weights equal to the
    encoder's transposed, and they are the principal components themselves, up to sign, each with
    length sqrt(1 - weight_decay / eigenvalue): that is why tying weights, which does the same from
    the start, works so often.

    References
    ----------
    Baldi and Hornik (1989), "Neural networks and principal component analysis: learning from
    examples without local minima", doi:10.1016/0893-6080(89)90014-2.
    Kunin et al. (2019), "Loss landscapes of regularized linear autoencoders", arXiv:1901.08168,
    theorem 2.

    Examples
    --------
    >>> import numpy as np
    >>> UndercompleteAutoencoder(n_steps=10).fit_transform(np.eye(4)).shape
    (4, 3)
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
        features = int(np.prod(self.sample_shape_))
        default = min(10, max(1, features - 1))
        asked = how_many_codes(self.n_codes, features, f"{features} feature(s)", default)
        if asked == features:
            warnings.warn(
                f"{asked} codes for {asked} feature(s) are no bottleneck: samples can be copied",
                Caution,
                stacklevel=4,
            )
        return asked

    def _constraint(self, n_codes: int) -> Constraint:  # noqa: ARG002 (it is their number)
        return SmallWeights(positive("weight_decay", self.weight_decay, zero=True))
