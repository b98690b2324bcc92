"""The autoencoder that takes noise out."""

import numpy as np
from torch import nn

from unbraid.learners._autoencoder import AutoencoderLearner
from unbraid.learners._settings import choice, positive
from unbraid.training.constraints import Constraint
from unbraid.training.corruption import NOISES, Corruption

_ACTIVATIONS = {"linear": nn.Identity, "relu": nn.ReLU, "sigmoid": nn.Sigmoid}


class DenoisingAutoencoder(AutoencoderLearner):
    """Learn codes of samples with noise, from which the samples without it can be decoded.

    Copying would keep the noise; to take it out, the codes must hold what the samples have in
    common. Noise is there in training alone: `transform` encodes samples as they are.

    Parameters
    ----------
    n_codes
        How many codes; they may outnumber the features.
    noise
        ``"gaussian"`` adds normal noise; ``"masking"`` sets some numbers to zero;
        ``"salt_and_pepper"`` sets some to the lowest or the highest value of the samples.
    level
        The standard deviation of normal noise, in the unit of the samples (of bytes divided by
        255); else which fraction of the numbers is replaced, at most 1.
    activation
        What codes pass through last: ``"linear"`` for nothing, ``"relu"`` or ``"sigmoid"``.
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
    The linear one with at least as many codes as features has a closed form: with the second
    moments S of centred samples, decoder times encoder is S (S + level^2 I)^-1 for normal noise,
    and for masking P Q^-1, where P = (1 - level) S, and Q is (1 - level)^2 S beside the diagonal
    and (1 - level) S on it.

    References
    ----------
    Vincent et al. (2008), "Extracting and composing robust features with denoising autoencoders",
    doi:10.1145/1390156.1390294.
    Chen, Xu, Weinberger and Sha (2012), "Marginalized denoising autoencoders for domain
    adaptation", arXiv:1206.4683, equation 5.

    Examples
    --------
    >>> import numpy as np
    >>> DenoisingAutoencoder(n_steps=10).fit_transform(np.eye(4)).shape
    (4, 10)
    """

    def __init__(
        self,
        n_codes: int = 10,
        noise: str = "masking",
        level: float = 0.25,
        activation: str = "linear",
        decoder: str = "gaussian",
        network: str = "auto",
        n_steps: int = 3000,
        batch_size: int | None = 64,
        schedule: str = "fast",
        learning_rate: float | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.noise = noise
        self.level = level
        self.activation = activation
        self.decoder = decoder
        self.network = network
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _constraint(self, n_codes: int) -> Constraint:  # noqa: ARG002 (any number will do)
        noise = choice("noise", self.noise, NOISES)
        most = np.inf if noise == "gaussian" else 1.0
        level = positive("level", self.level, zero=True, at_most=most)
        activation = choice("activation", self.activation, tuple(_ACTIVATIONS))
        return Corruption(noise, level, self.limits_, _ACTIVATIONS[activation]())
