"""What published scores make of a matrix that relates each code to each factor."""

import numpy as np
from jaxtyping import Float

Relation = Float[np.ndarray, "codes factors"]


def top_gaps(relation: Relation) -> Float[np.ndarray, " factors"]:
    """Return by how much the best code of each factor is ahead of the second best.

    Parameters
    ----------
    relation
        Any relation, shape (d, K), d >= 2.

    Returns
    -------
    numpy.ndarray
        The gaps, >= 0, shape (K,).

    Examples
    --------
    >>> top_gaps(np.array([[0.9, 0.2], [0.5, 0.3], [0.1, 0.7]]))
    array([0.4, 0.4])
    """
    two = np.sort(relation, axis=0)[-2:]
    return np.asarray(two[1] - two[0])


def modularity_of_codes(information: Relation) -> Float[np.ndarray, " codes"]:
    """Return how nearly each code is informative of one factor alone.

    Parameters
    ----------
    information
        Mutual informations, shape (d, K), K >= 2.

    Returns
    -------
    numpy.ndarray
        In [0, 1], shape (d,); 0 for a code that informs of nothing.

    References
    ----------
    Ridgeway and Mozer (2018), Learning deep disentangled embeddings with the F-statistic loss,
    arXiv 1802.05312, section 3.

    Examples
    --------
    >>> modularity_of_codes(np.array([[2.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]))
    array([1. , 0.5, 0. ])
    """
    squares = np.square(information)
    best = squares.max(axis=1)
    rest = squares.sum(axis=1) - best
    others = information.shape[1] - 1
    return np.where(best > 0, 1 - rest / np.where(best > 0, best * others, 1.0), 0.0)


def disentanglement(importance: Relation) -> float:
    """Return how nearly each code matters to one factor alone, weighted by importance.

    Parameters
    ----------
    importance
        The importance of each code for each factor, >= 0, shape (d, K), K >= 2.

    Returns
    -------
    float
        In [0, 1]; 0 where nothing matters.

    References
    ----------
    Eastwood and Williams (2018), A framework for the quantitative evaluation of disentangled
    representations, section 2: the sum of rho_i D_i.

    Examples
    --------
    >>> round(disentanglement(np.eye(3)), 6)
    1.0
    """
    weights = importance.sum(axis=1)
    if weights.sum() == 0:
        return 0.0
    concentration = 1 - _entropies(importance) / np.log(importance.shape[1])
    return float(concentration @ weights / weights.sum())


def completeness(importance: Relation) -> float:
    """Return how nearly one code alone matters to each factor, weighted by importance.

    Parameters
    ----------
    importance
        The importance of each code for each factor, >= 0, shape (d, K), d >= 2.

    Returns
    -------
    float
        In [0, 1]; 0 where nothing matters.

    References
    ----------
    Eastwood and Williams (2018), A framework for the quantitative evaluation of disentangled
    representations, section 2: C_j, weighted as the study does by each factor's importance.

    Examples
    --------
    >>> round(completeness(np.ones((4, 2))), 6)
    0.0
    """
    return disentanglement(np.ascontiguousarray(importance.T))


def _entropies(rows: np.ndarray) -> np.ndarray:
    # The published code adds 1e-11 to every entry, so that a code of no importance is even.
    shares = rows + 1e-11
    shares = shares / shares.sum(axis=1, keepdims=True)
    return np.asarray(-(shares * np.log(shares)).sum(axis=1))


def squared_correlations(
    codes: Float[np.ndarray, "samples codes"], factors: Float[np.ndarray, "samples factors"]
) -> Relation:
    """Return the squared linear correlation of each code with each factor.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K).

    Returns
    -------
    numpy.ndarray
        In [0, 1], shape (d, K); 0 for a code whose variance is at most 1e-12, and for a constant
        factor.

    Examples
    --------
    >>> squared_correlations(np.array([[0.0], [1.0], [2.0]]), np.array([[5.0], [3.0], [1.0]]))
    array([[1.]])
    """
    with np.errstate(over="ignore"):
        alive = codes.var(axis=0) * len(codes) > 1e-12 * (len(codes) - 1)
    correlation = _unit(codes).T @ _unit(factors)
    return np.where(alive[:, None], np.minimum(correlation**2, 1.0), 0.0)


def _unit(columns: np.ndarray) -> np.ndarray:
    """Centre columns and scale them to length 1; constant ones become 0."""
    # Scaled before they are squared, so that great numbers do not overflow.
    centred = columns - columns.mean(axis=0)
    size = np.abs(centred).max(axis=0)
    centred = centred / np.where(size > 0, size, 1.0)
    length = np.linalg.norm(centred, axis=0)
    return np.asarray(centred / np.where(length > 0, length, 1.0))
