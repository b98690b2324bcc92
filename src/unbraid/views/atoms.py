"""What each code stands for, where decoding is linear: atoms, components, basis functions."""

import numpy as np

from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation, View
from unbraid.views._decoding import decoder

_COLUMNS = 12
_MOST = 16 * _COLUMNS
# By how much of the largest answer a linear decoder may miss linearity, in float32.
_ROUNDING = 1e-3


def atoms(representation: Representation, dataset: Dataset, rng: np.random.Generator) -> View:
    """Show what one unit of each code adds to a sample, where it always adds the same.

    Parameters
    ----------
    representation
        The representation; it must decode, and linearly.
    dataset
        The samples, images or vectors.
    rng
        Draws the codes that linearity is tried with.

    Returns
    -------
    View
        Up to 192 atoms, those with the largest part in the samples first, each scaled to its
        largest entry: for images as pictures in which grey is zero, for vectors as rows of a
        heat map.

    Raises
    ------
    Undefined
        If the representation cannot decode, or does not decode linearly.

    References
    ----------
    Olshausen & Field (1996), "Emergence of simple-cell receptive field properties by learning a
    sparse code for natural images", doi:10.1038/381607a0, figure 4.

    Examples
    --------
    >>> data = Dataset(name="one", images=np.ones((9, 3)), source="numpy", fingerprint="0")
    >>> linear = Representation(codes=np.ones((9, 2)), decode=lambda h: h @ np.eye(2, 3))
    >>> atoms(linear, data, np.random.default_rng(0)).arrays["matrix"]
    array([[1., 0., 0.],
           [0., 1., 0.]])
    """
    shape = decoder(representation, dataset, rng).sample_shape
    found = _responses(representation, rng)
    parts = representation.codes.std(axis=0) * np.linalg.norm(found, axis=1)
    order = np.argsort(-parts, kind="stable")[:_MOST]
    largest = np.abs(found[order]).max(axis=1, keepdims=True)
    scaled = found[order] / np.where(largest > 0, largest, 1.0)
    caption = (
        f"What one unit of a code adds to a sample, {len(order)} of {len(found)} codes, those "
        "with the largest part in the samples first; each scaled to its largest entry."
    )
    if len(shape) in (2, 3):
        return _pictures(scaled.reshape(-1, *shape), caption)
    return View(
        name="atoms",
        title="Atoms",
        caption=caption,
        kind="heatmap",
        arrays={
            "matrix": scaled.reshape(len(scaled), -1),
            "row_names": np.array([f"code {code}" for code in order]),
            "column_names": np.array([f"feature {f}" for f in range(found.shape[1])]),
        },
    )


def _responses(representation: Representation, rng: np.random.Generator) -> np.ndarray:
    """Return what each code adds, (codes, features), after a try that decoding is linear."""
    decode = representation.decode
    assert decode is not None, "decoder() has made sure of it"
    d = representation.codes.shape[1]
    scale = np.where(representation.codes.std(axis=0) > 0, representation.codes.std(axis=0), 1.0)
    tries = rng.normal(size=(8, d)) * scale + representation.codes.mean(axis=0)
    asked = np.concatenate([np.zeros((1, d)), np.diag(scale), tries])
    answers = np.asarray(decode(asked), dtype=np.float64).reshape(len(asked), -1)
    base, each = answers[0], (answers[1 : d + 1] - answers[0]) / scale[:, None]
    missed = np.abs(base + tries @ each - answers[d + 1 :]).max()
    if not missed <= _ROUNDING * np.abs(answers).max():
        raise Undefined("what a code adds to a sample depends on the other codes")
    return np.asarray(each)


def _pictures(scaled: np.ndarray, caption: str) -> View:
    """Arrange atoms (m, h, w[, ch]) in [-1, 1] in rows; grey fills the last."""
    columns = min(_COLUMNS, len(scaled))
    rows = -(-len(scaled) // columns)
    grid = np.full((rows * columns, *scaled.shape[1:]), 0.5, dtype=np.float32)
    grid[: len(scaled)] = 0.5 + 0.5 * scaled
    return View(
        name="atoms",
        title="Atoms",
        caption=f"{caption} Grey is zero.",
        kind="images",
        arrays={
            "rows": grid.reshape(rows, columns, *scaled.shape[1:]),
            "row_names": np.array([""] * rows),
        },
    )
