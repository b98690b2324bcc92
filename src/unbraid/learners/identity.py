"""Learn nothing: the codes are the samples themselves."""

from pathlib import Path

import numpy as np

from unbraid.core.progress import Listener
from unbraid.core.values import Samples
from unbraid.learners._learner import Learner
from unbraid.learners._samples import rows


class Identity(Learner):
    """Learn nothing: the codes are the features of the samples.

    It is the baseline that shows what a score says of the raw input.

    Examples
    --------
    >>> Identity().fit_transform(np.ones((2, 2, 2))).shape
    (2, 4)
    """

    def _fit(self, samples: Samples, folder: Path | None, progress: Listener) -> None:  # noqa: ARG002
        self.n_codes_ = int(np.prod(samples.shape[1:]))

    def _encode(self, batch: np.ndarray) -> np.ndarray:
        return rows(batch)

    def _decode(self, codes: np.ndarray) -> np.ndarray:
        return codes
