"""How the values of each code are distributed."""

import numpy as np

from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation, View

_N_BINS = 48
_MOST_CODES = 32


def code_histograms(
    representation: Representation,
    dataset: Dataset,  # noqa: ARG001 (every view takes the same)
    rng: np.random.Generator,  # noqa: ARG001 (every view takes the same)
) -> View:
    """Draw how the values of each code are distributed, on one axis.

    Parameters
    ----------
    representation
        The representation.
    dataset
        Not used.
    rng
        Not used.

    Returns
    -------
    View
        A line per code: the share of samples in each of 48 bins between the lowest and the
        highest value of any code. A code that says nothing is a single peak.

    Raises
    ------
    Undefined
        If there are more than 32 codes, or some are not finite.

    Examples
    --------
    >>> codes = np.random.default_rng(0).normal(size=(100, 3))
    >>> data = Dataset(name="none", images=codes, source="-", fingerprint="0")
    >>> view = code_histograms(Representation(codes=codes), data, np.random.default_rng(0))
    >>> view.arrays["y"].shape, view.arrays["y"].sum(axis=1).round(6)
    ((3, 48), array([1., 1., 1.]))
    """
    codes = np.asarray(representation.codes, dtype=np.float64)
    if codes.shape[1] > _MOST_CODES:
        raise Undefined(f"{codes.shape[1]} codes are too many lines for one picture")
    if not np.isfinite(codes).all():
        raise Undefined("some codes are not finite")
    edges = np.histogram_bin_edges(codes, bins=_N_BINS)
    counts = np.stack([np.histogram(code, bins=edges)[0] for code in codes.T])
    return View(
        name="code_histograms",
        title="Distribution of the codes",
        caption="The share of samples by value, a line per code. A code that carries nothing is "
        "a single peak.",
        kind="lines",
        arrays={
            "x": (edges[:-1] + edges[1:]) / 2,
            "y": counts / len(codes),
            "series_names": np.array([f"code {number}" for number in range(codes.shape[1])]),
            "axis_names": np.array(["value of the code", "share of samples"]),
        },
    )
