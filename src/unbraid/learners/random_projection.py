"""Project on random directions."""

from pathlib import Path

import numpy as np

from unbraid.core.progress import Listener
from unbraid.core.values import Samples
from unbraid.learners._learner import Learner
from unbraid.learners._samples import rows
from unbraid.learners._settings import whole


class RandomProjection(Learner):
    """Project samples on random directions: the baseline that has learned nothing.

    Codes are ``x @ R`` with independent entries ``R ~ N(0, 1 / n_codes)``, so that squared
    distances are kept on average.

    Parameters
    ----------
    n_codes
        How many directions; may exceed the number of features.
    random_state
        Fixes the directions; None for new ones in each fit.

    References
    ----------
    Johnson & Lindenstrauss (1984), "Extensions of Lipschitz mappings into a Hilbert space",
    doi:10.1090/conm/026/737400, lemma 1.

    Examples
    --------
    >>> RandomProjection(n_codes=3).fit_transform(np.eye(5)).shape
    (5, 3)
    """

    def __init__(self, n_codes: int = 10, random_state: int | None = 0) -> None:
        self.n_codes = n_codes
        self.random_state = random_state

    def _fit(self, samples: Samples, folder: Path | None, progress: Listener) -> None:  # noqa: ARG002
        n_codes = whole("n_codes", self.n_codes)
        shape = (int(np.prod(samples.shape[1:])), n_codes)
        self.directions_ = self._stream().normal(scale=n_codes**-0.5, size=shape)
        self.n_codes_ = n_codes

    def _encode(self, batch: np.ndarray) -> np.ndarray:
        return rows(batch) @ self.directions_
