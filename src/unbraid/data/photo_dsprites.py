"""dSprites on a photograph: the background is a nuisance."""

from functools import cache, partial
from importlib.resources import files

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from unbraid.core.errors import StoreError
from unbraid.core.values import Dataset
from unbraid.data._painted import painted
from unbraid.data._sprites import SIDE

# The study made its painting fit this box.
_BOX = (350, 274)


def photo_dsprites(seed: int = 0) -> Dataset:
    """Return dSprites whose sprites invert a patch of a photograph.

    Drawn for each access: a patch of the photograph, and a colour that is uniform in
    [0, 1] per channel. The background is their mean, and its negative where the sprite is.
    Scream-dSprites does the same with a painting; numbers on the two are not comparable.

    Parameters
    ----------
    seed
        The seed of patches and colours. The same access gives the same images, and the same
        image in another batch another nuisance; ``render`` and ``sample`` draw from the stream
        that they are given.

    Returns
    -------
    Dataset
        ``images`` (737280, 64, 64, 3), float32 in [0, 1], in the order of dSprites.

    Raises
    ------
    StoreError
        If scikit-learn's photograph cannot be read.

    References
    ----------
    Locatello et al. (2019), Challenging Common Assumptions in the Unsupervised Learning of
    Disentangled Representations, arXiv:1811.12359, whose Scream-dSprites this follows.

    Examples
    --------
    >>> data = photo_dsprites()
    >>> data.images[:2].shape
    (2, 64, 64, 3)
    """
    photo = _photo()
    return painted(
        "photo_dsprites",
        partial(_blend, photo),
        "inverting patches of the photograph china.jpg that scikit-learn ships, tinted at random",
        seed,
        photo.tobytes(),
    )


@cache
def _photo() -> np.ndarray:
    # Imported here because no other data set needs it.
    from PIL import Image

    try:
        with files("sklearn").joinpath("datasets/images/china.jpg").open("rb") as file:
            image = Image.open(file).convert("RGB")
    except OSError as error:
        raise StoreError(
            "the photograph china.jpg of scikit-learn cannot be read",
            got=str(error),
            hint="installing scikit-learn again",
        ) from error
    image.thumbnail(_BOX)
    return np.asarray(image, dtype=np.float32) / 255


def _blend(photo: np.ndarray, sprites: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width, _ = photo.shape
    tops = rng.integers(height - SIDE, size=len(sprites))
    lefts = rng.integers(width - SIDE, size=len(sprites))
    colours = rng.uniform(size=(len(sprites), 3)).astype(np.float32)
    # Rows of all channels together are copied in one piece each.
    patches = sliding_window_view(photo.reshape(height, -1), (SIDE, 3 * SIDE))
    images = patches[tops, 3 * lefts]
    images += np.tile(colours, SIDE)[:, None]
    images /= 2
    images = images.reshape(*sprites.shape, 3)
    white = sprites.astype(bool)
    images[white] = 1 - images[white]
    return images
