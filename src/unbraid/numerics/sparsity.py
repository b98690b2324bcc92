"""How sparse codes are."""

import numpy as np
from jaxtyping import Bool, Float

Codes = Float[np.ndarray, "samples codes"]


def active(codes: Codes) -> Bool[np.ndarray, "samples codes"]:
    """Return where codes are not zero.

    Parameters
    ----------
    codes
        The codes, shape (n, d).

    Returns
    -------
    numpy.ndarray
        Shape (n, d): True where a code is more than 1e-8 of its own greatest absolute value.

    Examples
    --------
    >>> active(np.array([[0.0, 2.0], [1.0, 1e-12]])).tolist()
    [[False, True], [True, False]]
    """
    sizes = np.abs(codes)
    return np.asarray(sizes > 1e-8 * sizes.max(axis=0))


def hoyer_of_samples(codes: Codes) -> Float[np.ndarray, " samples"]:
    """Return Hoyer's sparseness of each sample's codes.

    Parameters
    ----------
    codes
        The codes, shape (n, d), d >= 2.

    Returns
    -------
    numpy.ndarray
        In [0, 1], shape (n,): 0 where all codes are equally large, 1 where one alone is not zero;
        NaN where all are zero.

    References
    ----------
    Hoyer (2004), Non-negative matrix factorization with sparseness constraints,
    arXiv:cs/0408058, section 3.1.

    Examples
    --------
    >>> hoyer_of_samples(np.array([[1.0, -1.0], [0.0, 5.0], [0.0, 0.0]])).round(6)
    array([ 0.,  1., nan])
    """
    sizes = np.abs(codes)
    largest = sizes.max(axis=1, keepdims=True)
    # Relative to the largest, so that no square overflows; a row of zeros stays one.
    sizes = np.divide(sizes, largest, out=np.zeros_like(sizes), where=largest > 0)
    squares = (sizes**2).sum(axis=1)
    ratio = np.full(len(codes), np.nan)
    np.divide(sizes.sum(axis=1), np.sqrt(squares), out=ratio, where=squares > 0)
    root = np.sqrt(codes.shape[1])
    return np.asarray(np.clip((root - ratio) / (root - 1), 0.0, 1.0))


def kurtosis_of_columns(
    numbers: Float[np.ndarray, "rows columns"],
) -> Float[np.ndarray, " columns"]:
    """Return the excess kurtosis of each column.

    Parameters
    ----------
    numbers
        Any numbers, shape (r, c).

    Returns
    -------
    numpy.ndarray
        E((x - mean)^4) / variance^2 - 3, at least -2, shape (c,); NaN where a column is constant.

    Examples
    --------
    >>> kurtosis_of_columns(np.array([[1.0, 4.0], [-1.0, 4.0]]))
    array([-2., nan])
    """
    centred = numbers - numbers.mean(axis=0)
    largest = np.abs(centred).max(axis=0)
    varied = largest > 1e-12 * np.abs(numbers).max(axis=0)
    unit = centred[:, varied] / largest[varied]
    found = np.full(numbers.shape[1], np.nan)
    found[varied] = (unit**4).mean(axis=0) / (unit**2).mean(axis=0) ** 2 - 3
    return found
