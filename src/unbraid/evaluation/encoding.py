"""The codes that anything fitted makes of a data set."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from unbraid.core import checks
from unbraid.core.errors import InputError
from unbraid.core.rng import stream
from unbraid.core.values import Dataset, Representation

# The study learns from 10,000 samples and holds 5,000 out.
N_ROWS = 15_000
_CHUNK = 2000

Encode = Callable[[np.ndarray], np.ndarray]


def is_encoder(thing: object) -> bool:
    """Return whether something can make codes of samples.

    Parameters
    ----------
    thing
        Anything.

    Returns
    -------
    bool
        True for what has a method ``transform``, and for functions.

    Examples
    --------
    >>> is_encoder(np.tanh), is_encoder(np.zeros((2, 2)))
    (True, False)
    """
    return callable(getattr(thing, "transform", None)) or callable(thing)


def represent(
    encoder: Any,  # noqa: ANN401 (a transformer of any library, or a function)
    dataset: Dataset,
    *,
    n_rows: int = N_ROWS,
    seed: int = 0,
) -> Representation:
    """Encode a data set by anything fitted.

    Parameters
    ----------
    encoder
        A fitted transformer, such as any of scikit-learn's, or a function of samples that returns
        codes (n, d). A transformer that takes no images is given them as vectors.
    dataset
        The data set.
    n_rows
        How many samples are encoded at most, drawn at random without replacement, >= 1.
    seed
        Draws the samples.

    Returns
    -------
    Representation
        The codes with the factors, names and kinds of the data set. Where the data set can render,
        scores that intervene on factors encode samples of their own.

    Raises
    ------
    InputError
        If the encoder is none, or returns no table with a row per sample.

    Examples
    --------
    >>> from sklearn.decomposition import PCA
    >>> rng = np.random.default_rng(0)
    >>> data = Dataset(name="toy", images=rng.random((20, 3, 3)), source="noise", fingerprint="0")
    >>> pca = PCA(2).fit(data.images.reshape(20, 9))
    >>> represent(pca, data).codes.shape
    (20, 2)
    """
    if not is_encoder(encoder):
        raise InputError(
            "codes of a data set need an encoder",
            got=f"a {type(encoder).__name__}",
            allowed="a fitted transformer, or a function of samples",
        )
    rows = np.arange(len(dataset))
    if len(rows) > n_rows:
        rows = np.sort(stream(seed, "rows").permutation(len(rows))[:n_rows])
    encode = _encode(encoder, np.asarray(dataset.images[rows[:2]]))
    parts = [encode(np.asarray(dataset.images[rows[start : start + _CHUNK]]))
             for start in range(0, len(rows), _CHUNK)]  # fmt: skip
    render = dataset.render
    given = Representation(
        codes=np.concatenate(parts),
        factors=None if dataset.factors is None else dataset.factors[rows],
        factor_names=dataset.factor_names,
        factor_kinds=dataset.factor_kinds,
        encode=encode,
        spec={"dataset": dataset.name, "encoder": type(encoder).__name__},
    )
    if render is None:
        return given
    return replace(given, sample_codes=lambda factors, rng: encode(render(factors, rng)))


def _encode(encoder: Any, few: np.ndarray) -> Encode:  # noqa: ANN401
    """Return the encoder as a function, which flattens images if only vectors are taken."""
    transform = getattr(encoder, "transform", None)
    call = transform if callable(transform) else encoder
    flattens = False
    if callable(transform) and few.ndim > 2:
        try:
            call(few)
        except ValueError:
            flattens = True

    def encode(samples: np.ndarray) -> np.ndarray:
        codes = call(samples.reshape(len(samples), -1) if flattens else samples)
        try:
            array = np.asarray(codes)
        except (RuntimeError, TypeError) as error:  # a tensor that holds its history
            raise InputError(
                "the encoder must return an array",
                got=f"a {type(codes).__name__}: {error}",
                hint="returning codes.detach().cpu().numpy()",
            ) from error
        table = checks.table("codes", array).astype(np.float64, copy=False)
        if len(table) != len(samples):
            raise InputError(
                "the encoder must return a row of codes per sample",
                got=f"{len(table)} rows for {len(samples)} samples",
            )
        return table

    return encode
