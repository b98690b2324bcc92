"""Samples beside what is decoded from their codes."""

import numpy as np

from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation, View
from unbraid.views._decoding import decoder

_N_SAMPLES = 12


def reconstructions(
    representation: Representation, dataset: Dataset, rng: np.random.Generator
) -> View:
    """Show samples drawn at random beside what is decoded from their codes.

    Parameters
    ----------
    representation
        The representation; it must encode and decode.
    dataset
        The samples, images or vectors.
    rng
        Draws 12 samples.

    Returns
    -------
    View
        For images a row of originals above a row of reconstructions; for vectors a point per
        feature of each sample, original against reconstruction.

    Raises
    ------
    Undefined
        If the representation cannot encode or cannot decode.

    Examples
    --------
    >>> images = np.eye(8)[None].repeat(20, axis=0)
    >>> data = Dataset(name="eyes", images=images, source="numpy", fingerprint="0")
    >>> flat = Representation(codes=images.reshape(20, -1), encode=lambda x: x.reshape(-1, 64),
    ...                       decode=lambda codes: codes.reshape(-1, 8, 8))
    >>> reconstructions(flat, data, np.random.default_rng(0)).arrays["rows"].shape
    (2, 12, 8, 8)
    """
    decode = decoder(representation, dataset, rng)
    if representation.encode is None:
        raise Undefined("the learner cannot encode")
    n = min(_N_SAMPLES, len(dataset))
    chosen = np.sort(rng.choice(len(dataset), size=n, replace=False))
    originals = np.asarray(dataset.images[chosen])
    decoded = decode(representation.encode(originals))
    return (_pictures if decode.has_pictures else _points)(decode.shown(originals), decoded)


def _pictures(originals: np.ndarray, decoded: np.ndarray) -> View:
    return View(
        name="reconstructions",
        title="Reconstructions",
        caption=f"{len(originals)} samples drawn at random, each above what is decoded from its "
        "codes.",
        kind="images",
        arrays={
            "rows": np.stack([originals, decoded]),
            "row_names": np.array(["original", "reconstruction"]),
        },
    )


def _points(originals: np.ndarray, decoded: np.ndarray) -> View:
    points = np.stack([originals.ravel(), decoded.ravel()], axis=1)
    return View(
        name="reconstructions",
        title="Reconstructions",
        caption=f"{len(originals)} samples drawn at random: one point per feature of each, the "
        "original across and what is decoded from the codes upwards.",
        kind="scatter",
        arrays={
            "points": points,
            "groups": np.zeros(len(points), dtype=np.int64),
            "group_names": np.array(["feature"]),
            "axis_names": np.array(["original", "reconstruction"]),
        },
    )
