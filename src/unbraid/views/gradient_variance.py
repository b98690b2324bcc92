"""How noisy the gradients are that a decoder would be trained by."""

from collections.abc import Callable

import numpy as np

from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation, View

_MOST_CODES = 32
_N_DIMENSIONS, _N_PLACES, _N_DRAWS = 6, 2, 192
# A code that varies less than this share of the widest one is not drawn.
_LEAST = 0.01
# Of a standard deviation; the slope is taken between two points so far to either side.
_STEP = 1e-3


def gradient_variance(
    representation: Representation,
    dataset: Dataset,  # noqa: ARG001 (every view takes the same)
    rng: np.random.Generator,
) -> View:
    """Draw how the variance of gradients grows with the number of codes that are drawn.

    The cost is how far the decoded sample moves, |decode(h) - decode(mean)|^2, where h is normal
    around the codes of a sample and as wide as codes are; it is scaled to d on average. Were the
    decoder a rotation, it would be |h|^2 in d dimensions, whose gradients have known variances.

    Parameters
    ----------
    representation
        The representation; it must decode.
    dataset
        Not used.
    rng
        Draws the samples and the codes around theirs.

    Returns
    -------
    View
        Lines over the number of codes d, the widest first: the common logarithm of the variance
        of a gradient in one mean, of the score function, of the score function less the best
        constant, and reparametrised; and of each what it is at |h|^2, (d + 2)(d + 4), 2(d + 2)
        and 4. Each takes one evaluation of the decoder.

    Raises
    ------
    Undefined
        If the representation cannot decode, no code varies, or what is decoded does not change.

    References
    ----------
    Mohamed, Rosca, Figurnov and Mnih (2020), Monte Carlo gradient estimation in machine learning,
    arXiv:1906.10652, section 3.

    Examples
    --------
    >>> codes = np.random.default_rng(0).normal(size=(500, 3))
    >>> data = Dataset(name="none", images=codes, source="-", fingerprint="0")
    >>> turned = Representation(codes=codes, decode=lambda h: h[:, ::-1])
    >>> view = gradient_variance(turned, data, np.random.default_rng(0))
    >>> view.arrays["x"], (10 ** view.arrays["y"][3:]).round().astype(int).tolist()
    (array([1, 2, 3]), [[15, 24, 35], [6, 8, 10], [4, 4, 4]])
    """
    if representation.decode is None:
        raise Undefined("the learner cannot decode")
    codes = np.asarray(representation.codes, dtype=np.float64)
    spread = codes.std(axis=0)
    widest = np.argsort(-spread, kind="stable")[:_MOST_CODES]
    widest = widest[spread[widest] > _LEAST * spread.max()]
    if len(widest) == 0:
        raise Undefined("no code varies")
    d = np.unique(np.geomspace(1, len(widest), _N_DIMENSIONS).round().astype(int))
    places = codes[rng.choice(len(codes), size=_N_PLACES)]
    measured = np.mean(
        [
            [_variances(representation.decode, at, spread, widest[:k], rng) for k in d]
            for at in places
        ],
        axis=0,
    )
    exact = np.stack([(d + 2) * (d + 4), 2 * (d + 2), np.full(len(d), 4)], axis=1)
    names = ("score function", "less a constant", "reparametrised")
    formulas = ("(d + 2)(d + 4)", "2(d + 2)", "4")
    return View(
        name="gradient_variance",
        title="How noisy gradients are",
        caption="The variance of a gradient in the mean of one code, when the widest codes are "
        "drawn around those of a sample and the cost is how far the decoded sample moves, scaled "
        "to their number d: of the score function, of the same less the best constant, and "
        "reparametrised. The formulas say what each is of a decoder that only turns codes. Each "
        "takes one evaluation of the decoder.",
        kind="lines",
        arrays={
            "x": d,
            "y": np.log10(np.concatenate([measured, exact], axis=1).T),
            "series_names": np.array([*names, *formulas]),
            "axis_names": np.array(["codes that are drawn, d", "variance, power of ten"]),
        },
    )


def _variances(
    decode: Callable[[np.ndarray], np.ndarray],
    at: np.ndarray,
    spread: np.ndarray,
    drawn: np.ndarray,
    rng: np.random.Generator,
) -> tuple[float, float, float]:
    """Return the variances of the three gradients, in units of the codes' own spread."""
    d = len(drawn)
    here = decode(at[None]).reshape(1, -1)
    noise = rng.normal(size=(_N_DRAWS, d))
    # One coordinate of each draw is enough for the slope.
    chosen = rng.integers(d, size=_N_DRAWS)
    step = np.zeros_like(noise)
    step[np.arange(_N_DRAWS), chosen] = _STEP

    def cost(around: np.ndarray) -> np.ndarray:
        h = np.repeat(at[None], len(around), axis=0)
        h[:, drawn] += spread[drawn] * around
        moved = np.asarray(decode(h), dtype=np.float64).reshape(len(h), -1) - here
        return np.asarray(np.square(moved).sum(axis=1))

    found = cost(noise)
    if not found.mean() > 0:
        raise Undefined("what is decoded does not change with the codes")
    scale = d / found.mean()
    found = scale * found[:, None]
    best = (found * noise**2).mean(axis=0) / (noise**2).mean(axis=0)
    slopes = scale * (cost(noise + step) - cost(noise - step)) / (2 * _STEP)
    return (
        float((found * noise).var(axis=0).mean()),
        float(((found - best) * noise).var(axis=0).mean()),
        float(slopes.var()),
    )
