"""Let InfoGAN make sprites, and see which factors its codes follow.

python examples/info_gan.py FOLDER

Learns from 12,000 dSprites, shrunk to 16 x 16, in half a CPU-minute; writes FOLDER/info_gan.png,
24 samples, and prints the rank correlation of each factor with the code that follows it best.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from unbraid.data import load_dataset
from unbraid.learners import InfoGAN
from unbraid.numerics.matching import correlations

N, SIDE = 12_000, 16


def main(out: Path) -> None:
    """Learn, draw and print."""
    data = load_dataset("dsprites")
    rows = np.sort(np.random.default_rng(0).permutation(len(data))[:N])
    small = np.concatenate([shrunk(data.images[part]) for part in np.array_split(rows, 12)])
    gan = InfoGAN(n_codes=5, n_steps=1500, learning_rate=1e-3).fit(small)
    made = (255 * gan.sample(24)).astype(np.uint8).reshape(3, 8, SIDE, SIDE)
    sheet = Image.fromarray(made.transpose(0, 2, 1, 3).reshape(3 * SIDE, 8 * SIDE))
    out.mkdir(parents=True, exist_ok=True)
    sheet.resize((4 * sheet.width, 4 * sheet.height), Image.Resampling.NEAREST).save(
        out / "info_gan.png"
    )
    follows = correlations(gan.transform(small[:3000]), data.factors[rows[:3000]], ranks=True)
    for name, best in zip(data.factor_names, follows.max(axis=0), strict=True):
        print(f"{name:12} {best:.2f}")


def shrunk(images: np.ndarray) -> np.ndarray:
    """Average over squares of 4 x 4 pixels."""
    blocks = np.asarray(images, dtype=float).reshape(-1, SIDE, 4, SIDE, 4)
    return (255 * blocks.mean(axis=(2, 4))).round().astype(np.uint8)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
