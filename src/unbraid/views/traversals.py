"""What each code does: move one, hold the others, decode."""

import numpy as np

from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation, View
from unbraid.views._decoding import decoder

_N_STEPS = 9
_N_SAMPLES = 2
# More than fit a page; the ones that vary most are shown, and the caption says so.
_MOST_CODES = 16
_RANGE = (2.0, 98.0)


def traversals(representation: Representation, dataset: Dataset, rng: np.random.Generator) -> View:
    """Move one code at a time over the range it was seen in, and decode.

    Parameters
    ----------
    representation
        The representation; it must decode.
    dataset
        The samples, images or vectors.
    rng
        Draws the samples whose codes are held.

    Returns
    -------
    View
        For images a slider per code, from its 2nd to its 98th percentile in 9 steps, each frame
        two samples one above the other; for vectors the change of each feature from the first
        to the last step, averaged over the samples.

    Raises
    ------
    Undefined
        If the representation cannot decode.

    Examples
    --------
    >>> data = Dataset(name="zeros", images=np.zeros((20, 8, 8)), source="-", fingerprint="0")
    >>> codes = np.random.default_rng(0).uniform(size=(20, 1))
    >>> bright = Representation(codes=codes, decode=lambda codes: codes[:, :, None] * np.eye(8))
    >>> view = traversals(bright, data, np.random.default_rng(0))
    >>> view.arrays["frames"].shape, view.arrays["positions"].shape
    ((1, 9, 16, 8), (1, 9))
    """
    decode = decoder(representation, dataset, rng)
    codes = np.asarray(representation.codes, dtype=np.float64)
    if not np.isfinite(codes).all():
        raise Undefined("some codes are not finite")
    held = codes[rng.choice(len(codes), size=min(_N_SAMPLES, len(codes)), replace=False)]
    shown = _shown_codes(codes)
    low, high = np.percentile(codes[:, shown], _RANGE, axis=0)
    positions = np.linspace(low, high, _N_STEPS, axis=1)
    moved = np.stack([_moved(held, code, at) for code, at in zip(shown, positions, strict=True)])
    decoded = np.stack([decode(batch.reshape(-1, codes.shape[1])) for batch in moved])
    decoded = decoded.reshape(*moved.shape[:3], *decode.sample_shape)
    some = "" if len(shown) == codes.shape[1] else _some(len(shown), codes.shape[1])
    names = np.array([f"code {code}" for code in shown])
    make = _slider if decode.has_pictures else _changes
    return make(decoded, positions, names, some)


def _shown_codes(codes: np.ndarray) -> np.ndarray:
    widest = np.argsort(-codes.var(axis=0), kind="stable")[:_MOST_CODES]
    return np.sort(widest)


def _some(shown: int, total: int) -> str:
    return f" The {shown} codes of {total} that vary most are shown."


def _moved(held: np.ndarray, code: np.intp, positions: np.ndarray) -> np.ndarray:
    """Return the held codes with one at each position, (steps, samples, d)."""
    moved = np.repeat(held[None], len(positions), axis=0)
    moved[:, :, code] = positions[:, None]
    return moved


def _slider(decoded: np.ndarray, positions: np.ndarray, names: np.ndarray, some: str) -> View:
    items, steps, samples, height, *rest = decoded.shape
    frames = decoded.reshape(items, steps, samples * height, *rest)
    who = "A sample's codes" if samples == 1 else f"The codes of {samples} samples"
    return View(
        name="traversals",
        title="Traversals",
        caption=f"{who} drawn at random, each code in turn moved from its 2nd to its 98th "
        f"percentile while the others are held.{some}",
        kind="slider",
        arrays={"frames": frames, "positions": positions, "item_names": names},
    )


def _changes(decoded: np.ndarray, positions: np.ndarray, names: np.ndarray, some: str) -> View:
    change = (decoded[:, -1] - decoded[:, 0]).mean(axis=1)
    features = np.array([f"feature {number}" for number in range(change.shape[1])])
    ends = [
        f"{name} ({at[0]:.2g} to {at[-1]:.2g})" for name, at in zip(names, positions, strict=True)
    ]
    return View(
        name="traversals",
        title="Traversals",
        caption="How much each feature changes when a code moves from its 2nd to its 98th "
        f"percentile and the others are held, averaged over {decoded.shape[2]} samples.{some}",
        kind="heatmap",
        arrays={"matrix": change, "row_names": np.array(ends), "column_names": features},
    )
