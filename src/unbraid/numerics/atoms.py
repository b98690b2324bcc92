"""Dictionaries compared: how alike atoms are, within one and between two."""

import numpy as np
from jaxtyping import Float

from unbraid.core.errors import InputError
from unbraid.numerics.matching import match


def coherence(atoms: Float[np.ndarray, "atoms features"]) -> float:
    """Return the largest cosine between two atoms, signs aside.

    Parameters
    ----------
    atoms
        The dictionary, shape (k, p), k at least 2; no atom may be zero.

    Returns
    -------
    float
        In [0, 1]; 0 where atoms are orthogonal. Codes with fewer than (1 + 1 / coherence) / 2
        atoms are found exactly.

    Raises
    ------
    InputError
        If there are fewer than 2 atoms or one is zero.

    References
    ----------
    Tropp (2004), "Greed is good: algorithmic results for sparse approximation",
    doi:10.1109/TIT.2004.834793, corollary 3.6.

    Examples
    --------
    >>> round(coherence(np.array([[1.0, 0.0], [3.0, 3.0]])), 4)
    0.7071
    """
    if len(atoms) < 2:
        raise InputError("coherence compares atoms", got=len(atoms), allowed="2 or more")
    alike = _alike(atoms, atoms)
    np.fill_diagonal(alike, 0.0)
    return float(alike.max())


def stability(
    first: Float[np.ndarray, "atoms features"], second: Float[np.ndarray, "others features"]
) -> float:
    """Return how alike two dictionaries are, atom by atom, such as those of two seeds.

    Parameters
    ----------
    first
        One dictionary, shape (k, p); no atom may be zero.
    second
        Another one, shape (m, p).

    Returns
    -------
    float
        The mean cosine, signs aside, of the min(k, m) pairs for which it is greatest; in [0, 1],
        1 where one dictionary holds the other.

    Raises
    ------
    InputError
        If an atom is zero.

    References
    ----------
    Kuhn (1955), "The Hungarian method for the assignment problem", doi:10.1002/nav.3800020109.

    Examples
    --------
    >>> stability(np.eye(3), -np.eye(3)[[2, 0]])
    1.0
    """
    alike = _alike(first, second)
    return float(alike[match(alike)].mean())


def _alike(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    lengths = [np.linalg.norm(atoms, axis=1, keepdims=True) for atoms in (first, second)]
    if any((length == 0).any() for length in lengths):
        raise InputError("an atom is zero", hint="leaving it out")
    return np.asarray(np.abs((first / lengths[0]) @ (second / lengths[1]).T))
