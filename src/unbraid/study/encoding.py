"""Encode many samples, a chunk at a time."""

from typing import Any

import numpy as np

from unbraid.core.progress import Listener, Progress
from unbraid.core.values import Samples
from unbraid.study.rows import Subset

_CHUNK = 10_000


def transform(learner: Any, samples: Samples, progress: Listener) -> np.ndarray:  # noqa: ANN401
    """Encode samples, and say how far it has come.

    Parameters
    ----------
    learner
        The fitted learner.
    samples
        The samples, shape (n, ...); lazy ones are read a chunk at a time.
    progress
        Is told how far it has come.

    Returns
    -------
    numpy.ndarray
        The codes, shape (n, d), float32.
    """
    n = len(samples)
    codes = []
    for start in range(0, n, _CHUNK):
        progress(Progress(task="encoding", done=start, total=n))
        rows = np.arange(start, min(start + _CHUNK, n))
        codes.append(learner.transform(Subset(samples, rows)).astype(np.float32))
    progress(Progress(task="encoding", done=n, total=n))
    return np.concatenate(codes)
