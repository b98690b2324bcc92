"""The generative adversarial network whose codes can be read back."""

from dataclasses import replace

import numpy as np
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from unbraid.core.rng import stream
from unbraid.core.values import Samples
from unbraid.learners._network import PLAIN_SCHEDULES
from unbraid.learners._settings import choice, positive, whole
from unbraid.learners._variational import VariationalLearner
from unbraid.training.adversarial import (
    PRIORS,
    Adversarial,
    Generator,
    leak,
    spread,
    start_at,
)
from unbraid.training.autoencoder import Autoencoder
from unbraid.training.loop import Plan
from unbraid.training.networks import Encoder, build, observe
from unbraid.training.objective import Objective
from unbraid.training.samples import Batches, Stream, look
from unbraid.training.streams import torch_stream

# The noise before the critic at first and in the end, and the share of the steps until then.
_NOISE, _FADED = (1.5, 0.5), 0.5


class InfoGAN(VariationalLearner):
    """Learn to make samples from codes and noise, and to read the codes back.

    A generator turns codes and noise into samples that a critic cannot tell from real ones; a
    reader, which shares the critic's features and is trained on what is generated, gives each
    sample a normal distribution over its codes, whose mean encodes real samples. The game is the
    non-saturating one with a penalty on the critic's slope at real samples, which converges where
    the two sides move at once; the critic and the reader see samples through noise of 1.5 standard
    deviations of a feature, which fades to 0.5 over the first half of the steps and stays there;
    `transform` reads samples without noise. There is no likelihood, and no ``score``.

    Parameters
    ----------
    n_codes
        How many codes.
    n_noise
        How many more inputs the generator has, of which nothing is asked; may be 0.
    prior
        What codes are drawn from: ``"uniform"`` on [-1, 1], whose axes are those of a cube, or
        ``"normal"``, which looks the same from every side, so that codes may be rotated at will.
    information_weight
        The weight of the information that samples hold of their codes, in nats, beside the log
        odds of being taken for real; with 0.1 or more, samples are soon made to be read.
    network
        ``"conv"``, the network of Locatello et al. (2019) for images of 64 x 64; ``"mlp"``, two
        hidden layers of 256 each way; ``"linear"``, none; ``"auto"`` takes the first that fits.
        The generator has it one way; reader and critic share it the other way, with rectifiers
        that leak.
    n_steps
        How many batches to learn from; both sides move once in each.
    batch_size
        How many samples per batch, drawn with replacement.
    schedule
        ``"constant"``: the learning rate stays; ``"fast"``: it rises in 2% of the steps, and falls
        to zero from 60% of them on; ``"study"`` is constant too.
    learning_rate
        The highest learning rate, of both sides; None for the schedule's, 1e-3 or, for
        ``"study"``, 1e-4.
    random_state
        Fixes weights, batches and noise, bit for bit on one thread; None for new ones in each fit.

    References
    ----------
    Chen et al. (2016), "InfoGAN: interpretable representation learning by information maximizing
    generative adversarial nets", arXiv:1606.03657, equation 6.
    Mescheder, Geiger and Nowozin (2018), "Which training methods for GANs do actually converge?",
    arXiv:1801.04406, equations 1 and 9. Sonderby et al. (2017), "Amortised MAP inference for image
    super-resolution", arXiv:1610.04490: the noise before the critic.

    Examples
    --------
    >>> import numpy as np
    >>> gan = InfoGAN(n_codes=2, n_steps=10).fit(np.eye(4))
    >>> gan.transform(np.eye(4)).shape, gan.sample(3).shape
    ((4, 2), (3, 4))
    """

    has_round_codes = False
    _schedules = PLAIN_SCHEDULES
    has_likelihood = False

    # What the base asks of a decoder: samples in [0, 1] end in a sigmoid, others do not.
    decoder = "auto"
    noise_variance = 1.0

    def __init__(
        self,
        n_codes: int = 10,
        n_noise: int = 10,
        prior: str = "uniform",
        information_weight: float = 0.05,
        network: str = "auto",
        n_steps: int = 2000,
        batch_size: int = 32,
        schedule: str = "fast",
        learning_rate: float | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.n_noise = n_noise
        self.prior = prior
        self.information_weight = information_weight
        self.network = network
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _chosen_decoder(self) -> str:
        return "bernoulli" if self.clipped_ else "gaussian"

    def _architecture(self, n_codes: int, seed: int) -> Autoencoder:
        layout = self._layout()
        n_noise = whole("n_noise", self.n_noise, at_least=0)
        weights = torch_stream(seed, "weights")
        reader, _ = build(self.network_, layout.network_shape, n_codes, weights)
        leak(reader.body)
        _, body = build(self.network_, layout.network_shape, n_codes + n_noise, weights)
        decoder = observe(body, self.noise_variance_)
        return Autoencoder(reader, Generator(decoder, n_noise), layout)

    def _problem(
        self, samples: Samples, model: Autoencoder, plan: Plan, size: int, seed: int
    ) -> tuple[Objective, Stream]:
        assert isinstance(model.encoder, Encoder)
        assert isinstance(model.decoder, Generator)
        layout = model.layout
        critic, _ = build(self.network_, layout.network_shape, 1, torch_stream(seed, "critic"))
        seen = layout.tensor(look(samples)).double().numpy()
        start_at(model.decoder.bias, seen.mean(axis=0), sigmoid=self.decoder_ == "bernoulli")
        objective = Adversarial(
            model.encoder,
            model.decoder,
            critic.mean,
            prior=choice("prior", self.prior, PRIORS),
            weight=positive("information_weight", self.information_weight, zero=True),
            spread=spread(seen),
            noise=lambda step: _noise(step, plan.n_steps),
        )
        return objective, Batches(samples, layout, size, torch_stream(seed, "batches"))

    def _prior(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        return rng.normal(size=shape) if self.prior == "normal" else rng.uniform(-1, 1, size=shape)

    @available_if(lambda _: False)
    def score(self, X: object, y: object = None) -> float:
        """Return nothing: samples have no likelihood.

        Parameters
        ----------
        X
            The samples.
        y
            Ignored.

        Returns
        -------
        float
            Never.
        """
        raise NotImplementedError

    def sample(self, n: int = 1, random_state: int = 0) -> np.ndarray:
        """Draw codes and noise, and make samples of them.

        Parameters
        ----------
        n
            How many.
        random_state
            Fixes the draw.

        Returns
        -------
        numpy.ndarray
            In the shape of the samples learned from, (n, ...).

        Raises
        ------
        InputError
            If n is no positive whole number.
        """
        check_is_fitted(self, "n_codes_")
        n = whole("n", n)
        rng = stream(whole("random_state", random_state, at_least=0), "sample")
        codes = self._prior(rng, (n, self.n_codes_))
        noise = rng.normal(size=(n, self.n_noise))
        generator = self._model.decoder
        assert isinstance(generator, Generator)
        return replace(self._model, decoder=generator.decoder).decode(np.hstack([codes, noise]))


def _noise(step: int, n_steps: int) -> float:
    """Return the noise before the critic, in standard deviations of a feature."""
    left = max(0.0, 1 - step / (_FADED * n_steps))
    return _NOISE[1] + (_NOISE[0] - _NOISE[1]) * left
