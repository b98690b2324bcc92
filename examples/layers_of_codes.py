"""Learn three layers of codes of digits, and show what each layer keeps.

python examples/layers_of_codes.py FOLDER

Writes FOLDER/deep_vae.png: digits, and what is decoded from each layer of a `DeepVAE` and of a
`LadderVAE`; prints how many codes of each layer are active. Takes a minute.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from unbraid import load_dataset
from unbraid.learners import DeepVAE, LadderVAE

N_SHOWN, ZOOM, GAP = 16, 5, 4
SETTINGS = {"n_codes": (16, 8, 4), "n_hidden": (128, 64, 32), "n_steps": 6000}


def row(images: np.ndarray) -> np.ndarray:
    """Return images side by side, enlarged."""
    tall = np.kron(images, np.ones((1, ZOOM, ZOOM)))
    framed = np.pad(tall, ((0, 0), (GAP, GAP), (GAP, GAP)), constant_values=0.5)
    return np.concatenate(list(framed), axis=1)


def main(folder: Path) -> None:
    """Learn, and write the picture."""
    images = load_dataset("digits").images
    images = images / images.max()
    held_out = images[1500:]
    rows = [row(held_out[:N_SHOWN])]
    for kind in (DeepVAE, LadderVAE):
        model = kind(**SETTINGS).fit(images[:1500])
        layers = [model.at(layer) for layer in (1, 2, 3)]
        active = [int((layer.activity(held_out) > 0.01).sum()) for layer in layers]
        bound = model.score(held_out)
        print(f"{kind.__name__}: bound {bound:.2f} nats, active {active} of {SETTINGS['n_codes']}")
        rows.append(np.full_like(rows[0][: 2 * GAP], 0.5))
        rows += [row(m.inverse_transform(m.transform(held_out[:N_SHOWN]))) for m in layers]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "deep_vae.png"
    Image.fromarray((255 * np.concatenate(rows)).round().astype(np.uint8)).save(path)
    print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
