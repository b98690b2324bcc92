"""The variational autoencoder with several layers of codes."""

from collections.abc import Sequence

from unbraid.learners._deep import DeepLearner
from unbraid.training.assembly import Architecture, bottom_up
from unbraid.training.hierarchy import Hierarchy
from unbraid.training.streams import torch_stream


class DeepVAE(DeepLearner):
    """Learn layers of codes, each normal given the one above, by the evidence lower bound.

    The decoder is a directed network, p(h^L) p(h^{L-1} | h^L) ... p(h^1 | h^2) p(x | h^1); the
    encoder goes against its direction, q(h^1 | x) q(h^2 | h^1) ... q(h^L | h^{L-1}). Training
    maximises E_q[log p(x, h) - log q(h | x)], or the bound that many weighted draws make. With one
    layer it is a `VAE`, and with ``beta`` a `BetaVAE`.

    Parameters
    ----------
    n_codes
        How many codes, for each layer from the samples up, such as ``(50, 20)``; a whole number
        for one layer.
    layer
        Which layer's codes `transform` gives, 1 being next to the samples; ``at(2)`` of a fitted
        learner gives those of another.
    network
        What lies between a layer and the one below, in both directions: ``"tanh"``, ``"relu"`` or
        ``"leaky"`` hidden layers, or ``"linear"`` for none. This, ``n_hidden`` and what else says
        so may be one value, or one for each layer.
    n_hidden
        How many units each of these hidden layers has; one value, or one for each layer.
    depth
        How many hidden layers there are between two layers of codes.
    covariance
        ``"diagonal"``, or ``"full"`` by a Cholesky factor, of posteriors and of what the decoder
        says of a layer given the one above; one value, or one for each layer.
    batch_norm
        Whether what enters each activation is normalised over the batch.
    decoder
        The distribution of samples: ``"bernoulli"`` for values in [0, 1] (those between count as
        soft labels), ``"gaussian"`` for any, ``"categorical"`` for the whole numbers 0, 1, ...,
        ``"logistic"`` for values in [0, 1] in 256 levels; ``"auto"`` is Bernoulli for images, and
        for vectors if they lie in [0, 1]; else Gaussian. Samples of type uint8 with values above
        1 are divided by 255.
    noise_variance
        The variance of a Gaussian decoder; None to learn it.
    dynamic_binarisation
        Whether samples are made binary anew in each step, by a draw with their values as
        probabilities, and once for `score` and `log_likelihood`; codes are those of the values.
    gradient
        How gradients pass through the draws of all layers, and of which bound: as for a `VAE`.
        Above all ``"reparametrised"``, and ``"importance_weighted"`` for the bound of many draws.
    n_draws
        How many draws of the codes per sample and step; None for 1, or 4 for the
        importance-weighted bound and ``"leave_one_out"``.
    importance_warmup
        The fraction of the steps, at first, that make do with one draw, which costs far less, in
        place of what ``gradient`` says.
    beta
        The weight of the KL.
    kl_warmup
        The fraction of the steps in which that weight rises from zero.
    free_nats
        How much KL each layer may have at no cost; for ``gradient="reparametrised"``.
    n_steps
        How many batches to learn from.
    batch_size
        How many samples per batch, drawn with replacement.
    schedule
        ``"study"``: a learning rate of 1e-4; ``"constant"``: 1e-3; ``"fast"``: rising to 1e-3 in
        2% of the steps, and falling to zero from 60% of them on.
    learning_rate
        The highest learning rate; None for the schedule's.
    random_state
        Fixes weights, batches and noise, bit for bit on one thread; None for new ones in each fit.

    References
    ----------
    Kingma and Welling (2014), "Auto-encoding variational Bayes", arXiv:1312.6114.
    Rezende et al. (2014), "Stochastic backpropagation and approximate inference in deep generative
    models", arXiv:1401.4082, section 3.
    Burda et al. (2016), "Importance weighted autoencoders", arXiv:1509.00519, equations 1 and 8.

    Examples
    --------
    >>> import numpy as np
    >>> model = DeepVAE(n_codes=(3, 2), n_steps=10).fit(np.eye(4))
    >>> model.transform(np.eye(4)).shape, model.at(2).transform(np.eye(4)).shape
    ((4, 3), (4, 2))
    """

    def __init__(
        self,
        n_codes: int | Sequence[int] = (20, 10),
        layer: int = 1,
        network: str | Sequence[str] = "tanh",
        n_hidden: int | Sequence[int] = 200,
        depth: int = 2,
        covariance: str | Sequence[str] = "diagonal",
        batch_norm: bool = False,
        decoder: str = "auto",
        noise_variance: float | None = None,
        dynamic_binarisation: bool = False,
        gradient: str = "reparametrised",
        n_draws: int | None = None,
        importance_warmup: float = 0.0,
        beta: float = 1.0,
        kl_warmup: float = 0.0,
        free_nats: float = 0.0,
        n_steps: int = 2000,
        batch_size: int = 64,
        schedule: str = "fast",
        learning_rate: float | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.layer = layer
        self.network = network
        self.n_hidden = n_hidden
        self.depth = depth
        self.covariance = covariance
        self.batch_norm = batch_norm
        self.decoder = decoder
        self.noise_variance = noise_variance
        self.dynamic_binarisation = dynamic_binarisation
        self.gradient = gradient
        self.n_draws = n_draws
        self.importance_warmup = importance_warmup
        self.beta = beta
        self.kl_warmup = kl_warmup
        self.free_nats = free_nats
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _build(self, plan: Architecture, seed: int) -> Hierarchy:
        return bottom_up(plan, torch_stream(seed, "weights"))
