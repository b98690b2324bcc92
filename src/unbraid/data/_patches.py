"""Photographs as Olshausen and Field prepare them: whitened, and cut into patches."""

import numpy as np
from jaxtyping import Float, Num

from unbraid.core.errors import InputError


def whitened(
    image: Num[np.ndarray, "height width"], cutoff: float = 0.4
) -> Float[np.ndarray, "height width"]:
    """Flatten the spectrum of a natural image up to a cut-off, and scale it to unit variance.

    Parameters
    ----------
    image
        Grey values, shape (height, width).
    cutoff
        Where the filter falls off, f0, in cycles per pixel: 0 to 0.5. The default is 200 cycles
        per picture of 512 pixels, rounded.

    Returns
    -------
    numpy.ndarray
        The filtered image, mean 0 and variance 1.

    Raises
    ------
    InputError
        If the image is constant.

    Notes
    -----
    The filter is R(f) = f exp(-(f / f0)^4), which has zero phase. Amplitudes of natural images
    fall as 1 / f, so that R makes them equal, and the corners of the spectrum, which hold noise,
    are cut off.

    References
    ----------
    Olshausen & Field (1996), "Emergence of simple-cell receptive field properties by learning a
    sparse code for natural images", doi:10.1038/381607a0, caption of figure 4.

    Examples
    --------
    >>> waves = np.sin(2 * np.pi * 0.1 * np.arange(40)) * np.ones((40, 1))
    >>> np.allclose(whitened(waves), np.sqrt(2) * waves)
    True
    """
    grey = np.asarray(image, dtype=np.float64)
    rows, columns = (np.fft.fftfreq(size) for size in grey.shape)
    frequency = np.hypot(rows[:, None], columns)
    response = frequency * np.exp(-((frequency / cutoff) ** 4))
    filtered = np.fft.ifft2(np.fft.fft2(grey) * response).real
    spread = filtered.std()
    if spread <= 1e-12 * np.abs(grey).max():
        raise InputError("this image is constant", got=f"shape {grey.shape}")
    return np.asarray(filtered / spread)


def patches(
    images: list[Float[np.ndarray, "_ _"]],
    n: int,
    size: int,
    rng: np.random.Generator,
    border: int = 4,
) -> Float[np.ndarray, "n size size"]:
    """Cut square patches at random places out of images, equally many out of each.

    Parameters
    ----------
    images
        Grey images, of any sizes.
    n
        How many patches.
    size
        How many pixels a side.
    rng
        The stream to draw places from.
    border
        How many pixels at the edges of an image to stay away from: filters wrap around there.

    Returns
    -------
    numpy.ndarray
        The patches, shape (n, size, size).

    Raises
    ------
    InputError
        If no patch is asked for, or an image has no room for one.

    Examples
    --------
    >>> patches([np.zeros((20, 20))], 3, 8, np.random.default_rng(0)).shape
    (3, 8, 8)
    """
    if n < 1 or size < 1 or not images:
        raise InputError("there are no patches", got=f"{n} of {len(images)} images, size {size}")
    taken = np.empty((n, size, size))
    for index, share in enumerate(np.array_split(np.arange(n), len(images))):
        image = images[index]
        room = np.array(image.shape) - 2 * border - size
        if room.min() < 0:
            raise InputError(
                "an image has no room for a patch",
                got=f"shape {image.shape}, patches of {size} pixels, a border of {border}",
            )
        tops = border + rng.integers(room[0] + 1, size=len(share))
        lefts = border + rng.integers(room[1] + 1, size=len(share))
        windows = np.lib.stride_tricks.sliding_window_view(image, (size, size))
        taken[share] = windows[tops, lefts]
    return taken
