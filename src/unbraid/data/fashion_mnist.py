"""Fashion-MNIST: 70,000 pictures of articles of clothing, from files that you have."""

import os

from unbraid.core.values import Dataset
from unbraid.data._idx import Idx, load

_FASHION_MNIST = Idx(
    name="fashion_mnist",
    title="Fashion-MNIST",
    factor="article",
    variable="UNBRAID_FASHION_MNIST",
    places=(
        "/usr/share/datasets/fashion-mnist",
        "usr/share/datasets/fashion-mnist",
        "data/FashionMNIST/raw",
        "~/.cache/fashion-mnist",
    ),
    fetch="'apt-get download dataset-fashion-mnist && dpkg-deb -x dataset-fashion-mnist_*.deb .' "
    "in this folder (31 MB)",
    md5={
        "train-images": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels": "15d484375f8d13e6eb1aabb0c3f46965",
    },
)


def fashion_mnist(path: str | os.PathLike[str] | None = None, split: str = "train") -> Dataset:
    """Return Fashion-MNIST from its idx files, which are looked for and never downloaded.

    Parameters
    ----------
    path
        A folder of idx files, raw or gzipped. By default the environment variable
        ``UNBRAID_FASHION_MNIST``, then well-known places such as those of the Debian package.
    split
        ``train`` (60,000), ``test`` (10,000) or ``all``.

    Returns
    -------
    Dataset
        ``images`` (n, 28, 28), float32 in [0, 1]; the factor ``article``. ``source`` says
        whether the files are the published ones.

    Raises
    ------
    InputError
        If a file is damaged, or the split is unknown.
    StoreError
        If there are no files; the message says where unbraid looked and how to get them.

    References
    ----------
    Xiao, Rasul and Vollgraf (2017), Fashion-MNIST: a Novel Image Dataset for Benchmarking
    Machine Learning Algorithms, arXiv:1708.07747.

    Examples
    --------
    >>> fashion_mnist("/no/such/folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    unbraid.core.errors.StoreError: Fashion-MNIST was not found: got no idx files of ...
    """
    return load(_FASHION_MNIST, path, split)
