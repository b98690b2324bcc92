"""What every learner shares: input of any shape and size, batches, and saving without a pickle."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from unbraid.core.errors import InputError
from unbraid.core.progress import Listener, silent
from unbraid.core.rng import stream
from unbraid.core.values import Samples
from unbraid.learners import _saved

L = TypeVar("L", bound="Learner")

# One batch of samples is read and encoded at a time: about 32 MiB of float64.
_NUMBERS_PER_BATCH = 2**22
# What is learned from at once unless more is asked for: 256 MiB of float64.
_NUMBERS_PER_FIT = 2**25


class Learner(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """The base of every learner: a scikit-learn transformer from samples to codes.

    A subclass keeps its settings as constructor arguments and supplies

    - ``_fit(samples, folder, progress)``, which sets the fitted attributes, among them
      ``n_codes_``;
    - ``_encode(batch) -> codes (m, n_codes_)``;
    - ``_decode(codes) -> samples (m, ...)`` where the model can go back.

    Samples are an array, or anything that is indexed like one and lazily rendered, of shape
    (n, features), (n, height, width) or (n, height, width, channels).
    """

    # The fewest samples that can be learned from.
    _least_samples = 1

    n_codes_: int
    sample_shape_: tuple[int, ...]

    def fit(
        self: L,
        X: Any,  # noqa: ANN401 (arrays, frames, lists and lazy samples)
        y: object = None,  # noqa: ARG002 (scikit-learn passes it)
        *,
        folder: Path | None = None,
        progress: Listener = silent,
    ) -> L:
        """Learn from samples; what was learned before is forgotten.

        Parameters
        ----------
        X
            The samples, shape (n, ...).
        y
            Ignored.
        folder
            Where a training loop keeps its log and checkpoints; None to keep none.
        progress
            Who listens to how far it has come.

        Returns
        -------
        Learner
            Itself.

        Raises
        ------
        InputError
            If the samples or the settings cannot be used.
        """
        for name in _saved.fitted(self):
            delattr(self, name)
        samples = self._checked(X, reset=True)
        self.sample_shape_ = tuple(int(size) for size in samples.shape[1:])
        self._fit(samples, folder, progress)
        return self

    def transform(self, X: Any) -> np.ndarray:  # noqa: ANN401 (as in fit)
        """Encode samples, a batch at a time.

        Parameters
        ----------
        X
            The samples, shape (n, ...).

        Returns
        -------
        numpy.ndarray
            The codes, shape (n, n_codes_), float64.

        Raises
        ------
        InputError
            If the samples differ in shape from those learned from, or hold NaN or infinity.
        """
        check_is_fitted(self, "n_codes_")
        samples = self._checked(X, reset=False)
        codes = np.empty((len(samples), self.n_codes_))
        for place, batch in batches(samples):
            codes[place] = self._encode(batch)
        return codes

    @available_if(lambda self: hasattr(self, "_decode"))
    def inverse_transform(self, X: Any) -> np.ndarray:  # noqa: ANN401 (any array of codes)
        """Decode codes.

        Parameters
        ----------
        X
            The codes, shape (n, n_codes_).

        Returns
        -------
        numpy.ndarray
            The samples, in the shape of those learned from.

        Raises
        ------
        InputError
            If the codes are no table with ``n_codes_`` columns.
        """
        check_is_fitted(self, "n_codes_")
        try:
            codes = check_array(X, dtype=np.float64)
        except ValueError as error:
            raise _unusable("codes", error) from error
        if codes.shape[1] != self.n_codes_:
            raise InputError(
                "these codes are of another learner",
                got=f"{codes.shape[1]} codes per sample",
                allowed=f"{self.n_codes_}",
            )
        samples = self._decode(codes)
        return np.asarray(samples).reshape(len(codes), *self.sample_shape_)

    def save(self, folder: Path | str) -> None:
        """Save the fitted learner as ``config.json`` and ``arrays.npz``.

        Parameters
        ----------
        folder
            The folder, which is made if it is missing.

        Raises
        ------
        InputError
            If a setting is no plain value, such as a `numpy.random.RandomState`.
        StoreError
            If the folder cannot be written.
        """
        check_is_fitted(self, "n_codes_")
        _saved.write(self, Path(folder))

    @classmethod
    def load(cls: type[L], folder: Path | str) -> L:
        """Load a learner that was saved by `save`.

        Parameters
        ----------
        folder
            The folder.

        Returns
        -------
        Learner
            The fitted learner.

        Raises
        ------
        StoreError
            If a file is missing, damaged, or of another learner.
        """
        return _saved.read(cls, Path(folder))

    @property
    def _n_features_out(self) -> int:
        return self.n_codes_

    def _fit(self, samples: Samples, folder: Path | None, progress: Listener) -> None:
        raise NotImplementedError

    def _encode(self, batch: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _stream(self) -> np.random.Generator:
        """Return the random stream of a fit: fixed by an integer ``random_state``."""
        given = getattr(self, "random_state", None)
        if given is None:
            return np.random.default_rng()
        if isinstance(given, np.random.RandomState | np.random.Generator):
            draw = given.integers if isinstance(given, np.random.Generator) else given.randint
            given = draw(2**31)
        given = whole("random_state", given, at_least=0)
        return stream(given, type(self).__name__)

    def _checked(self, X: Any, *, reset: bool) -> Samples:  # noqa: ANN401
        least = self._least_samples if reset else 1
        lazy = _is_lazy(X)
        if lazy or (isinstance(X, np.ndarray) and X.ndim > 2):
            samples = X
            _check_images(samples, least, read=not lazy)
            if reset:
                self.n_features_in_ = int(np.prod(samples.shape[1:]))
        else:
            try:
                samples = validate_data(
                    self, X, reset=reset, dtype="numeric", ensure_min_samples=least
                )
            except ValueError as error:
                raise _unusable("samples", error) from error
        if not reset and tuple(samples.shape[1:]) != self.sample_shape_:
            raise InputError(
                "these samples have another shape than those learned from",
                got=tuple(samples.shape[1:]),
                allowed=self.sample_shape_,
            )
        return samples  # type: ignore[no-any-return]


def _is_lazy(X: object) -> bool:
    """Tell samples that are made when indexed from arrays, frames and sparse matrices."""
    strange = isinstance(X, np.ndarray) or issparse(X) or hasattr(X, "iloc")
    return not strange and isinstance(X, Samples) and len(X.shape) > 1


def _check_images(samples: Samples, least: int, *, read: bool) -> None:
    if np.dtype(samples.dtype).kind not in "biuf":
        raise InputError(
            "samples must be numbers",
            got=f"an array of {samples.dtype}",
            allowed="integers or floats",
        )
    if len(samples.shape) > 4 or 0 in samples.shape:
        raise InputError(
            "samples cannot be used",
            got=f"shape {tuple(samples.shape)}",
            allowed="(n, features), (n, height, width) or (n, height, width, channels)",
        )
    if len(samples) < least:
        raise InputError("too few samples", got=len(samples), allowed=f"{least} or more")
    if read:
        for _, batch in batches(samples):
            _check_finite(batch)


def _check_finite(batch: np.ndarray) -> None:
    if batch.dtype.kind == "f" and not np.isfinite(batch).all():
        raise InputError("samples hold NaN or infinity", allowed="finite numbers")


def _unusable(what: str, error: ValueError) -> InputError:
    return InputError(f"these {what} cannot be used", got=" ".join(str(error).split()))


def batches(samples: Samples, size: int | None = None) -> Iterator[tuple[slice, np.ndarray]]:
    """Read samples a batch at a time, in order.

    Parameters
    ----------
    samples
        The samples, shape (n, ...).
    size
        How many per batch; None for about 32 MiB as float64.

    Yields
    ------
    tuple of slice and numpy.ndarray
        The place of the batch and the batch itself, in the type that the samples have.

    Examples
    --------
    >>> [place.stop for place, _ in batches(np.zeros((5, 3)), size=2)]
    [2, 4, 5]
    """
    size = size or max(1, _NUMBERS_PER_BATCH // max(1, int(np.prod(samples.shape[1:]))))
    for start in range(0, len(samples), size):
        place = slice(start, min(start + size, len(samples)))
        batch = np.asarray(samples[place])
        if not isinstance(samples, np.ndarray):  # arrays are checked at the door
            _check_finite(batch)
        yield place, batch


def rows(batch: np.ndarray) -> np.ndarray:
    """Lay each sample out as a row of float64.

    Parameters
    ----------
    batch
        The samples, shape (m, ...).

    Returns
    -------
    numpy.ndarray
        Shape (m, features), C-contiguous.

    Examples
    --------
    >>> rows(np.zeros((2, 4, 4), dtype=np.uint8)).shape
    (2, 16)
    """
    return np.ascontiguousarray(batch.reshape(len(batch), -1), dtype=np.float64)


def some_rows(samples: Samples, most: int | None, rng: np.random.Generator) -> np.ndarray:
    """Read at most so many samples, drawn without replacement, as rows of float64.

    Parameters
    ----------
    samples
        The samples, shape (n, ...).
    most
        How many to read; None for as many as make 256 MiB.
    rng
        The stream to draw from.

    Returns
    -------
    numpy.ndarray
        Shape (min(n, most), features), in the order of the samples.

    Examples
    --------
    >>> some_rows(np.arange(8.0).reshape(4, 2), 2, np.random.default_rng(0)).shape
    (2, 2)
    """
    n, features = len(samples), int(np.prod(samples.shape[1:]))
    if most is None:
        most = max(1, _NUMBERS_PER_FIT // features)
    most = whole("max_samples", most)
    if n <= most and isinstance(samples, np.ndarray):
        return rows(samples)
    chosen = np.arange(n) if n <= most else np.sort(rng.choice(n, size=most, replace=False))
    table = np.empty((len(chosen), features))
    size = max(1, _NUMBERS_PER_BATCH // features)
    for start in range(0, len(chosen), size):
        place = slice(start, start + size)
        batch = np.asarray(samples[chosen[place]])
        _check_finite(batch)
        table[place] = rows(batch)
    return table


def refuse_constant(table: np.ndarray) -> None:
    """Refuse rows that are all equal: nothing can be learned from them.

    Parameters
    ----------
    table
        The samples as rows, shape (n, features).

    Raises
    ------
    InputError
        If no feature varies.

    Examples
    --------
    >>> refuse_constant(np.eye(2))
    """
    if not np.ptp(table, axis=0).any():
        raise InputError(
            "these samples do not vary", got=f"{len(table)} equal samples", hint="other samples"
        )


def whole(name: str, value: Any, at_least: int = 1, at_most: int | None = None) -> int:  # noqa: ANN401
    """Return a setting that must be a whole number, or say what is wrong with it.

    Parameters
    ----------
    name
        The setting's name.
    value
        What was given.
    at_least
        The least value allowed.
    at_most
        The greatest value allowed; None for no limit.

    Returns
    -------
    int
        The value.

    Raises
    ------
    InputError
        If it is no whole number or out of range.

    Examples
    --------
    >>> whole("n_codes", 3)
    3
    """
    allowed = f"a whole number from {at_least}" + (f" to {at_most}" if at_most else "")
    number = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not number or value < at_least or (at_most is not None and value > at_most):
        raise InputError(f"{name} cannot be used", got=repr(value), allowed=allowed)
    return int(value)


def positive(name: str, value: Any, *, zero: bool = False) -> float:  # noqa: ANN401
    """Return a setting that must be a positive number, or say what is wrong with it.

    Parameters
    ----------
    name
        The setting's name.
    value
        What was given.
    zero
        Whether zero is allowed too.

    Returns
    -------
    float
        The value.

    Raises
    ------
    InputError
        If it is no finite number or out of range.

    Examples
    --------
    >>> positive("tolerance", 0.5)
    0.5
    """
    number = isinstance(value, int | float | np.integer | np.floating)
    fits = number and not isinstance(value, bool) and np.isfinite(value)
    if not fits or value < 0 or (value == 0 and not zero):
        allowed = "a number of 0 or more" if zero else "a number above 0"
        raise InputError(f"{name} cannot be used", got=repr(value), allowed=allowed)
    return float(value)


def choice(name: str, value: object, allowed: tuple[str, ...]) -> str:
    """Return a setting that must be one of some words, or say what is wrong with it.

    Parameters
    ----------
    name
        The setting's name.
    value
        What was given.
    allowed
        The words.

    Returns
    -------
    str
        The word.

    Raises
    ------
    InputError
        If it is none of them.

    Examples
    --------
    >>> choice("method", "fast", ("fast", "slow"))
    'fast'
    """
    if not isinstance(value, str) or value not in allowed:
        raise InputError(f"{name} cannot be used", got=repr(value), allowed=", ".join(allowed))
    return value


def how_many_codes(n_codes: object, at_most: int, because: str, default: int = 10) -> int:
    """Return how many codes to learn.

    Parameters
    ----------
    n_codes
        What was asked for; None for ``default``, or ``at_most`` if that is less.
    at_most
        How many the samples allow.
    because
        Why they allow no more, such as ``"4 feature(s)"``.
    default
        How many by default.

    Returns
    -------
    int
        From 1 to ``at_most``.

    Raises
    ------
    InputError
        If more are asked for than the samples allow.

    Examples
    --------
    >>> how_many_codes(None, 4, "4 feature(s)")
    4
    """
    if n_codes is None:
        return min(default, at_most)
    asked = whole("n_codes", n_codes)
    if asked > at_most:
        raise InputError(
            f"{asked} codes are too many for these samples",
            got=because,
            allowed=f"at most {at_most} codes",
            hint=f"n_codes={at_most}",
        )
    return asked
