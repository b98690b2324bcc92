"""dSprites in colour: the sprite's colour is a nuisance."""

import numpy as np

from unbraid.core.values import Dataset
from unbraid.data._painted import painted


def color_dsprites(seed: int = 0) -> Dataset:
    """Return dSprites whose sprites have a random colour on black.

    The colour is drawn for each access: each channel is uniform in [0.5, 1].

    Parameters
    ----------
    seed
        The seed of the colours. The same access gives the same images, and the same image in
        another batch another nuisance; ``render`` and ``sample`` draw from the stream that they
        are given.

    Returns
    -------
    Dataset
        ``images`` (737280, 64, 64, 3), float32 in [0, 1], in the order of dSprites.

    References
    ----------
    Locatello et al. (2019), Challenging Common Assumptions in the Unsupervised Learning of
    Disentangled Representations, arXiv:1811.12359, where it is called Color-dSprites.

    Examples
    --------
    >>> data = color_dsprites()
    >>> data.images[0].shape, bool(data.images[0].max() >= 0.5)
    ((64, 64, 3), True)
    """
    return painted("color_dsprites", _colour, "each sprite in a random colour on black", seed)


def _colour(sprites: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    colours = rng.uniform(0.5, 1, size=(len(sprites), 3))
    white = sprites.astype(bool)
    images = np.zeros((*sprites.shape, 3), dtype=np.float32)
    images[white] = np.repeat(colours, white.sum(axis=(1, 2)), axis=0)
    return images
