"""The autoencoder that uses few of its codes at a time."""

from unbraid.core.errors import InputError
from unbraid.learners._autoencoder import AutoencoderLearner
from unbraid.learners._settings import choice, positive, whole
from unbraid.training.constraints import Constraint, RareCodes, SmallCodes, TopK

# With few codes kept from the start, those that happen to win are the only ones to learn.
_FIRST = 100


class SparseAutoencoder(AutoencoderLearner):
    """Learn many codes of which each sample uses few.

    Codes may outnumber features, as only few of them are there to copy with. Weights are tied:
    otherwise codes could be made small, and the decoder's weights large to make up for it.

    Parameters
    ----------
    n_codes
        How many codes.
    constraint
        ``"top_k"``: only the largest codes of each sample are kept, the rest are zero. ``"l1"``:
        codes are rectified, and their sum is added to the error. ``"kl"``: codes lie between 0
        and 1, and the divergence of each one's mean over a batch from ``rate`` is added.
    n_nonzero
        How many codes of a sample are kept, for ``"top_k"``; None for a tenth of all.
    n_encoded
        How many codes are kept after training; None for as many as in it. A classifier often does
        better with more, such as twice as many.
    penalty
        What the sum of the codes or the divergence is multiplied by, for ``"l1"`` and ``"kl"``.
    rate
        What the mean of each code is to be, for ``"kl"``; between 0 and 1.
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
    With ``"top_k"`` more codes are kept at first, 100 where there are as many, and ever fewer in
    the first half of the training: so fewer codes are left that no sample ever uses. What counts
    is a code's value, not its size: negative codes are the first to be dropped.

    References
    ----------
    Makhzani and Frey (2014), "k-Sparse autoencoders", arXiv:1312.5663.
    Ng (2011), "Sparse autoencoder", lecture notes CS294A, section 3,
    https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf.

    Examples
    --------
    >>> import numpy as np
    >>> codes = SparseAutoencoder(n_codes=8, n_nonzero=2, n_steps=10).fit_transform(np.eye(4))
    >>> (codes != 0).sum(axis=1)
    array([2, 2, 2, 2])
    """

    _tied = True

    def __init__(
        self,
        n_codes: int = 64,
        constraint: str = "top_k",
        n_nonzero: int | None = None,
        n_encoded: int | None = None,
        penalty: float = 0.1,
        rate: float = 0.05,
        decoder: str = "gaussian",
        network: str = "linear",
        n_steps: int = 3000,
        batch_size: int | None = 64,
        schedule: str = "fast",
        learning_rate: float | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.constraint = constraint
        self.n_nonzero = n_nonzero
        self.n_encoded = n_encoded
        self.penalty = penalty
        self.rate = rate
        self.decoder = decoder
        self.network = network
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.schedule = schedule
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _constraint(self, n_codes: int) -> Constraint:
        kind = choice("constraint", self.constraint, ("top_k", "l1", "kl"))
        if kind == "top_k":
            return self._top_k(n_codes)
        weight = positive("penalty", self.penalty, zero=True)
        if kind == "l1":
            return SmallCodes(weight)
        rate = positive("rate", self.rate)
        if rate >= 1:
            raise InputError("rate cannot be used", got=rate, allowed="a number below 1")
        return RareCodes(weight, rate)

    def _top_k(self, n_codes: int) -> TopK:
        if self.n_nonzero is None:
            kept = max(1, n_codes // 10)
        else:
            kept = whole("n_nonzero", self.n_nonzero, at_most=n_codes)
        encoded = self.n_encoded
        if encoded is not None:
            encoded = whole("n_encoded", encoded, at_most=n_codes)
        half = whole("n_steps", self.n_steps) // 2
        return TopK(kept, encoded, first=min(n_codes, _FIRST), until=half)
