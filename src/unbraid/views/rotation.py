"""What the mutual information gap says of codes that are turned."""

import numpy as np

from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation, View
from unbraid.numerics.discrete import discrete
from unbraid.numerics.information import entropies, mutual_information
from unbraid.numerics.matrices import top_gaps
from unbraid.numerics.rotations import turned_in_pairs

_DEGREES = np.linspace(0, 90, 19)
# Enough for a gap to two digits, and a tenth of a second for ten codes.
_MOST_SAMPLES = 5000


def rotation(
    representation: Representation,
    dataset: Dataset,  # noqa: ARG001 (every view takes the same)
    rng: np.random.Generator,  # noqa: ARG001 (every view takes the same)
) -> View:
    """Turn pairs of codes in their plane, and draw the mutual information gap over the angle.

    The codes that vary most are paired, first with second and so on, after each is scaled to
    unit variance.

    Parameters
    ----------
    representation
        The codes and their factors.
    dataset
        Not used.
    rng
        Not used.

    Returns
    -------
    View
        A line per factor and their mean, the score MIG, over 19 angles from 0 to 90 degrees. At
        90 degrees partners have swapped places, and the gaps are back where they were.

    Raises
    ------
    Undefined
        If there are no factors that vary, fewer than two codes that do, or codes that are not
        finite.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(8, size=(1000, 2))
    >>> data = Dataset(name="none", images=factors, source="-", fingerprint="0")
    >>> codes = Representation(codes=factors * 1.0, factors=factors)
    >>> mig = rotation(codes, data, np.random.default_rng(0)).arrays["y"][-1]
    >>> mig[[0, 9, 18]].round(1)
    array([1., 0., 1.])
    """
    if representation.factors is None:
        raise Undefined("the factors are not known")
    codes = _scaled(np.asarray(representation.codes[:_MOST_SAMPLES], dtype=np.float64))
    found = discrete(representation.factors[:_MOST_SAMPLES])
    factors = representation.factors[:_MOST_SAMPLES][:, found.varied]
    entropy = entropies(factors)
    gaps = np.stack(
        [
            top_gaps(mutual_information(turned_in_pairs(codes, angle), factors)) / entropy
            for angle in np.radians(_DEGREES)
        ],
        axis=1,
    )
    given = representation.factor_names or range(len(found.varied))
    names = [f"{name}" for name, varied in zip(given, found.varied, strict=True) if varied]
    return View(
        name="rotation",
        title="What a rotation does",
        caption="The mutual information gap of each factor when codes are turned in pairs, the "
        "two that vary most first. A model whose codes are drawn from N(0, I), and whose decoder "
        "turns them back, fits the samples as well at every angle: what the likelihood cannot "
        "see, the score depends on. A line that hardly moves belongs to codes that had no axis "
        "of their own.",
        kind="lines",
        arrays={
            "x": _DEGREES,
            "y": np.vstack([gaps, gaps.mean(axis=0)]),
            "series_names": np.array([*names, "mean (MIG)"]),
            "axis_names": np.array(["angle in degrees", "gap"]),
        },
    )


def _scaled(codes: np.ndarray) -> np.ndarray:
    """Return the codes that vary, widest first, each with unit variance."""
    if not np.isfinite(codes).all():
        raise Undefined("some codes are not finite")
    spread = codes.std(axis=0)
    order = np.argsort(-spread, kind="stable")[: int((spread > 0).sum())]
    if len(order) < 2:
        raise Undefined("fewer than two codes vary")
    return np.asarray((codes[:, order] - codes[:, order].mean(axis=0)) / spread[order])
