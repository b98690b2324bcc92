"""A fitted model and two twins that no likelihood can tell from it, scored side by side.

python examples/rotation.py FOLDER [DATASET] [STEPS]

The twins have other codes: turned by a random rotation; and turned, then bent by a map that turns
codes the further, the further out they lie. FOLDER/report.html shows all three, and
FOLDER/rotation.png what each code of each does (of images).
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from unbraid.core.rng import stream
from unbraid.learners import load
from unbraid.numerics.rotations import random_rotation, rotation, twist
from unbraid.report import build
from unbraid.results import RunFolder
from unbraid.study import execute_all, plan_runs
from unbraid.study.reparametrise import reparametrise

SCORES = ("mig", "sap", "dci_disentanglement", "modularity", "beta_vae_score", "factor_vae_score")


def main(out: Path, dataset: str = "dsprites", steps: int = 3000) -> None:
    """Fit the model, write its twins, and print the scores of all three."""
    (run,) = plan_runs(out, ["beta_vae"], dataset=dataset, scores=SCORES, steps=steps, pool=20_000)
    execute_all([run], jobs=1)
    n_codes = load(RunFolder(run.folder).model_folder).n_codes_
    turn = rotation(random_rotation(n_codes, stream(0, "rotation")))
    reparametrise(run.folder, out / "rotated", turn)
    reparametrise(run.folder, out / "bent", turn.then(twist(1.0)))
    folders = [RunFolder(run.folder), RunFolder(out / "rotated"), RunFolder(out / "bent")]
    table(folders)
    picture(folders).save(out / "rotation.png")
    print(f"report: {build(out).resolve()}")


def table(folders: list[RunFolder]) -> None:
    """Print a row per score and a column per run."""
    scores = [folder.read_scores() for folder in folders]
    print(" " * 22 + "".join(f"{folder.name:>16}" for folder in folders))
    for name in ("log_likelihood", *SCORES):
        cells = [
            f"{float(each[name]):16.8g}" if each[name].value is not None else f"{'-':>16}"
            for each in scores
        ]
        print(f"{name:22}" + "".join(cells))


def picture(folders: list[RunFolder], side: int = 32) -> Image.Image:
    """Draw a block per run: a row per code, which moves from left to right."""
    blocks = []
    for folder in folders:
        frames = folder.read_view("traversals").arrays["frames"][:, ::2]
        codes, steps, height, width = frames.shape[:4]
        first = frames[:, :, : height // 2].reshape(codes, steps, height // 2, width)
        rows = first.transpose(0, 2, 1, 3).reshape(codes * height // 2, steps * width)
        bytes_ = (255 * np.clip(rows / frames.max(), 0, 1)).astype(np.uint8)
        block = Image.fromarray(bytes_).resize((steps * side, codes * side))
        blocks.append(np.pad(np.asarray(block), ((0, 0), (0, side // 2)), constant_values=255))
    return Image.fromarray(np.hstack(blocks)[:, : -(side // 2)])


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0]), *given[1:2], *map(int, given[2:3]))
