"""What the views that decode share: how codes become pictures or vectors on one scale."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation

# Enough samples to see the range of a pixel; few enough to render in no time.
_N_PROBED = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoder:
    """Turns codes into samples as they are shown.

    Parameters
    ----------
    decode
        Maps codes (m, d) to samples (m, ...).
    sample_shape
        The shape of one sample.
    low, high
        What is shown as 0 and as 1 in a picture.
    """

    decode: Callable[[np.ndarray], np.ndarray]
    sample_shape: tuple[int, ...]
    low: float
    high: float

    @property
    def has_pictures(self) -> bool:
        """Whether a sample is an image."""
        return len(self.sample_shape) in (2, 3)

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        """Decode codes (m, d) to samples (m, ...), pictures scaled to [0, 1]."""
        samples = np.asarray(self.decode(codes), dtype=np.float64)
        return self.shown(samples.reshape(len(codes), *self.sample_shape))

    def shown(self, samples: np.ndarray) -> np.ndarray:
        """Scale pictures to [0, 1] and clip them; leave vectors as they are."""
        samples = np.asarray(samples, dtype=np.float64)
        if not self.has_pictures:
            return samples
        # A pixel that is no number is shown dark instead of breaking the picture.
        scaled = np.nan_to_num((samples - self.low) / (self.high - self.low), nan=0.0)
        return np.clip(scaled, 0.0, 1.0).astype(np.float32)


def decoder(representation: Representation, dataset: Dataset, rng: np.random.Generator) -> Decoder:
    """Return what turns codes into samples, or say why nothing does."""
    if representation.decode is None:
        raise Undefined("the learner cannot decode")
    chosen = rng.integers(len(dataset), size=min(_N_PROBED, len(dataset)))
    probed = np.asarray(dataset.images[np.sort(chosen)], dtype=np.float64)
    # Pixels of 0 or 1, of [0, 1], of 0 to 16 and of 0 to 255 alike; a dark set is not stretched.
    return Decoder(
        decode=representation.decode,
        sample_shape=tuple(dataset.images.shape[1:]),
        low=min(0.0, float(probed.min())),
        high=max(1.0, float(probed.max())),
    )
