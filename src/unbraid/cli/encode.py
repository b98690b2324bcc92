"""``unbraid encode``: the codes of a data set, by a learner that was fitted before."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from unbraid import learners
from unbraid.cli._console import say, showing
from unbraid.core import files
from unbraid.core.errors import InputError, StoreError
from unbraid.data import load_dataset
from unbraid.study.encoding import transform


def encode(
    folder: Annotated[Path, typer.Argument(help="The folder that 'unbraid fit' or 'run' wrote.")],
    out: Annotated[Path, typer.Option(help="The npz file to write.")],
    dataset: Annotated[
        str, typer.Option(help="A data set's name, or the path of your own npz or npy file.")
    ] = "dsprites",
) -> None:
    """Encode a data set and write its codes, with the factors where they are known."""
    if out.suffix != ".npz":
        raise InputError("codes are written as npz", got=str(out), hint=f"--out {out.stem}.npz")
    model = folder / "model" if (folder / "model").is_dir() else folder
    runs = sorted(each.parents[1] for each in folder.glob("*/model/config.json"))
    if runs and model == folder:
        raise StoreError(
            f"{folder} holds several runs",
            got=", ".join(run.name for run in runs),
            hint=f"unbraid encode {runs[0]}",
        )
    if not (model / "config.json").exists():
        raise StoreError(
            f"{folder} holds no fitted learner", hint=f"unbraid fit LEARNER --out {folder}"
        )
    learner = learners.load(model)
    data = load_dataset(dataset)
    say(f"data: {data.source}")
    with showing() as progress:
        arrays = {"codes": transform(learner, data.images, progress)}
    if data.factors is not None:
        arrays |= {
            "factors": data.factors,
            "factor_names": np.array(data.factor_names, dtype=str),
            "factor_kinds": np.array(data.factor_kinds, dtype=str),
        }
    files.write_npz(out, arrays)
    n, d = arrays["codes"].shape
    say(f"saved: {n} samples as {d} codes in {out.resolve()}")
