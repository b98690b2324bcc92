"""Sparse coding: samples as sums of few atoms of a dictionary."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from unbraid.core.errors import InputError
from unbraid.core.progress import Listener, Progress
from unbraid.core.values import Samples
from unbraid.learners._learner import Learner
from unbraid.learners._samples import batches, refuse_constant, rows, some_rows
from unbraid.learners._settings import choice, flag, positive, whole
from unbraid.numerics.dictionary import Surrogate
from unbraid.numerics.lasso import lasso
from unbraid.numerics.priors import Prior, cost, smooth_codes
from unbraid.numerics.pursuit import matching_pursuit

# Codes of all samples are kept, to start from in the next pass, in at most 256 MiB.
_MOST_KEPT = 2**26
# The t-th batch weighs 1 / t to this power against all before it. The usual 1 remembers early
# codes, made with a poor dictionary, for too long; on photographs 0.5 to 0.7 learn fastest.
_FADING = 0.6
# An atom is dead if fewer samples of a pass use it, or if another one is so much like it.
_FEW_USES = 3
_ALIKE = 0.99


class SparseCoding(Learner):
    """Write samples as sums of few atoms: ``x ~ h D`` with most codes ``h`` zero.

    Parameters
    ----------
    n_codes
        How many atoms; they may outnumber the features.
    prior
        What keeps codes sparse: ``"l1"`` their absolute values; ``"l0"`` a limit on how many are
        not zero; ``"cauchy"``, log(1 + h^2), and ``"gaussian"``, -exp(-h^2), are the smooth ones
        of Olshausen and Field, which make codes small but seldom exactly zero.
    penalty
        The weight of the prior beside half the squared error; not used by ``"l0"``.
    n_nonzero
        The most codes that are not zero; used by ``"l0"`` alone.
    positive
        Whether codes must not be negative; ``"l1"`` and ``"l0"`` alone.
    n_steps
        How many batches to learn from.
    batch_size
        How many samples a batch has.
    max_samples
        How many samples to learn from, drawn at random if there are more; None for as many as
        make 256 MiB.
    random_state
        Fixes the first atoms and the order of the samples; None for new ones in each fit.

    Notes
    -----
    Samples are taken as they are: it is for the caller to remove means or to whiten. Atoms have
    unit length. An atom that no sample of a whole pass uses is put where a sample is worst off.

    References
    ----------
    Olshausen & Field (1996), "Emergence of simple-cell receptive field properties by learning a
    sparse code for natural images", doi:10.1038/381607a0. Mairal, Bach, Ponce & Sapiro (2010),
    "Online learning for matrix factorization and sparse coding", Journal of Machine Learning
    Research 11:19-60, algorithm 1.

    Examples
    --------
    >>> X = np.repeat(np.eye(3) * 5.0, 4, axis=0)
    >>> model = SparseCoding(n_codes=3, penalty=1.0, n_steps=30).fit(X)
    >>> (model.transform(X) != 0).sum(axis=1)
    array([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    """

    atoms_: np.ndarray

    def __init__(
        self,
        n_codes: int = 64,
        prior: str = "l1",
        penalty: float = 1.0,
        n_nonzero: int = 5,
        positive: bool = False,
        n_steps: int = 1000,
        batch_size: int = 256,
        max_samples: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.n_codes = n_codes
        self.prior = prior
        self.penalty = penalty
        self.n_nonzero = n_nonzero
        self.positive = positive
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.max_samples = max_samples
        self.random_state = random_state

    def _fit(self, samples: Samples, folder: Path | None, progress: Listener) -> None:  # noqa: ARG002
        k = whole("n_codes", self.n_codes)
        steps, size = whole("n_steps", self.n_steps), whole("batch_size", self.batch_size)
        encode = self._encoder()
        rng = self._stream()
        X = some_rows(samples, self.max_samples, rng)
        if not X.any():
            raise InputError("these samples are all zero", hint="other samples")
        if len(X) > 1:
            refuse_constant(X)
        atoms = _first_atoms(X, k, rng)
        # Products of one batch are too small to share, and threads that wait cost the most.
        with threadpool_limits(limits=1, user_api="blas"):
            self.atoms_ = _learn(X, atoms, encode, steps, size, rng, progress)
        self.n_codes_ = k

    def _encoder(self) -> Callable[..., np.ndarray]:
        """Return the map (samples, atoms, codes to start from) -> codes, its settings checked."""
        prior = choice("prior", self.prior, ("l1", "l0", "cauchy", "gaussian"))
        penalty = positive("penalty", self.penalty)
        sign = flag("positive", self.positive)
        if prior == "l0":
            most = whole("n_nonzero", self.n_nonzero)
            if most > self.n_codes:
                raise InputError(
                    "n_nonzero cannot be used", got=most, allowed=f"1 to {self.n_codes} (n_codes)"
                )
            return lambda X, D, start: matching_pursuit(X, D, most, positive=sign)  # noqa: ARG005
        if prior == "l1":
            return lambda X, D, start: lasso(X, D, penalty, positive=sign, start=start)
        if sign:
            raise InputError(
                "positive cannot be used", got=f"prior={prior!r}", allowed="prior='l1' or 'l0'"
            )
        smooth = self._smooth()
        return lambda X, D, start: smooth_codes(X, D, penalty, smooth, start=start)

    def _encode(self, batch: np.ndarray) -> np.ndarray:
        return self._encoder()(rows(batch), self.atoms_, None)

    def _decode(self, codes: np.ndarray) -> np.ndarray:
        return np.asarray(codes @ self.atoms_)

    def _smooth(self) -> Prior:
        return "cauchy" if self.prior == "cauchy" else "gaussian"

    def score(self, X: Any, y: object = None) -> float:  # noqa: ANN401, ARG002 (as in fit)
        """Return minus the mean cost of samples: half the squared error plus the prior's part.

        Parameters
        ----------
        X
            The samples, shape (n, ...).
        y
            Ignored.

        Returns
        -------
        float
            Higher is better; up to a constant, nats under unit noise.
        """
        check_is_fitted(self, "n_codes_")
        samples = self._checked(X, reset=False)
        total = 0.0
        for _, batch in batches(samples):
            codes = self._encode(batch)
            total += 0.5 * ((rows(batch) - codes @ self.atoms_) ** 2).sum()
            if self.prior == "l1":
                total += self.penalty * np.abs(codes).sum()
            elif self.prior != "l0":
                total += self.penalty * cost(codes, self._smooth()).sum()
        return -float(total / len(samples))


def _first_atoms(X: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Take samples as atoms, and random directions where there are too few."""
    lengths = np.linalg.norm(X, axis=1)
    usable = np.flatnonzero(lengths > 1e-3 * lengths.max())
    chosen = rng.permutation(usable)[:k]
    atoms = rng.normal(size=(k, X.shape[1]))
    atoms[: len(chosen)] = X[chosen]
    # Equal samples make equal atoms, which would never part.
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    atoms += 0.01 * rng.normal(size=atoms.shape) / np.sqrt(X.shape[1])
    return np.asarray(atoms / np.linalg.norm(atoms, axis=1, keepdims=True))


def _learn(
    X: np.ndarray,
    atoms: np.ndarray,
    encode: Callable[..., np.ndarray],
    steps: int,
    size: int,
    rng: np.random.Generator,
    progress: Listener,
) -> np.ndarray:
    n, k = len(X), len(atoms)
    size = min(size, n)
    kept = np.zeros((n, k), dtype=np.float32) if n * k <= _MOST_KEPT else None
    bound = Surrogate(k, X.shape[1])
    uses = np.zeros(k, dtype=np.int64)
    per_pass = -(-n // size)
    for step in range(steps):
        place = step % per_pass
        if place == 0:
            order = rng.permutation(n)
            uses[:] = 0
        chosen = order[place * size : (place + 1) * size]
        batch = X[chosen]
        start = None if kept is None else kept[chosen].astype(np.float64)
        codes = encode(batch, atoms, start if step >= per_pass else None)
        if kept is not None:
            kept[chosen] = codes
        bound.fade(1.0 - 1.0 / (step + 1.0) ** _FADING)
        bound.add(batch, codes)
        atoms = bound.improved(atoms)
        uses += np.count_nonzero(codes, axis=0)
        if place + 1 == per_pass and step + 1 < steps:
            dead = _dead(atoms, uses)
            atoms = _revived(atoms, dead, batch, codes)
            bound.forget(dead)
        if step % 50 == 49 or step + 1 == steps:
            progress(Progress(task="learning atoms", done=step + 1, total=steps))
    return atoms


def _dead(atoms: np.ndarray, uses: np.ndarray) -> np.ndarray:
    """Return the atoms that next to no sample uses, and all but one of those that are alike."""
    alike = np.abs(atoms @ atoms.T) > _ALIKE
    rank = np.argsort(np.argsort(-uses, kind="stable"))
    beaten = (alike & (rank[:, None] > rank)).any(axis=1)
    return np.flatnonzero(beaten | (uses < _FEW_USES))


def _revived(atoms: np.ndarray, dead: np.ndarray, X: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Put dead atoms where samples are worst off."""
    errors = ((X - codes @ atoms) ** 2).sum(axis=1)
    worst = np.argsort(-errors, kind="stable")[: len(dead)]
    worst = worst[errors[worst] > 0]
    atoms = atoms.copy()
    atoms[dead[: len(worst)]] = X[worst] / np.linalg.norm(X[worst], axis=1, keepdims=True)
    return atoms
