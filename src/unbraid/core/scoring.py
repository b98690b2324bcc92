"""What a score is: a function of arrays, with its unit, its direction and its laws."""

import inspect
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from unbraid.core import checks, memo
from unbraid.core.errors import InputError
from unbraid.core.factors import Reading, complete, countable, lacking, straightened
from unbraid.core.rng import stream
from unbraid.core.values import CodeSampler, Kind, Score

# What may be done to the codes without changing the value.
Invariance = Literal["permutation", "sign", "shift", "scale", "affine"]

# How a score varies with the rows that it sees.
Variation = Literal["counting", "drawing", "learning", "jumping", "trees", "reaching"]

# Any number, for the bounds of a score that has none.
ANY = float("inf")


class Measured(NamedTuple):
    """What the body of a score returns: a value and the arrays behind it."""

    value: float
    parts: Mapping[str, np.ndarray] = {}
    caution: str | None = None


class Undefined(Exception):  # noqa: N818 (an outcome, not an error)
    """Raised by the body of a score that has no value on this input; says why."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreFunction:
    """A score function: call it with codes and factors, and it returns a `Score`.

    Parameters
    ----------
    name
        Its name.
    body
        Computes `Measured` from checked arrays; its parameters' names say what it needs, out of
        ``codes, factors, codes_test, factors_test, rng, factor_kinds, sample_codes`` and options.
    unit
        Its unit.
    better
        Which direction is better.
    invariant_to
        What may be done to each code without changing the value.
    bounds
        The least and the greatest value that there can be.
    paired
        Whether it says how codes go with factors, so that codes and factors paired at random
        give it a floor, and the factors as codes a ceiling.
    reads
        What it takes factors for: ``values`` that are counted, or ``numbers``.
    varies
        How it varies with the rows that it sees, which says how its interval is measured.
    answers
        Of a share of right answers, how many each judged factor of a row gives; 0 of others.
    learns
        From how many rows it learns at most, or the option that says so; 0 if from all.
    options
        Arguments that the body is always given.

    Examples
    --------
    >>> @score(unit="fraction")
    ... def share(codes, factors):
    ...     return Measured(float((codes == factors).mean()))
    >>> share([[0.0], [1.0]], [[0], [1]]).value
    1.0
    """

    name: str
    body: Callable[..., Measured]
    unit: str
    better: Literal["higher", "lower"]
    invariant_to: frozenset[Invariance]
    bounds: tuple[float, float] = (0.0, 1.0)
    paired: bool = True
    reads: Reading = "values"
    varies: Variation = "counting"
    answers: int = 0
    learns: int | str = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # doctest looks for both: the examples in the body's docstring are run.
        object.__setattr__(self, "__doc__", self.body.__doc__)
        object.__setattr__(self, "__module__", self.body.__module__)
        object.__setattr__(self, "__wrapped__", self.body)

    @cached_property
    def needs(self) -> frozenset[str]:
        """The names of what the body takes."""
        return frozenset(inspect.signature(self.body).parameters)

    @cached_property
    def most_learned(self) -> int:
        """From how many rows it learns at most; 0 if from all."""
        if isinstance(self.learns, int):
            return self.learns
        option = inspect.signature(self.body).parameters[self.learns]
        return int(self.options.get(option.name, option.default))

    def __call__(
        self,
        codes: object,
        factors: object,
        codes_test: object = None,
        factors_test: object = None,
        *,
        seed: int = 0,
        factor_kinds: tuple[Kind, ...] = (),
        sample_codes: CodeSampler | None = None,
        **options: Any,  # noqa: ANN401 (the body's own options)
    ) -> Score:
        """Score codes against factors.

        Parameters
        ----------
        codes
            The codes, shape (n, d).
        factors
            The factors, shape (n, K). NaN stands for a missing value: a row that lacks a factor
            is left out, with a caution.
        codes_test
            Held-out codes, shape (m, d). A score that needs them and is given none takes a third
            of the rows, chosen by the seed.
        factors_test
            The factors of the held-out codes.
        seed
            Fixes all randomness.
        factor_kinds
            One kind per factor. A score that counts values sees a continuous factor in 20
            quantile bins; one that takes factors for numbers says which are none.
        sample_codes
            Draws codes of samples with given factor values, for scores that intervene on
            factors; without it rows that share the value are drawn.
        options
            The score's own options.

        Returns
        -------
        Score
            The value; ``undefined`` with a reason where this input has none.

        Raises
        ------
        InputError
            If the arrays cannot be used, or an option is unknown.
        """
        started = time.perf_counter()
        kinds = tuple(factor_kinds)
        given, caution = self._given((codes, factors), (codes_test, factors_test), seed, kinds)
        given |= {"factor_kinds": kinds, "sample_codes": sample_codes}
        for option in options:
            if option not in self.needs - set(given):
                allowed = sorted(self.needs - set(given)) or "none"
                raise InputError(f"{self.name} has no such option", got=option, allowed=allowed)
        arguments = {key: value for key, value in given.items() if key in self.needs}
        try:
            measured = self.body(**arguments, **{**self.options, **options})
        except Undefined as undefined:
            return self._score(None, started, status="undefined", reason=str(undefined))
        value = float(measured.value)
        if not np.isfinite(value):
            return self._score(None, started, status="undefined", reason="the value is not finite")
        reason = "; ".join(each for each in (measured.caution, caution) if each) or None
        return self._score(value, started, parts=dict(measured.parts), reason=reason)

    def at(self, n: int) -> "ScoreFunction":
        """Return the member at n of a family whose name ends in ``_n`` and whose body takes n.

        Parameters
        ----------
        n
            The option that tells the members apart.

        Returns
        -------
        ScoreFunction
            The same function under its own name, always given n.

        Examples
        --------
        >>> @score(unit="nats")
        ... def power_n(codes, *, n=1):
        ...     return Measured(float(codes.sum()) ** n)
        >>> power_n.at(3).name, power_n.at(3)([2.0], [0]).value
        ('power_3', 8.0)
        """
        name = f"{self.name.removesuffix('_n')}_{n}"
        return replace(self, name=name, options={**self.options, "n": n})

    def skipped(self, reason: str) -> Score:
        """Return the score that was not computed.

        Parameters
        ----------
        reason
            What is missing.

        Returns
        -------
        Score
            Without a value, with status ``skipped``.
        """
        return self._score(None, time.perf_counter(), status="skipped", reason=reason)

    def _score(self, value: float | None, started: float, **rest: Any) -> Score:  # noqa: ANN401
        seconds = time.perf_counter() - started
        return Score(
            name=self.name,
            value=value,
            unit=self.unit,
            better=self.better,
            seconds=seconds,
            **rest,
        )

    def _given(
        self,
        given: tuple[object, object],
        held_out: tuple[object, object],
        seed: int,
        kinds: tuple[Kind, ...],
    ) -> tuple[dict[str, Any], str | None]:
        """Return what the body may take, and a caution about it."""
        train, caution = self._rows(*given)
        checks.factor_kinds(kinds, train[1].shape[1])
        rng = stream(seed, self.name)
        if (held_out[0] is None) != (held_out[1] is None):
            missing = "codes_test" if held_out[0] is None else "factors_test"
            raise InputError(f"{missing} is missing", hint="giving both or neither")
        if held_out[0] is not None:
            test, _ = self._rows(*held_out)
            _same_columns(train, test)
        elif "codes_test" in self.needs:
            train, test = split(*train, seed=seed)
        else:
            test = train
        tables = dict(zip(("codes", "codes_test"), (train[0], test[0]), strict=True))
        factors, factors_test, read = self._read(train[1], test[1], kinds)
        caution = "; ".join(each for each in (read, caution) if each) or None
        return tables | {"factors": factors, "factors_test": factors_test, "rng": rng}, caution

    def _rows(self, codes: object, factors: object) -> tuple["Arrays", str | None]:
        rows = checks.codes_and_factors(codes, factors)
        return complete(*rows), lacking(rows[1])

    def _read(
        self, factors: np.ndarray, others: np.ndarray, kinds: tuple[Kind, ...]
    ) -> tuple[np.ndarray, np.ndarray, str | None]:
        if "factors" not in self.needs or not kinds:
            return factors, others, None
        if self.reads == "values":
            return countable(factors, others, kinds)
        return factors, others, straightened(kinds, periodic="factor_kinds" not in self.needs)


def _same_columns(
    train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]
) -> None:
    for what, first, second in zip(("codes", "factors"), train, test, strict=True):
        if first.shape[1] != second.shape[1]:
            raise InputError(
                f"{what}_test must have as many columns as {what}",
                got=f"{second.shape[1]} and {first.shape[1]}",
            )


Arrays = tuple[np.ndarray, np.ndarray]


@memo.shared
def split(codes: np.ndarray, factors: np.ndarray, *, seed: int) -> tuple[Arrays, Arrays]:
    """Split rows 2:1 at random into those to learn from and those to test on.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K).
    seed
        Fixes the split; it is the same for every score.

    Returns
    -------
    tuple
        ``(codes, factors), (codes_test, factors_test)``; rows in random order, so that the first
        of them are a random sample too.

    Raises
    ------
    InputError
        If there are fewer than 3 rows.

    Examples
    --------
    >>> train, test = split(np.zeros((9, 2)), np.zeros((9, 1)), seed=0)
    >>> len(train[0]), len(test[0])
    (6, 3)
    """
    n = len(codes)
    if n < 3:
        raise InputError("too few samples to hold some out", got=n, allowed="3 or more")
    order = stream(seed, "split").permutation(n)
    held_out, kept = order[: n // 3], order[n // 3 :]
    return (codes[kept], factors[kept]), (codes[held_out], factors[held_out])


def _variation(needs: frozenset[str]) -> Variation:
    if "sample_codes" in needs:
        return "drawing"
    return "learning" if "codes_test" in needs else "counting"


def score(  # noqa: PLR0913 (each is one thing that a score says of itself)
    *,
    unit: str,
    better: Literal["higher", "lower"] = "higher",
    invariant_to: Iterable[Invariance] = ("permutation",),
    bounds: tuple[float, float] = (0.0, 1.0),
    paired: bool = True,
    reads: Reading = "values",
    varies: Variation | None = None,
    answers: int | None = None,
    learns: int | str = 0,
) -> Callable[[Callable[..., Measured]], ScoreFunction]:
    """Make a score function of its body.

    Parameters
    ----------
    unit
        The unit of the value.
    better
        Which direction is better.
    invariant_to
        What may be done to the codes without changing the value: ``permutation`` of codes,
        ``sign`` flips, ``shift`` and ``scale`` of each code (``scale`` means positive factors),
        ``affine`` maps of all.
    bounds
        The least and the greatest value that there can be; ``ANY`` for a value without end.
    paired
        Whether random pairings of codes and factors give it a floor. Never so for a score that
        takes no factors.
    reads
        What it takes factors for: ``values`` that it counts, so that continuous factors are cut
        into quantile bins before it sees them, or ``numbers``.
    varies
        How the value varies with the rows: ``counting`` where each row moves it a little,
        ``jumping`` where a classifier may find another class, ``reaching`` where it hangs on the
        codes' greatest distances, ``trees`` where it is made of one fit of boosted trees. What
        draws samples is ``drawing``, and what has held-out rows ``learning``, without being told.
    answers
        Of a share of right answers, how many each judged factor of a row gives at most; by default
        1 for an accuracy, 0 for any other score.
    learns
        From how many rows it learns however many there are, or the option that says so.

    Returns
    -------
    callable
        A decorator that turns the body into a `ScoreFunction` of the same name.

    Examples
    --------
    >>> @score(unit="fraction", invariant_to=("permutation", "shift"))
    ... def nothing(codes):
    ...     raise Undefined("nothing is measured")
    >>> nothing([1.0], [0]).reason
    'nothing is measured'
    """

    def make(body: Callable[..., Measured]) -> ScoreFunction:
        return ScoreFunction(
            name=body.__name__,
            body=body,
            unit=unit,
            better=better,
            invariant_to=frozenset(invariant_to),
            bounds=bounds,
            paired=paired and "factors" in inspect.signature(body).parameters,
            reads=reads,
            varies=varies or _variation(frozenset(inspect.signature(body).parameters)),
            answers=int(unit == "accuracy") if answers is None else answers,
            learns=learns,
        )

    return make
