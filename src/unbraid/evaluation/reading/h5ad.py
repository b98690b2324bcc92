"""HDF5 files: AnnData's .obsm and .obs, or the arrays of any other."""

from pathlib import Path
from typing import Any

import numpy as np

from unbraid.core.errors import InputError, StoreError
from unbraid.evaluation.reading._content import Content, optional


def read(path: Path) -> Content:
    """Read the embeddings and annotations of an AnnData file, or the arrays of another HDF5 file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Content
        For AnnData: the dense matrices of ``.obsm`` by key, the columns of ``.obs``, and the names
        of the observations. ``.X`` is not read. For another HDF5 file: its arrays.

    Raises
    ------
    StoreError
        If the file cannot be read.
    InputError
        If it is damaged.
    MissingNeed
        If h5py is not installed.

    References
    ----------
    Virshup et al. (2024), anndata: Access and store annotated data matrices,
    doi:10.21105/joss.04371; its on-disk format, versions 0.1 and 0.2.
    """
    library = optional("h5py", "reading h5ad files", "anndata")
    try:
        if not library.is_hdf5(path):
            path.open("rb").close()  # tells a missing file from a damaged one
            raise InputError(f"{path} is truncated or damaged", got="no HDF5 file")
        with library.File(path, "r") as file:
            if "obs" not in file:
                found = {k: v[()] for k, v in file.items() if isinstance(v, library.Dataset)}
                return Content(format="HDF5", arrays={k: _plain(v) for k, v in found.items()})
            return _anndata(file, library)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        if error.errno is None:  # h5py's word for a damaged file
            raise InputError(f"{path} is truncated or damaged", got=str(error)) from error
        raise StoreError(f"cannot read {path}", got=error.strerror or str(error)) from error


def _anndata(file: Any, library: Any) -> Content:  # noqa: ANN401 (h5py has no types)
    arrays: dict[str, np.ndarray] = {}
    unread: dict[str, str] = {}
    for key, value in file.get("obsm", {}).items():
        if isinstance(value, library.Dataset) and value.ndim == 2:
            arrays[key] = np.asarray(value[()])
        else:
            unread[key] = _kind(value)
    obs = file["obs"]
    if isinstance(obs, library.Dataset):
        raise InputError(
            f"{file.filename} is of an AnnData older than 0.7",
            got="a compound .obs",
            hint="reading and writing it again with a newer anndata",
        )
    columns: dict[str, np.ndarray] = {}
    names = obs.attrs.get("_index", "_index")
    for key in obs:
        if key in (names, "__categories"):
            continue
        found = _column(obs, key, library)
        if found is None:
            unread[key] = _kind(obs[key])
        else:
            columns[key] = found
    ids = _plain(obs[names][()]) if names in obs else None
    return Content(format="h5ad", arrays=arrays, columns=columns, ids=ids, unread=unread)


def _kind(item: Any) -> str:  # noqa: ANN401
    """Return what an entry is; a group in anndata's word, such as csr_matrix or dataframe."""
    if hasattr(item, "ndim"):
        return f"array of {item.ndim} axes"
    return str(item.attrs.get("encoding-type", "group"))


def _column(obs: Any, key: str, library: Any) -> np.ndarray | None:  # noqa: ANN401
    item = obs[key]
    if isinstance(item, library.Dataset):
        if "categories" in item.attrs:  # as anndata 0.7 wrote them
            return _named(item[()], _plain(obs[item.attrs["categories"]][()]))
        return _plain(item[()])
    kind = item.attrs.get("encoding-type", "")
    if kind == "categorical":
        categories = item["categories"]
        if not isinstance(categories, library.Dataset):  # nullable texts
            categories = categories["values"]
        return _named(item["codes"][()], _plain(categories[()]))
    if kind.startswith("nullable-"):
        values, gone = _plain(item["values"][()]), item["mask"][()].astype(bool)
        if values.dtype.kind == "U":
            return np.where(gone, "", values)
        return np.where(gone, np.nan, values) if gone.any() else values
    return None


def _named(places: np.ndarray, categories: np.ndarray) -> np.ndarray:
    # A place of -1 is a missing value.
    if categories.dtype.kind != "U":
        filled = categories.astype(np.float64)[np.maximum(places, 0)]
        missing = places < 0
        return np.where(missing, np.nan, filled) if missing.any() else categories[places]
    return np.where(places < 0, "", categories[np.maximum(places, 0)])


def _plain(values: Any) -> np.ndarray:  # noqa: ANN401 (what h5py gives)
    array = np.asarray(values)
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8")
    if array.dtype.kind == "O":
        words = [
            each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each)
            for each in array.ravel()
        ]
        return np.array(words).reshape(array.shape)
    return array
