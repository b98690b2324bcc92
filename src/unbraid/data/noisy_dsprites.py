"""dSprites on noise: the background is a nuisance."""

import numpy as np

from unbraid.core.values import Dataset
from unbraid.data._painted import painted


def noisy_dsprites(seed: int = 0) -> Dataset:
    """Return dSprites whose sprites are white on coloured noise.

    The noise is drawn for each access: each channel of each pixel is uniform in [0, 1].

    Parameters
    ----------
    seed
        The seed of the noise. The same access gives the same images, and the same image in
        another batch another nuisance; ``render`` and ``sample`` draw from the stream that they
        are given.

    Returns
    -------
    Dataset
        ``images`` (737280, 64, 64, 3), float32 in [0, 1], in the order of dSprites.

    References
    ----------
    Locatello et al. (2019), Challenging Common Assumptions in the Unsupervised Learning of
    Disentangled Representations, arXiv:1811.12359, where it is called Noisy-dSprites.

    Examples
    --------
    >>> image = noisy_dsprites().images[0]
    >>> image.shape, int((image == 1).all(axis=-1).sum())
    ((64, 64, 3), 100)
    """
    return painted("noisy_dsprites", _add_noise, "white on uniform noise", seed)


def _add_noise(sprites: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    images = rng.random((*sprites.shape, 3), dtype=np.float32)
    images[sprites.astype(bool)] = 1  # min(sprite + noise, 1)
    return images
