"""What each cause of a noisy-OR network shows."""

import numpy as np

from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation, View

# More do not fit a page; the most frequent causes are shown, and what they show most clearly.
_MOST_CAUSES = 16
_MOST_FINDINGS = 24
# How far chances may be from what a noisy-OR network would give.
_TOLERANCE = 1e-6
_N_TRIED = 16


def findings(representation: Representation, dataset: Dataset, rng: np.random.Generator) -> View:
    """Show the chance of each finding if one cause alone is present.

    Parameters
    ----------
    representation
        The representation; its codes must be chances of causes, and it must decode them to
        chances of findings as a noisy-OR network does.
    dataset
        Gives the shape of a sample.
    rng
        Draws the combinations of causes on which it is checked that they act independently.

    Returns
    -------
    View
        For images a picture per cause, from the most frequent to the rarest; for vectors a row
        per cause with the findings that it makes likeliest.

    Raises
    ------
    Undefined
        If the representation cannot decode, or decodes otherwise than a noisy-OR network.

    Examples
    --------
    >>> failures = np.array([[0.1, 1.0], [1.0, 0.2]])
    >>> def decode(codes):
    ...     return 1 - (1 - codes[:, :, None] * (1 - failures)).prod(axis=1)
    >>> codes = np.array([[0.9, 0.0], [0.2, 1.0], [1.0, 0.1]])
    >>> data = Dataset(name="two", images=np.eye(3)[:, :2], source="-", fingerprint="0")
    >>> view = findings(Representation(codes=codes, decode=decode), data, np.random.default_rng(0))
    >>> view.arrays["matrix"].round(2).tolist()
    [[0.9, 0.0], [0.0, 0.8]]
    """
    if representation.decode is None:
        raise Undefined("the learner cannot decode")
    codes = np.asarray(representation.codes, dtype=np.float64)
    # What is stored as float32 may be out of range by a rounding.
    if not ((codes >= -_TOLERANCE) & (codes <= 1 + _TOLERANCE)).all():
        raise Undefined("the codes are not chances of causes")
    alone = _alone(representation.decode, codes.shape[1], rng)
    often = np.argsort(-codes.mean(axis=0), kind="stable")[:_MOST_CAUSES]
    shape = tuple(dataset.images.shape[1:])
    names = np.array([f"code {cause} ({codes[:, cause].mean():.0%})" for cause in often])
    some = "" if len(often) == codes.shape[1] else f" The {len(often)} most frequent are shown."
    if len(shape) in (2, 3):
        return _pictures(alone[often].reshape(-1, *shape), some)
    return _table(alone[often], names, some)


def _alone(decode: object, k: int, rng: np.random.Generator) -> np.ndarray:
    """Return the chances of findings of each cause alone, (k, findings), if causes combine so."""
    assert callable(decode)
    each = _chances(decode(np.eye(k)))
    leak = 1.0 - _chances(decode(np.zeros((1, k))))
    tried = rng.integers(0, 2, size=(_N_TRIED, k)).astype(np.float64)
    together = 1.0 - _chances(decode(tried))
    # P(absent | z) leak^(sum z - 1) = prod P(absent | each of z alone).
    product = np.where(tried[:, :, None] > 0, 1.0 - each, 1.0).prod(axis=1)
    expected = together * leak ** np.maximum(tried.sum(axis=1, keepdims=True) - 1.0, 0.0)
    product = np.where(tried.any(axis=1, keepdims=True), product, leak)
    if np.abs(product - expected).max() > _TOLERANCE:
        raise Undefined("the learner does not decode as a noisy-OR network")
    return each


def _chances(decoded: np.ndarray) -> np.ndarray:
    flat = np.asarray(decoded, dtype=np.float64).reshape(len(decoded), -1)
    if not ((flat >= 0.0) & (flat <= 1.0)).all():
        raise Undefined("the learner does not decode to chances of findings")
    return flat


def _pictures(pictures: np.ndarray, some: str) -> View:
    return View(
        name="findings",
        title="What each cause shows",
        caption="The chance of each pixel if one cause alone is present, from the most frequent "
        f"cause to the rarest.{some}",
        kind="images",
        arrays={"rows": pictures[None], "row_names": np.array(["cause alone"])},
    )


def _table(alone: np.ndarray, names: np.ndarray, some: str) -> View:
    clearest = np.sort(np.argsort(-alone.max(axis=0), kind="stable")[:_MOST_FINDINGS])
    few = "" if len(clearest) == alone.shape[1] else f" {len(clearest)} findings are shown."
    return View(
        name="findings",
        title="What each cause shows",
        caption="The chance of each finding if one cause alone is present; in brackets how often "
        f"the cause is thought to be there.{some}{few}",
        kind="heatmap",
        arrays={
            "matrix": alone[:, clearest],
            "row_names": names,
            "column_names": np.array([f"finding {finding}" for finding in clearest]),
            "top": np.array(1.0),
        },
    )
