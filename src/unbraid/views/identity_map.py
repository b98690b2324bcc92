"""Whether a learner has learned the samples, or to copy whatever it is given."""

import numpy as np

from unbraid.core.errors import InputError
from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation, View
from unbraid.views._decoding import decoder

_N_SHOWN = 6
# Enough for a share that does not change with the draw.
_N_MEASURED = 128
_KINDS = ("samples", "samples mixed", "noise")


def identity_map(
    representation: Representation, dataset: Dataset, rng: np.random.Generator
) -> View:
    """Show what is decoded from the codes of samples, and of what is unlike any sample.

    A learner that has learned the samples gives back samples alone; one that has learned the
    identity copies whatever it is given.

    Parameters
    ----------
    representation
        The representation; it must encode and decode.
    dataset
        The samples, images or vectors.
    rng
        Draws 128 samples, mixes them by taking each pixel, or feature, from another one, and draws
        noise, uniform between the least and the greatest that each pixel was seen to be.

    Returns
    -------
    View
        For images six of each kind above what is decoded from their codes; for vectors a point
        per feature, given against decoded. The caption has the share of each kind's variance that
        is lost, which is 0 where everything is copied.

    Raises
    ------
    Undefined
        If the representation cannot encode or cannot decode, if it refuses to encode what is no
        sample, or if there is one sample.

    Examples
    --------
    >>> images = np.random.default_rng(0).uniform(size=(20, 8, 8))
    >>> data = Dataset(name="noise", images=images, source="numpy", fingerprint="0")
    >>> flat = Representation(codes=images.reshape(20, -1), encode=lambda x: x.reshape(-1, 64),
    ...                       decode=lambda codes: codes.reshape(-1, 8, 8))
    >>> identity_map(flat, data, np.random.default_rng(0)).caption.partition(":")[2]
    ' 0% of samples, 0% of samples mixed, 0% of noise.'
    """
    decode = decoder(representation, dataset, rng)
    if representation.encode is None:
        raise Undefined("the learner cannot encode")
    if len(dataset) < 2:
        raise Undefined("one sample cannot be mixed with others")
    n = min(_N_MEASURED, len(dataset))
    chosen = np.asarray(dataset.images[np.sort(rng.choice(len(dataset), size=n, replace=False))])
    # What never varies is the same in all three: of that, nobody could learn the identity.
    given = [chosen, _mixed(chosen, rng), _noise(chosen, rng)]
    try:
        pairs = [(decode.shown(x), decode(representation.encode(x))) for x in given]
    except InputError as error:  # a learner of binary samples, for one
        raise Undefined(f"the learner takes samples alone: {error}") from error
    lost = ", ".join(
        f"{100 * _lost(*pair):.0f}% of {kind}" for kind, pair in zip(_KINDS, pairs, strict=True)
    )
    caption = (
        "What is decoded from the codes of samples, of samples whose every pixel is taken from "
        "another one, and of noise. Who has learned the samples gives back no more than samples; "
        f"who has learned the identity copies all. Lost of the variance: {lost}."
    )
    return (_pictures if decode.has_pictures else _points)(pairs, caption)


def _mixed(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return samples of which each number is taken from another sample, at the same place."""
    return rng.permuted(samples, axis=0)


def _noise(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return uniform noise, at each place between the least and the greatest that was seen."""
    low, high = samples.min(axis=0), samples.max(axis=0)
    if samples.dtype.kind in "iu":
        return rng.integers(low, high, size=samples.shape, dtype=samples.dtype, endpoint=True)
    return rng.uniform(low, high, size=samples.shape).astype(samples.dtype)


def _lost(given: np.ndarray, decoded: np.ndarray) -> float:
    """Return the share of the variance around the mean that is not given back."""
    variance = ((given - given.mean(axis=0)) ** 2).sum()
    return float(((given - decoded) ** 2).sum() / variance) if variance else 0.0


def _pictures(pairs: list[tuple[np.ndarray, np.ndarray]], caption: str) -> View:
    rows = [row[:_N_SHOWN] for pair in pairs for row in pair]
    names = [name for kind in _KINDS for name in (kind, "decoded")]
    return View(
        name="identity_map",
        title="Learned, or copied?",
        caption=caption,
        kind="images",
        arrays={"rows": np.stack(rows), "row_names": np.array(names)},
    )


def _points(pairs: list[tuple[np.ndarray, np.ndarray]], caption: str) -> View:
    points = [np.stack([x[:_N_SHOWN].ravel(), y[:_N_SHOWN].ravel()], axis=1) for x, y in pairs]
    return View(
        name="identity_map",
        title="Learned, or copied?",
        caption=caption.replace("pixel", "feature"),
        kind="scatter",
        arrays={
            "points": np.concatenate(points),
            "groups": np.repeat(np.arange(len(points)), [len(part) for part in points]),
            "group_names": np.array(_KINDS),
            "axis_names": np.array(["given", "decoded"]),
        },
    )
