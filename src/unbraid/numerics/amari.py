"""How far an unmixing matrix is from right, whatever the order and scale of its rows."""

from typing import Literal

import numpy as np
from jaxtyping import Float


def amari_distance(
    unmixing: Float[np.ndarray, "k p"],
    mixing: Float[np.ndarray, "p k"],
    *,
    variant: Literal["absolute", "squared"] = "absolute",
) -> float:
    """Return the Amari distance of an unmixing matrix from the inverse of a mixing matrix.

    Parameters
    ----------
    unmixing
        W, shape (k, p).
    mixing
        A, shape (p, k).
    variant
        ``"absolute"`` takes |W A| as Amari does, divided by 2 k (k - 1) so that it lies in
        [0, 1]; ``"squared"`` takes its squares, divided by 2 k, as the picard package does. The
        two are different numbers: say which.

    Returns
    -------
    float
        0 where W A is a permutation of scales.

    References
    ----------
    Amari, Cichocki & Yang (1996), "A new learning algorithm for blind signal separation",
    Advances in Neural Information Processing Systems 8, equation 5.

    Examples
    --------
    >>> amari_distance(np.eye(2)[::-1] * 3.0, np.eye(2))
    0.0
    >>> amari_distance(np.ones((2, 2)), np.eye(2))
    1.0
    """
    product = np.abs(unmixing @ mixing)
    k = len(product)
    if variant == "squared":
        product, size = product**2, 2.0 * k
    else:
        size = max(2.0 * k * (k - 1), 1.0)
    rows = product / product.max(axis=1, keepdims=True)
    columns = product / product.max(axis=0, keepdims=True)
    return float(((rows.sum() - k) + (columns.sum() - k)) / size)
