"""Show which autoencoders learn digits, and which one learns to copy.

python examples/copying.py FOLDER

Writes FOLDER/autoencoders.png: digits, digits whose every pixel is taken from another one, and
noise; below, what each learner decodes from the codes of these. Takes half a minute.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from unbraid import load_dataset
from unbraid.core.values import Representation
from unbraid.learners import (
    Autoencoder,
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    UndercompleteAutoencoder,
)
from unbraid.views.identity_map import identity_map

LEARNERS = {
    "no constraint, 128 codes": Autoencoder(n_steps=1500),
    "bottleneck, 10 codes": UndercompleteAutoencoder(n_steps=1500),
    "6 of 128 codes": SparseAutoencoder(n_codes=128, n_nonzero=6, n_steps=1500),
    "denoising, 128 codes": DenoisingAutoencoder(n_codes=128, n_steps=1500),
    "contractive, 128 codes": ContractiveAutoencoder(n_codes=128, penalty=1.0, n_steps=1500),
}
SHOWN, ZOOM, GAP, LABEL, TOP = 6, 4, 4, 190, 24


def rows_of(learner: object, images: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    """Return what was given and what was decoded, side by side, and what was lost."""
    held = Representation(
        codes=learner.transform(images),
        encode=learner.transform,
        decode=learner.inverse_transform,
    )
    view = identity_map(held, load_dataset("digits"), np.random.default_rng(0))
    rows = view.arrays["rows"][:, :SHOWN]
    return rows[::2].reshape(-1, 8, 8), rows[1::2].reshape(-1, 8, 8), view.caption.split(": ")[1]


def strip(images: np.ndarray) -> Image.Image:
    """Return pictures side by side, enlarged, with a gap between the kinds."""
    large = np.kron(1 - images, np.ones((1, ZOOM, ZOOM)))
    framed = np.pad(large, ((0, 0), (GAP, 0), (GAP, 0)), constant_values=1.0)
    kinds = [np.concatenate(list(kind), axis=1) for kind in np.split(framed, 3)]
    wide = [np.pad(kind, ((0, 0), (4 * GAP, 0)), constant_values=1.0) for kind in kinds]
    return Image.fromarray((255 * np.concatenate(wide, axis=1)).round().astype(np.uint8))


def main(folder: Path) -> None:
    """Learn, and write the picture."""
    images = load_dataset("digits").images
    strips: dict[str, Image.Image] = {}
    for name, learner in LEARNERS.items():
        given, decoded, lost = rows_of(learner.fit(images), images)
        print(f"{name}: lost {lost}")
        strips |= {"given": strip(given), name: strip(decoded)}
    width, height = next(iter(strips.values())).size
    page = Image.new("L", (LABEL + width + GAP, TOP + len(strips) * height + GAP), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(13)
    for place, kind in enumerate(("digits", "digits mixed", "noise")):
        draw.text((LABEL + place * width / 3 + 5 * GAP, 6), kind, fill=0, font=font)
    for place, (name, row) in enumerate(strips.items()):
        page.paste(row, (LABEL, TOP + place * height))
        draw.text((8, TOP + place * height + height / 2 - 6), name, fill=0, font=font)
    folder.mkdir(parents=True, exist_ok=True)
    page.save(folder / "autoencoders.png", optimize=True)
    print(folder / "autoencoders.png")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
