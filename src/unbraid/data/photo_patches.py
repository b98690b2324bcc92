"""Whitened patches of photographs, as sparse coding and ICA learn from: they have no factors."""

from importlib.resources import files

import numpy as np

from unbraid.core.errors import StoreError
from unbraid.core.rng import stream
from unbraid.core.values import Dataset
from unbraid.data._content import fingerprint
from unbraid.data._patches import patches, whitened

_NAMES = ("china.jpg", "flower.jpg")


def photo_patches(n: int = 50_000, size: int = 16, seed: int = 0) -> Dataset:
    """Return square patches of two whitened photographs, each with mean 0.

    Parameters
    ----------
    n
        How many patches, half of them out of each photograph.
    size
        How many pixels a side.
    seed
        The seed of their places.

    Returns
    -------
    Dataset
        ``images`` (n, size, size), float32 of variance near 1; no factors.

    Raises
    ------
    InputError
        If no patch is asked for, or it does not fit a photograph.
    StoreError
        If scikit-learn's photographs cannot be read.

    References
    ----------
    Olshausen & Field (1996), "Emergence of simple-cell receptive field properties by learning a
    sparse code for natural images", doi:10.1038/381607a0, whose photographs these stand in for.

    Examples
    --------
    >>> photo_patches(n=100, size=8).images.shape
    (100, 8, 8)
    """
    photographs = [whitened(_grey(name)) for name in _NAMES]
    taken = patches(photographs, n, size, stream(seed, "photo_patches"))
    taken -= taken.mean(axis=(1, 2), keepdims=True)
    images = taken.astype(np.float32)
    return Dataset(
        name="photo_patches",
        images=images,
        source="whitened patches of scikit-learn's photographs china.jpg and flower.jpg",
        fingerprint=fingerprint(images),
    )


def _grey(name: str) -> np.ndarray:
    # Imported here because no other data set needs it.
    from PIL import Image

    try:
        with files("sklearn").joinpath("datasets/images", name).open("rb") as file:
            coloured = np.asarray(Image.open(file).convert("RGB"), dtype=np.float64)
    except OSError as error:
        raise StoreError(
            f"the photograph {name} of scikit-learn cannot be read",
            got=str(error),
            hint="installing scikit-learn again",
        ) from error
    return np.asarray(coloured.mean(axis=2))
