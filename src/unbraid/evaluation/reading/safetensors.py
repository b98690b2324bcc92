"""safetensors files: arrays by name."""

import json
from pathlib import Path

import numpy as np

from unbraid.core.errors import InputError, StoreError
from unbraid.evaluation.reading._content import Content, optional


def read(path: Path) -> Content:
    """Read the tensors of a safetensors file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Content
        The tensors by name; ``factor_names`` and ``factor_kinds`` may be JSON lists of texts in
        the file's metadata.

    Raises
    ------
    StoreError
        If the file cannot be read.
    InputError
        If it is damaged, or a tensor's type is none of numpy's, such as bfloat16.
    MissingNeed
        If safetensors is not installed.
    """
    library = optional("safetensors", "reading safetensors files", "train")
    try:
        with library.safe_open(path, framework="numpy") as opened:
            arrays = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
            texts = opened.metadata() or {}
    except OSError as error:
        raise StoreError(f"cannot read {path}", got=error.strerror or str(error)) from error
    except (library.SafetensorError, TypeError, AttributeError, KeyError) as error:
        raise InputError(
            f"{path} cannot be used as safetensors",
            got=str(error),
            allowed="float16, float32, float64 and integers",
        ) from error
    keys = [key for key in ("factor_names", "factor_kinds") if key in texts]
    words = {key: _words(path, key, texts[key]) for key in keys}
    return Content(format="safetensors", arrays=arrays | words)


def _words(path: Path, key: str, text: str) -> np.ndarray:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise InputError(
            f"{key} in the metadata of {path} cannot be read",
            got=text[:60],
            allowed='a JSON list of texts, such as ["shape", "scale"]',
        )
    return np.array([str(word) for word in found])
