"""Linear mixtures parted by how loud their sources are in each of several segments."""

import numpy as np
from jaxtyping import Float, Int

# Each step squares the error once it is small.
_STEPS = 100
_SMALL = 1e-9
# Pairs whose ratio of variances varies less than this over segments are left as they are.
_SAME = 1e-6
# A step turns directions into one another by this much at most.
_LARGEST = 0.5
# Directions of less than this share of the largest variance are rounding.
_ROUNDING = 1e-10


def directions(
    x: Float[np.ndarray, "samples features"], segment: Int[np.ndarray, " samples"], n_codes: int
) -> Float[np.ndarray, "codes features"]:
    """Return the projections that are least correlated in all segments at once.

    If ``x = A s`` and the variances of the sources s differ from segment to segment, each source
    in its own way, the projections are the sources but for their order and scale, whatever their
    distribution.

    Parameters
    ----------
    x
        The samples, shape (samples, features), finite.
    segment
        The number of each sample's segment, from 0.
    n_codes
        How many projections; directions of least variance are left out.

    Returns
    -------
    numpy.ndarray
        One projection per row, its variance over all samples 1, shape (n_codes, features). Where
        samples vary in fewer directions, the last rows are zero.

    References
    ----------
    Pham (2001), Joint approximate diagonalization of positive definite Hermitian matrices,
    doi:10.1137/S089547980035689X, section 3; Pham and Cardoso (2001), Blind separation of
    instantaneous mixtures of nonstationary sources, doi:10.1109/78.942614.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> segment = np.repeat([0, 1], 1000)
    >>> sources = rng.normal(size=(2000, 2)) * np.array([[1, 3], [3, 1]])[segment]
    >>> mixing = np.array([[1.0, 0.5], [0.3, 1.0]])
    >>> found = directions(sources @ mixing.T, segment, 2) @ mixing
    >>> bool((np.sort(np.abs(found), axis=1)[:, 0] < 0.05).all())
    True
    """
    centred = x - x.mean(axis=0)
    whole = centred.T @ centred / len(x)
    variances, axes = np.linalg.eigh(whole)
    kept = np.flatnonzero(variances > _ROUNDING * max(variances[-1], 1e-300))[::-1][:n_codes]
    whitening = axes[:, kept].T / np.sqrt(variances[kept])[:, None]
    found = np.zeros((n_codes, x.shape[1]))
    if len(kept):
        covariances, shares = _within(centred @ whitening.T, segment)
        turned = _diagonaliser(covariances, shares)
        found[: len(kept)] = turned / np.linalg.norm(turned, axis=1)[:, None] @ whitening
    return found


def shrunk_variances(
    codes: Float[np.ndarray, "samples codes"], segment: Int[np.ndarray, " samples"]
) -> Float[np.ndarray, "segments codes"]:
    """Return the variances of codes in each segment, drawn towards 1 where samples are few.

    Parameters
    ----------
    codes
        The codes, shape (samples, codes).
    segment
        The number of each sample's segment, from 0.

    Returns
    -------
    numpy.ndarray
        Positive, shape (segments, codes), as if one more sample at distance 1 had been seen.

    Examples
    --------
    >>> shrunk_variances(np.array([[3.0], [-3.0], [5.0]]), np.array([0, 0, 1])).tolist()
    [[6.333333333333333], [0.5]]
    """
    counts = np.bincount(segment)[:, None]
    means = _sums(codes, segment) / np.maximum(counts, 1)
    return (_sums((codes - means[segment]) ** 2, segment) + 1) / (counts + 1)


def _sums(values: np.ndarray, segment: np.ndarray) -> np.ndarray:
    sums = np.zeros((segment.max() + 1, *values.shape[1:]))
    np.add.at(sums, segment, values)
    return sums


def _within(white: np.ndarray, segment: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the covariance within each segment, drawn towards the whole's, and its share."""
    size = white.shape[1]
    covariances, counts = [], []
    for number in np.unique(segment):
        rows = white[segment == number]
        rows = rows - rows.mean(axis=0)
        covariances.append((rows.T @ rows + size * np.eye(size)) / (len(rows) + size))
        counts.append(len(rows))
    return np.stack(covariances), np.array(counts) / len(white)


def _diagonaliser(covariances: np.ndarray, shares: np.ndarray) -> np.ndarray:
    found = np.eye(covariances.shape[1])
    for _ in range(_STEPS):
        turned = found @ covariances @ found.T
        variances = np.diagonal(turned, axis1=1, axis2=2)
        # The gradient, and a Hessian of 2 x 2 blocks, one for each pair of directions.
        slope = np.einsum("s,sij,si->ij", shares, turned, 1 / variances)
        curve = np.einsum("s,sj,si->ij", shares, variances, 1 / variances)
        determinant = curve * curve.T - 1
        differs = determinant > _SAME
        step = (curve.T * slope - slope.T) / np.where(differs, determinant, 1.0) * differs
        largest = np.abs(step).max()
        found = found - min(1.0, _LARGEST / max(largest, _SMALL)) * step @ found
        if largest < _SMALL:
            break
    return found
