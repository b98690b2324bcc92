"""What sparse coding finds in photographs, and what principal components find.

python examples/natural_images.py [FOLDER]

Learns 192 atoms from 50,000 whitened patches of 16 x 16 pixels, draws them beside the principal
components, and writes FOLDER/sparse_coding.png. It takes a minute.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

import unbraid
from unbraid.core.values import Representation
from unbraid.views.atoms import atoms

SHOWN, SCALE = 96, 2


def sheet(model, data):
    """Return the atoms of a model as one picture, a gap of two pixels between them."""
    codes = model.transform(data.images[:10_000])
    held = Representation(codes=codes, decode=model.inverse_transform)
    rows = atoms(held, data, np.random.default_rng(0)).arrays["rows"][: SHOWN // 12]
    framed = np.pad(rows, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=1.0)
    return np.concatenate([np.concatenate(list(row), axis=1) for row in framed], axis=0)


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    folder.mkdir(parents=True, exist_ok=True)
    data = unbraid.load_dataset("photo_patches")
    sparse = unbraid.learners.SparseCoding(n_codes=192, penalty=1.5, n_steps=600)
    models = (sparse, unbraid.learners.PCA(n_codes=192))
    sheets = [
        np.pad(sheet(model.fit(data.images), data), 6, constant_values=1) for model in models
    ]
    picture = Image.fromarray((np.concatenate(sheets, axis=1) * 255).astype(np.uint8))
    size = (SCALE * picture.width, SCALE * picture.height)
    picture.resize(size, Image.Resampling.NEAREST).save(
        folder / "sparse_coding.png", optimize=True
    )


if __name__ == "__main__":
    main()
