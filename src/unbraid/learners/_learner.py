"""What every learner shares: input of any shape and size, batches, and saving without a pickle."""

from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from unbraid.core.errors import InputError
from unbraid.core.progress import Listener, silent
from unbraid.core.rng import stream
from unbraid.core.values import Samples
from unbraid.learners import _saved
from unbraid.learners._samples import batches, check_finite, check_images, is_lazy
from unbraid.learners._settings import whole

L = TypeVar("L", bound="Learner")


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
        folder: Path | str | None = None,
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
        kept = None if folder is None else Path(folder)
        self._fit(self._reset(X), kept, progress)
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

        A learner that holds a network saves ``model.safetensors`` beside them.

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
        self._save_rest(Path(folder))
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
        learner = _saved.read(cls, Path(folder))
        learner._load_rest(Path(folder))  # noqa: SLF001 (its own class)
        return learner

    def _save_rest(self, folder: Path) -> None:
        """Save what is neither a setting nor an array; the settings are saved after it."""

    def _load_rest(self, folder: Path) -> None:
        """Load what `_save_rest` saved; settings and arrays are there."""

    @property
    def _n_features_out(self) -> int:
        return self.n_codes_

    def _reset(self, X: Any) -> Samples:  # noqa: ANN401 (as in fit)
        for name in _saved.fitted(self):
            delattr(self, name)
        samples = self._checked(X, reset=True)
        self.sample_shape_ = tuple(int(size) for size in samples.shape[1:])
        return samples

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
        X = X.detach().cpu().numpy() if hasattr(X, "detach") else X  # a tensor of torch
        lazy = is_lazy(X)
        if lazy or (isinstance(X, np.ndarray) and X.ndim > 2):
            samples = X
            check_images(samples, least, read=not lazy)
            if reset:
                self.n_features_in_ = int(np.prod(samples.shape[1:]))
        else:
            try:
                samples = validate_data(
                    self,
                    X,
                    reset=reset,
                    dtype="numeric",
                    ensure_min_samples=least,
                    ensure_all_finite=False,  # in words of our own, below
                )
            except ValueError as error:
                raise _unusable("samples", error) from error
            check_finite(samples)
        if not reset and tuple(samples.shape[1:]) != self.sample_shape_:
            raise InputError(
                "these samples have another shape than those learned from",
                got=tuple(samples.shape[1:]),
                allowed=self.sample_shape_,
            )
        return samples  # type: ignore[no-any-return]


def _unusable(what: str, error: ValueError) -> InputError:
    return InputError(f"these {what} cannot be used", got=" ".join(str(error).split()))
