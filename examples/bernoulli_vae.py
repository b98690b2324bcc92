"""Learn binary codes of digits, and show what they keep.

python examples/bernoulli_vae.py FOLDER

Writes FOLDER/bernoulli_vae.png: digits, what is decoded from their codes rounded to zeros and
ones, and what is decoded from coins thrown for codes. Takes half a minute.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from unbraid import load_dataset
from unbraid.learners import BernoulliVAE

N_SHOWN, ZOOM, GAP = 16, 5, 4


def row(images: np.ndarray) -> np.ndarray:
    """Return images side by side, enlarged."""
    tall = np.kron(images, np.ones((1, ZOOM, ZOOM)))
    framed = np.pad(tall, ((0, 0), (GAP, GAP), (GAP, GAP)), constant_values=0.5)
    return np.concatenate(list(framed), axis=1)


def main(folder: Path) -> None:
    """Learn, and write the picture."""
    images = load_dataset("digits").images
    model = BernoulliVAE(n_codes=30, n_steps=3000).fit(images[:1500])
    shown = images[1500 : 1500 + N_SHOWN]
    decoded = model.inverse_transform(model.transform(shown).round())
    print(f"bound of held-out digits: {model.score(images[1500:]):.2f} nats")
    rows = [row(part) for part in (shown, decoded, model.sample(N_SHOWN))]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "bernoulli_vae.png"
    Image.fromarray((255 * np.concatenate(rows)).round().astype(np.uint8)).save(path)
    print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
