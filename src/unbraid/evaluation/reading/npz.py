"""npz and npy files: arrays by name, never a pickle."""

from pathlib import Path

import numpy as np

from unbraid.core import files
from unbraid.core.errors import InputError
from unbraid.evaluation.reading._content import Content


def read(path: Path) -> Content:
    """Read the arrays of an npz file, or the one of an npy file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Content
        The arrays by key; an npy file gives the key ``"array"``.

    Raises
    ------
    StoreError
        If the file cannot be read.
    InputError
        If it is damaged or holds pickles.
    """
    arrays = files.read_npz(path)
    strange = [key for key, value in arrays.items() if not isinstance(value, np.ndarray)]
    if strange:
        raise InputError(
            f"{path} is a zip archive that holds other things than arrays",
            got=", ".join(sorted(strange)[:3]),
            allowed="what numpy.savez writes",
            hint="numpy.savez(path, codes=codes, factors=factors)",
        )
    return Content(format="npy" if set(arrays) == {"array"} else "npz", arrays=arrays)
