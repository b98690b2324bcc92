"""The small handwritten digits that come with scikit-learn."""

import numpy as np

from unbraid.core.values import Dataset
from unbraid.data._content import fingerprint


def digits() -> Dataset:
    """Return scikit-learn's digits: 1,797 handwritten digits of 8x8 pixels.

    Returns
    -------
    Dataset
        ``images`` (1797, 8, 8), float32 in [0, 1]; the factor ``digit``.

    References
    ----------
    Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, doi:10.24432/C50P49.

    Examples
    --------
    >>> digits().images.shape
    (1797, 8, 8)
    """
    # Imported here because `import unbraid` must not load scikit-learn.
    from sklearn.datasets import load_digits

    loaded = load_digits()
    images = loaded.images.astype(np.float32) / 16
    factors = loaded.target.astype(np.int64)[:, None]
    return Dataset(
        name="digits",
        images=images,
        source="the digits of scikit-learn: the test set of the UCI optical digits, not MNIST",
        fingerprint=fingerprint(images, factors),
        factors=factors,
        factor_names=("digit",),
        factor_kinds=("categorical",),
        factor_sizes=(10,),
    )
