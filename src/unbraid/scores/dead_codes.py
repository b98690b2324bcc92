"""The number of dead codes."""

import numpy as np

from unbraid.core.scoring import ANY, Measured, score


@score(
    unit="codes",
    better="lower",
    invariant_to=("permutation", "sign", "shift", "scale"),
    bounds=(0.0, ANY),
)
def dead_codes(codes: np.ndarray) -> Measured:
    """Count the codes that are the same for every sample.

    It looks at codes alone. A code that is on once among a million samples is not dead, and a code
    that a variational autoencoder shut down hardly ever stands quite still: see `active_codes`.

    Parameters
    ----------
    codes
        The codes, shape (n, d).

    Returns
    -------
    Score
        From 0 to d, lower is better. Parts: ``dead`` (d,), which codes are.

    Notes
    -----
    A code is dead where its range over samples is at most 1e-12 of its greatest absolute value,
    as with zero for every sample. Cost O(n d).

    References
    ----------
    Gao et al. (2024), Scaling and evaluating sparse autoencoders, arXiv:2406.04093: dead
    latents, there among the samples of training.

    Examples
    --------
    >>> dead_codes(np.array([[0.0, 2.0, 1.0], [0.0, 2.0, 0.0]]), [0, 1]).value
    2.0
    """
    dead = np.ptp(codes, axis=0) <= 1e-12 * np.abs(codes).max(axis=0)
    return Measured(float(dead.sum()), {"dead": dead})
