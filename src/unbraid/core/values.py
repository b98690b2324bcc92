"""The values that travel between the rooms; all are frozen, and the first axis is samples."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Num, Shaped

from unbraid.core.errors import InputError, unknown

Kind = Literal["categorical", "ordinal", "continuous", "periodic"]
KINDS: tuple[Kind, ...] = ("categorical", "ordinal", "continuous", "periodic")

# Draws the codes of samples that have the given factor values, (m, K) -> (m, d).
CodeSampler = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@runtime_checkable
class Samples(Protocol):
    """Anything that is indexed by sample like an array: in memory, mapped, or rendered lazily."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, samples first."""

    @property
    def dtype(self) -> np.dtype:
        """The type of one number."""

    def __len__(self) -> int: ...

    # A lazy array takes an integer, a slice, a boolean mask or an array of integers.
    def __getitem__(self, index: Any, /) -> np.ndarray: ...  # noqa: ANN401 (numpy indexes by all sorts)


class Sample(NamedTuple):
    """Samples drawn from a data set, with the factors that they show.

    Examples
    --------
    >>> images, factors = Sample(np.zeros((2, 8, 8)), np.zeros((2, 3), dtype=int))
    >>> images.shape
    (2, 8, 8)
    """

    images: np.ndarray
    factors: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Samples, the factors that made them where they are known, and where all this is from.

    Parameters
    ----------
    name
        The name under which unbraid lists it.
    images
        The samples: images (n, height, width), (n, height, width, channels) or vectors (n, p).
    source
        Which data this truly is, in a sentence.
    fingerprint
        sha256 of the content, or of the specification that generates it.
    factors
        The factors, shape (n, K), or None.
    factor_names
        One name per factor.
    factor_kinds
        One of ``categorical``, ``ordinal``, ``continuous``, ``periodic`` per factor.
    factor_sizes
        The number of values per factor; 0 where a factor is continuous.
    render
        Makes the samples that show given factor values, ``(factors (m, K), rng) -> images``;
        nuisances are drawn anew. None where factors cannot be intervened on.
    y
        What is known beside each sample, such as its segment or its time, for learners that ask
        for it, shape (n,) or (n, m); None where nothing is.

    Examples
    --------
    >>> data = Dataset(name="toy", images=np.zeros((4, 2)), source="zeros", fingerprint="0",
    ...                factors=np.array([[0], [1], [0], [1]]), factor_names=("side",),
    ...                factor_kinds=("categorical",), factor_sizes=(2,))
    >>> data.sample(3, np.random.default_rng(0), fixed={"side": 1}).factors.ravel()
    array([1, 1, 1])
    """

    name: str
    images: Samples
    source: str
    fingerprint: str
    factors: np.ndarray | None = None
    factor_names: tuple[str, ...] = ()
    factor_kinds: tuple[Kind, ...] = ()
    factor_sizes: tuple[int, ...] = ()
    render: Callable[[np.ndarray, np.random.Generator], np.ndarray] | None = None
    y: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.images)

    @property
    def x(self) -> Samples:
        """The samples, under the name that suits vectors."""
        return self.images

    def sample(
        self, n: int, rng: np.random.Generator, fixed: Mapping[str, int | float] | None = None
    ) -> Sample:
        """Draw samples with replacement, holding some factors fixed.

        Parameters
        ----------
        n
            How many.
        rng
            The stream to draw from.
        fixed
            The value of each factor that is held, by name.

        Returns
        -------
        Sample
            The samples and their factors, shapes (n, ...) and (n, K). Where the data set can
            render, the free factors are independent and uniform; otherwise rows that share the
            fixed values are drawn.

        Raises
        ------
        InputError
            If there are no factors, a name or value is unknown, or no row has the fixed values.
        """
        if self.factors is None:
            raise InputError(
                f"{self.name} has no factors to sample by", hint="a data set with factors"
            )
        held = self._held(fixed or {})
        if self.render is not None:
            factors = np.stack([rng.integers(size, size=n) for size in self.factor_sizes], axis=1)
            for column, value in held.items():
                factors[:, column] = value
            return Sample(self.render(factors, rng), factors)
        rows = np.ones(len(self), dtype=bool)
        for column, value in held.items():
            rows &= self.factors[:, column] == value
        candidates = np.flatnonzero(rows)
        if candidates.size == 0:
            raise InputError("no row has the fixed values", got=dict(fixed or {}))
        chosen = rng.choice(candidates, size=n)
        return Sample(self.images[chosen], self.factors[chosen])

    def _held(self, fixed: Mapping[str, int | float]) -> dict[int, int | float]:
        for name in fixed:
            if name not in self.factor_names:
                raise unknown("factor", name, self.factor_names)
        held = {self.factor_names.index(name): value for name, value in fixed.items()}
        for column, value in held.items():
            size = self.factor_sizes[column]
            if size and not (float(value).is_integer() and 0 <= value < size):
                raise InputError(
                    f"factor {self.factor_names[column]!r} has no such value",
                    got=value,
                    allowed=f"0 to {size - 1}",
                )
        return held


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Representation:
    """The codes of samples, beside their factors.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K), or None where they are unknown.
    codes_test
        Held-out codes, shape (m, d), or None: then scores that need them split their own.
    factors_test
        The factors of the held-out codes, shape (m, K).
    pool_codes
        Codes of more samples, shape (p, d), from which scores that intervene on factors draw
        samples that share a factor's value; None: they draw from the codes.
    pool_factors
        The factors of the pool, shape (p, K).
    factor_names
        One name per factor.
    factor_kinds
        One kind per factor.
    sample_codes
        Draws codes of samples with given factor values; None where the factors cannot be
        intervened on.
    encode
        Maps samples to codes, on numpy arrays.
    decode
        Maps codes to samples, on numpy arrays.
    spec
        Where the codes come from.

    Examples
    --------
    >>> Representation(codes=np.zeros((3, 2))).codes.shape
    (3, 2)
    """

    codes: Num[np.ndarray, "samples codes"]
    factors: Num[np.ndarray, "samples factors"] | None = None
    codes_test: Num[np.ndarray, "held_out codes"] | None = None
    factors_test: Num[np.ndarray, "held_out factors"] | None = None
    pool_codes: Num[np.ndarray, "pool codes"] | None = None
    pool_factors: Num[np.ndarray, "pool factors"] | None = None
    factor_names: tuple[str, ...] = ()
    factor_kinds: tuple[Kind, ...] = ()
    sample_codes: CodeSampler | None = None
    encode: Callable[[np.ndarray], np.ndarray] | None = None
    decode: Callable[[np.ndarray], np.ndarray] | None = None
    spec: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Score:
    """What a score function says of a representation.

    Parameters
    ----------
    name
        The score's name.
    value
        The value, or None where the status is not ``ok``.
    unit
        Its unit: ``fraction``, ``accuracy``, ``nats`` and so on.
    better
        Which direction is better, ``higher`` or ``lower``.
    low, high
        The ends of its 95% interval, or None where it is not computed.
    floor
        What chance scores: the mean value when codes and factors are paired at random.
    ceiling
        What the factors themselves score as codes.
    calibrated
        ``(value - floor) / (ceiling - floor)``.
    p_value
        How often codes and factors that are paired at random do as well, in (0, 1].
    status
        ``ok``, ``undefined`` (it has no value on this input) or ``skipped`` (a need is missing).
    reason
        Why the status is not ``ok``, or a caution about the value.
    seconds
        How long it took.
    parts
        The named arrays behind the value, such as the matrix of mutual informations.

    Examples
    --------
    >>> float(Score(name="mig", value=0.25, unit="fraction", better="higher"))
    0.25
    """

    name: str
    value: float | None
    unit: str
    better: Literal["higher", "lower"]
    low: float | None = None
    high: float | None = None
    floor: float | None = None
    ceiling: float | None = None
    calibrated: float | None = None
    p_value: float | None = None
    status: Literal["ok", "undefined", "skipped"] = "ok"
    reason: str | None = None
    seconds: float = 0.0
    parts: Mapping[str, Shaped[np.ndarray, "..."]] = field(default_factory=dict)

    def noting(self, caution: str) -> "Score":
        """Return the score with one more caution about its value.

        Parameters
        ----------
        caution
            The caution.

        Returns
        -------
        Score
            The caution stands at the end of ``reason``.
        """
        return replace(self, reason="; ".join(filter(None, (self.reason, caution))))

    def __float__(self) -> float:
        if self.value is None:
            raise InputError(f"{self.name} has no value", got=f"{self.status}: {self.reason}")
        return self.value

    def summary(self) -> dict[str, object]:
        """Return all but the parts, ready to be written as JSON.

        Returns
        -------
        dict
            ``value, low, high, floor, ceiling, calibrated, p_value, unit, better, status,
            reason, seconds``; None stands for what is not computed.
        """
        shown = ("value", "low", "high", "floor", "ceiling", "calibrated", "p_value")
        rest = ("unit", "better", "status", "reason", "seconds")
        return {key: getattr(self, key) for key in shown + rest}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """Something to look at, as data: a report draws it knowing only its kind.

    Parameters
    ----------
    name
        The view's name.
    title
        A few words to stand above it.
    caption
        What one sees, in a sentence or two.
    kind
        How it is drawn, which fixes the arrays:

        - ``images``: ``rows`` (r, c, height, width[, channels]), ``row_names`` (r,);
        - ``slider``: ``frames`` (items, steps, height, width[, channels]), ``positions``
          (items, steps), ``item_names`` (items,);
        - ``heatmap``: ``matrix`` (r, c), ``row_names``, ``column_names``;
        - ``lines``: ``x`` (n,), ``y`` (series, n), ``series_names``, ``axis_names`` (2,);
        - ``scatter``: ``points`` (n, 2), ``groups`` (n,), ``group_names``.
    arrays
        The arrays by name; pixels are uint8, or floats in [0, 1].

    Examples
    --------
    >>> View(name="codes", title="Codes", caption="One line.", kind="heatmap",
    ...      arrays={"matrix": np.eye(2)}).kind
    'heatmap'
    """

    name: str
    title: str
    caption: str
    kind: Literal["images", "slider", "heatmap", "lines", "scatter"]
    arrays: Mapping[str, Shaped[np.ndarray, "..."]]
