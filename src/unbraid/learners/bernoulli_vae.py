"""The variational autoencoder with binary codes."""

from dataclasses import replace

import numpy as np

from unbraid.core.values import Samples
from unbraid.learners._variational import VariationalLearner
from unbraid.training.autoencoder import Autoencoder
from unbraid.training.binary_model import BinaryEncoder, BinaryVariational
from unbraid.training.gradients import BINARY
from unbraid.training.loop import Plan
from unbraid.training.networks import Encoder
from unbraid.training.objective import Objective
from unbraid.training.samples import Batches, Stream
from unbraid.training.streams import torch_stream


class BernoulliVAE(VariationalLearner):
    """Learn binary codes by maximising the evidence lower bound.

    The encoder gives each sample a probability for each of its codes to be 1, the decoder a
    distribution over samples to each string of zeros and ones; the prior of a code is a fair
    coin. No gradient flows through a draw of such codes: ``gradient`` says by what it is
    replaced. The codes of a sample are its probabilities.

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
        How the gradient of the expected reconstruction is estimated. ``"rebar"`` and ``"relax"``:
        the score function with a control variate that is learned, unbiased; ``"leave_one_out"``:
        with the mean of other draws for a baseline, unbiased; ``"score_function"``,
        ``"moving_average"``, ``"optimal_baseline"``: with none or one of past batches, unbiased;
        ``"concrete"``: that of soft codes, biased. All but the first two and the last show the
        decoder nothing but binary codes.
    n_draws
        How many draws of the codes per sample and step; None for 1, or 4 for
        ``"leave_one_out"``. REBAR and RELAX take one.
    random_state
        Fixes weights, batches and noise, bit for bit on one thread; None for new ones in each fit.

    References
    ----------
    Mnih and Gregor (2014), "Neural variational inference and learning in belief networks",
    arXiv:1402.0030.
    Tucker et al. (2017), "REBAR: low-variance, unbiased gradient estimates for discrete latent
    variable models", arXiv:1703.07370.
    Grathwohl et al. (2018), "Backpropagation through the void: optimizing control variates for
    black-box gradient estimation", arXiv:1711.00123.
    Maddison et al. (2017), "The Concrete distribution: a continuous relaxation of discrete random
    variables", arXiv:1611.00712.

    Examples
    --------
    >>> import numpy as np
    >>> BernoulliVAE(n_codes=2, n_steps=10).fit_transform(np.eye(4)).shape
    (4, 2)
    """

    has_round_codes = False

    def __init__(
        self,
        n_codes: int = 20,
        decoder: str = "auto",
        noise_variance: float | None = None,
        network: str = "auto",
        n_steps: int = 2000,
        batch_size: int = 64,
        schedule: str = "fast",
        learning_rate: float | None = None,
        gradient: str = "rebar",
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

    def _problem(
        self, samples: Samples, model: Autoencoder, plan: Plan, size: int, seed: int
    ) -> tuple[Objective, Stream]:
        features = int(np.prod(self.sample_shape_))
        objective = BinaryVariational(
            model.encoder,
            model.decoder,
            self._estimator(seed, self._code_size(), BINARY),
            extra_kl=lambda step: features * plan.schedule.extra(step, plan.n_steps),
        )
        return objective, Batches(samples, model.layout, size, torch_stream(seed, "batches"))

    def _architecture(self, n_codes: int, seed: int) -> Autoencoder:
        model = super()._architecture(n_codes, seed)
        normal = model.encoder
        assert isinstance(normal, Encoder)
        return replace(model, encoder=BinaryEncoder(normal.body, normal.mean))

    def _prior(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        return rng.integers(2, size=shape).astype(np.float64)
