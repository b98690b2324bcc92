"""A dictionary that suits sparse codes, learned from batches of samples."""

from typing import no_type_check

import numpy as np
from jaxtyping import Float, Int

from unbraid.numerics._kernel import kernel


class Surrogate:
    """The quadratic upper bound that codes so far put on the loss of a dictionary.

    ``|X - H D|^2 / 2`` depends on the codes through ``H'H`` and ``H'X`` alone; what early batches
    said, with a poorer dictionary, fades.

    Parameters
    ----------
    n_atoms
        How many atoms, k.
    n_features
        How many features, p.

    References
    ----------
    Mairal, Bach, Ponce & Sapiro (2010), "Online learning for matrix factorization and sparse
    coding", Journal of Machine Learning Research 11:19-60, algorithms 1 and 2 and section 3.4.2
    (scaling the past data).

    Examples
    --------
    >>> bound = Surrogate(1, 2)
    >>> bound.add(np.array([[3.0, 0.0]]), np.array([[2.0]]))
    >>> bound.improved(np.array([[0.6, 0.8]])).round(6)
    array([[1., 0.]])
    """

    def __init__(self, n_atoms: int, n_features: int) -> None:
        self.second = np.zeros((n_atoms, n_atoms))
        self.cross = np.zeros((n_atoms, n_features))

    def fade(self, factor: float) -> None:
        """Let what was said so far count for less.

        Parameters
        ----------
        factor
            By what to multiply it, in [0, 1].
        """
        self.second *= factor
        self.cross *= factor

    def add(
        self,
        X: Float[np.ndarray, "samples features"],
        codes: Float[np.ndarray, "samples atoms"],
    ) -> None:
        """Take in the codes of a batch.

        Parameters
        ----------
        X
            The samples, shape (m, p).
        codes
            Their codes, shape (m, k).
        """
        self.second += codes.T @ codes
        self.cross += codes.T @ X

    def forget(self, atoms: Int[np.ndarray, " some"]) -> None:
        """Forget all that was said of some atoms, which stand for something new.

        Parameters
        ----------
        atoms
            Which.
        """
        self.second[atoms] = 0.0
        self.second[:, atoms] = 0.0
        self.cross[atoms] = 0.0

    def improved(
        self, atoms: Float[np.ndarray, "atoms features"], sweeps: int = 1
    ) -> Float[np.ndarray, "atoms features"]:
        """Return better atoms: each in turn is put where the bound is least, given the others.

        Parameters
        ----------
        atoms
            The dictionary, shape (k, p).
        sweeps
            How often to go through all atoms.

        Returns
        -------
        numpy.ndarray
            The dictionary, shape (k, p), atoms of unit length.
        """
        better = np.array(atoms)
        for _ in range(sweeps):
            _improve(self.second, self.cross, better)
        return better


@kernel
@no_type_check  # numba compiles the function itself, not one that checks shapes
def _improve(second: np.ndarray, cross: np.ndarray, atoms: np.ndarray) -> None:
    k, p = atoms.shape
    target = np.empty(p)
    for j in range(k):
        own = second[j, j]
        if own <= 1e-10:  # an atom that is never used stays where it is
            continue
        target[:] = cross[j] - second[j] @ atoms
        length = 0.0
        for m in range(p):
            target[m] = target[m] / own + atoms[j, m]
            length += target[m] * target[m]
        length = np.sqrt(length)
        if length > 1e-10:
            for m in range(p):
                atoms[j, m] = target[m] / length
