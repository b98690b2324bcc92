"""What codes should beat: the raw input itself, and what needs no learning to make of it."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from unbraid.core.errors import InputError
from unbraid.core.rng import integer_seed, stream
from unbraid.core.values import Representation, Samples
from unbraid.evaluation.same_rows import differing

# Raw input of more features than this is no code: it would cost more than all else together.
MOST_FEATURES = 128


def input_controls(
    representations: Mapping[str, Representation], samples: Samples, *, seed: int = 0
) -> tuple[dict[str, Representation], str | None]:
    """Make codes of the raw input that others should beat.

    Parameters
    ----------
    representations
        The contenders, whose rows are those samples; their factors are taken, and the greatest
        number of their codes.
    samples
        The raw input, shape (n, ...): the samples of the codes, followed by the held-out ones
        where there are such.
    seed
        Fixes the random projection.

    Returns
    -------
    controls : dict
        ``raw`` (unless it has more than 128 features), ``pca`` and ``random_projection`` of the
        raw input, with as many codes as the widest contender where there are as many features.
    note : str or None
        Why one is missing.

    Raises
    ------
    InputError
        If the number of samples is not that of the codes, the contenders have not the same
        factors, or samples are not finite numbers.

    References
    ----------
    Johnson and Lindenstrauss (1984), Extensions of Lipschitz mappings into a Hilbert space,
    doi:10.1090/conm/026/737400: what a random projection keeps.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> pixels = rng.normal(size=(30, 200))
    >>> codes = Representation(codes=pixels[:, :2], factors=np.arange(30)[:, None] % 3)
    >>> controls, note = input_controls({"mine": codes}, pixels)
    >>> sorted(controls), controls["pca"].codes.shape
    (['pca', 'random_projection'], (30, 2))
    >>> note
    'raw input of 200 features is no control: more than 128'
    """
    from sklearn.decomposition import PCA
    from sklearn.random_projection import GaussianRandomProjection

    like = next(iter(representations.values()))
    _check(representations, like)
    n = len(like.codes)
    flat = _flat(samples, n + (0 if like.codes_test is None else len(like.codes_test)))
    width = max(each.codes.shape[1] for each in representations.values())
    rng = stream(seed, "controls")
    fitted = {
        "pca": PCA(min(width, *flat[:n].shape), random_state=integer_seed(rng)),
        "random_projection": GaussianRandomProjection(
            min(width, flat.shape[1]), random_state=integer_seed(rng)
        ),
    }
    made = {name: each.fit(flat[:n]).transform(flat) for name, each in fitted.items()}
    note = None
    if flat.shape[1] > MOST_FEATURES:
        note = f"raw input of {flat.shape[1]} features is no control: more than {MOST_FEATURES}"
    else:
        made = {"raw": flat} | made
    return {name: _with_codes(like, codes) for name, codes in made.items()}, note


def _check(representations: Mapping[str, Representation], like: Representation) -> None:
    for name, each in representations.items():
        # Samples of a pool are none of those that are given: controls have none.
        other = [key for key in differing(each, like) if key != "pool_factors"]
        if other:
            raise InputError(
                "the raw input must be that of all contenders",
                got=f"other {other[0]} in {name}",
                hint="comparing those of one data set at a time",
            )


def _flat(samples: Samples, n: int) -> np.ndarray:
    if len(samples) != n:
        raise InputError(
            "the raw input must have one sample per row of codes, held-out rows last",
            got=f"{len(samples)} samples and {n} rows",
        )
    whole = np.asarray(samples[:])
    if whole.dtype.kind not in "biuf" or not np.isfinite(whole).all():
        raise InputError("the raw input must be finite numbers", got=f"{whole.dtype}")
    return whole.reshape(n, -1).astype(np.float64)


def _with_codes(like: Representation, codes: np.ndarray) -> Representation:
    n = len(like.codes)
    # Other samples than these cannot be encoded, so none intervene.
    return replace(
        like,
        codes=codes[:n],
        codes_test=None if like.codes_test is None else codes[n:],
        pool_codes=None,
        pool_factors=None,
        sample_codes=None,
    )
