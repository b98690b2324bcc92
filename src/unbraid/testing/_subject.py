"""The score under test, called so that whatever it does is an outcome."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from unbraid.core.rng import stream
from unbraid.core.scoring import Invariance, ScoreFunction
from unbraid.core.values import Score


class Rows(NamedTuple):
    """Codes and factors, and held-out ones unless the score is to split its own."""

    codes: np.ndarray
    factors: np.ndarray
    codes_test: np.ndarray | None = None
    factors_test: np.ndarray | None = None


class Outcome(NamedTuple):
    """What a call came to: a finite value, no value with a reason, a refusal, or none of these."""

    kind: Literal["value", "undefined", "refused", "broken"]
    value: float = float("nan")
    said: str = ""

    def __str__(self) -> str:
        return f"{self.value:.4g}" if self.kind == "value" else f"{self.kind}: {self.said}"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A score function, what it declares, and the data that its laws are tried on."""

    function: Callable[..., Any]
    name: str
    bounds: tuple[float, float]
    better: Literal["higher", "lower"]
    invariant_to: frozenset[Invariance]
    held_out: bool
    options: Mapping[str, Any]
    compares: bool
    draws: bool
    factor_sizes: tuple[int, ...]
    n_codes: int
    n: int
    seed: int

    @property
    def near(self) -> float:
        """How near a value stays when codes are rewritten: draws are the same, ties are not."""
        return 0.03 if self.draws else 0.005

    def call(self, rows: Rows) -> Outcome:
        """Call the function, and tell what it did."""
        given = [array for array in rows if array is not None]
        if not isinstance(self.function, ScoreFunction):
            # Who takes held-out rows is given the same ones again where there are no others.
            given = [*given, *given][:4] if self.held_out else given[:2]
        try:
            found = self.function(*given, **self.options)
        except ValueError as error:
            return Outcome("refused", said=_line(error))
        except Exception as error:  # noqa: BLE001 (a law is about whatever it does)
            return Outcome("broken", said=_line(error))
        return _outcome(found)

    def value(self, rows: Rows) -> float:
        """Return the value, NaN where there is none."""
        return self.call(rows).value

    @cached_property
    def factors(self) -> np.ndarray:
        """Independent uniform factors, shape (2 n, K): the second half is held out."""
        rng = stream(self.seed, "laws")
        columns = [rng.integers(size, size=2 * self.n) for size in self.factor_sizes]
        return np.stack(columns, axis=1)

    @cached_property
    def mixed(self) -> Rows:
        """Codes that mix the factors, with some noise."""
        rng = stream(self.seed, "laws", "codes")
        mixing = np.eye(len(self.factor_sizes), self.n_codes)
        mixing += 0.3 * rng.normal(size=mixing.shape)
        codes = self.factors @ mixing
        return self.halves(codes + 0.2 * rng.normal(size=codes.shape))

    @cached_property
    def true(self) -> Rows:
        """The factors as codes, each from -1.5 to 1.5."""
        return self.halves(3 * (self.factors / (np.array(self.factor_sizes) - 1) - 0.5))

    @cached_property
    def plain(self) -> Outcome:
        """What the mixed codes score."""
        return self.call(self.mixed)

    def halves(self, codes: np.ndarray) -> Rows:
        """Return codes and factors, the second half held out."""
        n, factors = self.n, self.factors
        return Rows(codes[:n], factors[:n], codes[n:], factors[n:])

    def noise(self, number: int, width: int) -> Rows:
        """Return normal codes that know nothing."""
        return self.halves(stream(number, "noise").normal(size=(2 * self.n, width)))

    def gain(self, first: float, second: float) -> float:
        """Return how much better the first value is, as a share of the range where it has one."""
        low, high = self.bounds
        span = high - low if np.isfinite(high - low) else max(abs(first), abs(second), 1e-9)
        return (first - second if self.better == "higher" else second - first) / span


def _line(error: Exception) -> str:
    words = (str(error).splitlines() or [""])[0]
    name = type(error).__name__
    return f"{name}: {words}" if len(words) <= 120 else f"{name}: {words[:117]}..."


def _outcome(found: object) -> Outcome:
    if isinstance(found, Score):
        if found.value is None:
            return Outcome("undefined", said=found.reason or "")
        found = found.value
    if found is None:
        return Outcome("undefined", said="None")
    try:
        value = float(found)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return Outcome("broken", said=f"a {type(found).__name__}, which is no number")
    if not np.isfinite(value):
        return Outcome("broken", said=f"the value {value}")
    return Outcome("value", value)


def subject(
    function: Callable[..., Any],
    *,
    invariant_to: Iterable[Invariance] | None,
    bounds: tuple[float, float] | None,
    better: Literal["higher", "lower"] | None,
    **rest: Any,  # noqa: ANN401 (the other fields)
) -> Subject:
    """Return the function with what it declares, or what is said for it."""
    name = getattr(function, "name", None) or getattr(function, "__name__", "score")
    needs = function.needs if isinstance(function, ScoreFunction) else frozenset({"factors"})
    rest["draws"] = rest["draws"] or "rng" in needs
    if bounds is None:
        bounds = getattr(function, "bounds", (0.0, 1.0))
    if better is None:
        better = function.better if isinstance(function, ScoreFunction) else "higher"
    own: Iterable[Invariance] = getattr(function, "invariant_to", ("permutation",))
    declared = own if invariant_to is None else invariant_to
    return Subject(
        function=function,
        name=str(name),
        bounds=bounds,
        better=better,
        invariant_to=frozenset(declared),
        compares="factors" in needs and bool(getattr(function, "paired", True)),
        **rest,
    )
