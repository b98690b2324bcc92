"""The laws, each a question to a score and the evidence of its answer."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from unbraid.core.rng import stream
from unbraid.testing._subject import Outcome, Rows, Subject


class Finding(NamedTuple):
    """What was found of one law.

    Parameters
    ----------
    law
        The law, in words.
    held
        Whether the score keeps it; None where it does not apply.
    evidence
        The numbers, or what happened.

    Examples
    --------
    >>> print(Finding("the order of codes does not matter", False, "0.5 became 0.25"))
    broken  the order of codes does not matter: 0.5 became 0.25
    """

    law: str
    held: bool | None
    evidence: str

    def __str__(self) -> str:
        word = {True: "held", False: "broken", None: "-"}[self.held]
        return f"{word:<7} {self.law}: {self.evidence}"


Law = Callable[[Subject], tuple[bool | None, str]]


def _value_in_bounds(score: Subject) -> tuple[bool | None, str]:
    low, high = score.bounds
    held = score.plain.kind == "value" and low - 1e-9 <= score.plain.value <= high + 1e-9
    return held, str(score.plain)


def _same_again(score: Subject) -> tuple[bool | None, str]:
    again = score.call(score.mixed)
    return again.value == score.plain.value, f"{score.plain}, then {again}"


def _unchanged_input(score: Subject) -> tuple[bool | None, str]:
    given = _codes(score.mixed, np.copy)
    given = given._replace(factors=given.factors.copy())
    score.call(given)
    changed = [
        name
        for name in ("codes", "factors", "codes_test")
        if not np.array_equal(getattr(given, name), getattr(score.mixed, name))
    ]
    return not changed, f"changed: {', '.join(changed)}" if changed else "nothing is changed"


def _single_precision(score: Subject) -> tuple[bool | None, str]:
    single = _codes(score.mixed, lambda codes: codes.astype(np.float32))
    double = _codes(single, lambda codes: codes.astype(np.float64))
    first, second = score.call(single), score.call(double)
    held = first.kind == "value" and abs(first.value - second.value) <= 1e-6
    return held, f"{first} of float32, {second} of the same numbers in float64"


def _order_of_samples(score: Subject) -> tuple[bool | None, str]:
    order = stream(score.seed, "order").permutation(score.n)
    rows = score.mixed._replace(codes=score.mixed.codes[order], factors=score.mixed.factors[order])
    # Scores that draw rows, or learn from the first of them, see others.
    learns = score.draws or {"n", "few"} & _needs(score)
    return _same(score, rows, 0.15 if learns else 1e-3)


def _order_of_codes(score: Subject) -> tuple[bool | None, str]:
    width = score.mixed.codes.shape[1]
    order = np.roll(np.arange(width), 2)
    return _same(score, _codes(score.mixed, lambda codes: codes[:, order]))


def _sign(score: Subject) -> tuple[bool | None, str]:
    return _declared(score, "sign", lambda codes: codes * _over([-1, 1], codes))


def _shift(score: Subject) -> tuple[bool | None, str]:
    return _declared(score, "shift", lambda codes: codes + _over([0.25, -3], codes))


def _scale(score: Subject) -> tuple[bool | None, str]:
    return _declared(score, "scale", lambda codes: codes * _over([0.125, 32], codes))


def _over(values: list[float], codes: np.ndarray) -> np.ndarray:
    return np.resize(values, codes.shape[1])


def _affine(score: Subject) -> tuple[bool | None, str]:
    if "affine" not in score.invariant_to:
        return None, "not declared"
    rng = stream(score.seed, "affine")
    width = score.mixed.codes.shape[1]
    turn = np.linalg.qr(rng.normal(size=(width, width)))[0] * np.linspace(0.5, 2, width)
    return _same(score, _codes(score.mixed, lambda codes: codes @ turn + 1))


def _declared(
    score: Subject, change: str, do: Callable[[np.ndarray], np.ndarray]
) -> tuple[bool | None, str]:
    if change not in score.invariant_to and "affine" not in score.invariant_to:
        return None, "not declared"
    return _same(score, _codes(score.mixed, do))


def _codes(rows: Rows, change: Callable[[np.ndarray], np.ndarray]) -> Rows:
    assert rows.codes_test is not None  # the rows of a subject have held-out ones
    return rows._replace(codes=change(rows.codes), codes_test=change(rows.codes_test))


def _needs(score: Subject) -> frozenset[str]:
    return getattr(score.function, "needs", frozenset())


def _same(score: Subject, rows: Rows, within: float | None = None) -> tuple[bool | None, str]:
    found = score.call(rows)
    held = abs(score.gain(found.value, score.plain.value)) <= (within or score.near)
    return held, f"{score.plain} became {found}"


def _truth_beats_noise(score: Subject) -> tuple[bool | None, str]:
    if not score.compares:
        return None, "it does not compare codes with factors"
    true, noise = score.call(score.true), score.call(score.noise(1, len(score.factor_sizes)))
    held = score.gain(true.value, noise.value) > 0.15
    return held, f"the factors as codes {true}, noise {noise}"


def _noise_is_chance(score: Subject) -> tuple[bool | None, str]:
    if not score.compares:
        return None, "it does not compare codes with factors"
    rng = stream(score.seed, "pairings")
    noise, paired = [], []
    for number in range(6):
        made = score.noise(number, score.mixed.codes.shape[1])
        noise.append(score.value(made))
        paired.append(score.value(_codes(score.mixed, rng.permutation)))
    # Noise fills other bins than codes do, so the bias of their information differs a little.
    held = abs(score.gain(float(np.mean(noise)), float(np.mean(paired)))) <= 0.08
    return held, f"noise {np.mean(noise):.3f}, codes paired at random {np.mean(paired):.3f}"


LAWS: dict[str, Law] = {
    "its value is a number within its bounds": _value_in_bounds,
    "the same input gives the same value": _same_again,
    "the input is not changed": _unchanged_input,
    "float32 gives the value of the same numbers in float64": _single_precision,
    "the order of samples does not matter": _order_of_samples,
    "the order of codes does not matter": _order_of_codes,
    "signs do not matter, where declared": _sign,
    "shifts do not matter, where declared": _shift,
    "scales do not matter, where declared": _scale,
    "affine maps do not matter, where declared": _affine,
    "the true factors score better than noise": _truth_beats_noise,
    "noise scores what codes paired at random score": _noise_is_chance,
}


def _truth_reaches_the_top(score: Subject) -> tuple[bool | None, str]:
    top = score.bounds[score.better == "higher"]
    found = score.call(score.true)
    return abs(score.gain(found.value, top)) <= 0.02, f"the factors as codes score {found}"


def _noise_reaches_the_bottom(score: Subject) -> tuple[bool | None, str]:
    bottom = score.bounds[score.better == "lower"]
    found = score.call(score.noise(1, 10))
    return abs(score.gain(found.value, bottom)) <= 0.05, f"ten codes of noise score {found}"


def _one_outlier(score: Subject) -> tuple[bool | None, str]:
    def spoilt(codes: np.ndarray) -> np.ndarray:
        codes = codes.copy()
        codes[0] = 50.0
        return codes

    return _like_the_truth(score, score.true._replace(codes=spoilt(score.true.codes)))


def _small_codes(score: Subject) -> tuple[bool | None, str]:
    return _like_the_truth(score, _codes(score.true, lambda codes: codes * 0.01))


def _dead_codes(score: Subject) -> tuple[bool | None, str]:
    rng = stream(score.seed, "dead")
    return _like_the_truth(score, _codes(score.true, lambda c: _beside(c, rng, 0.01)))


def _spare_codes(score: Subject) -> tuple[bool | None, str]:
    rng = stream(score.seed, "spare")
    return _like_the_truth(score, _codes(score.true, lambda c: _beside(c, rng, 1.0)))


def _beside(codes: np.ndarray, rng: np.random.Generator, spread: float) -> np.ndarray:
    return np.hstack([codes, spread * rng.normal(size=(len(codes), 5))])


def _like_the_truth(score: Subject, rows: Rows) -> tuple[bool | None, str]:
    before, after = score.call(score.true), score.call(rows)
    return abs(score.gain(before.value, after.value)) <= 0.05, f"{before} became {after}"


# What a score must keep to be read as it is, and most published scores do not.
STRICT: dict[str, Law] = {
    "the true factors reach the top": _truth_reaches_the_top,
    "noise reaches the bottom": _noise_reaches_the_bottom,
    "one outlier does not ruin true factors": _one_outlier,
    "a hundredth of the scale does not matter": _small_codes,
    "nearly dead codes beside the true factors do not matter": _dead_codes,
    "codes of noise beside the true factors do not matter": _spare_codes,
}


Degenerate = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

DEGENERATE: dict[str, Degenerate] = {
    "one code": lambda c, f: (c[:, :1], f),
    "one factor": lambda c, f: (c, f[:, 1:2]),
    "one code and one factor": lambda c, f: (c[:, :1], f[:, :1]),
    "a constant code": lambda c, f: (np.hstack([c[:, :1] * 0, c[:, 1:]]), f),
    "constant codes": lambda c, f: (np.full_like(c, 3.0), f),
    "a constant factor": lambda c, f: (c, np.hstack([f[:, :1] * 0, f[:, 1:]])),
    "constant factors": lambda c, f: (c, f * 0),
    "a value that occurs once": lambda c, f: (c, np.where(np.arange(len(f))[:, None] == 7, 9, f)),
    "three samples": lambda c, f: (c[:3], f[:3]),
    "more codes than samples": lambda c, f: (np.tile(c[:40], (1, 30)), f[:40]),
    "the same row again": lambda c, f: (np.tile(c[:2], (40, 1)), np.tile(f[:2], (40, 1))),
    "a code twice": lambda c, f: (c[:, [0, 0]], f),
    "huge codes": lambda c, f: (c * 1e30, f),
    "tiny codes": lambda c, f: (c * 1e-30, f),
    "half precision": lambda c, f: (c.astype(np.float16), f),
    "integer codes": lambda c, f: (c.astype(np.int16), f.astype(np.uint8)),
    "truth values": lambda c, f: (c > 1, f > 0),
    "negative and fractional factors": lambda c, f: (c, f * 0.5 - 7),
    "a continuous factor": lambda c, f: (c, f + c[:, : f.shape[1]]),
    "a number per row": lambda c, f: (c, np.arange(len(f))[:, None]),
}


def degenerate(score: Subject) -> Iterator[Finding]:
    """Yield what each degenerate input comes to: a value, none with a reason, or a ValueError."""
    low, high = score.bounds
    for name, change in DEGENERATE.items():
        found = score.call(Rows(*change(score.mixed.codes, score.mixed.factors)))
        held = found.kind in ("undefined", "refused") and found.said != "the value is not finite"
        held = held or low - 1e-9 <= found.value <= high + 1e-9
        yield Finding(f"{name} has a value or a reason", held, str(found))
    lacking = score.mixed.factors[:, -1] != 0
    rows = score.mixed._replace(
        codes=score.mixed.codes[lacking], factors=score.mixed.factors[lacking]
    )
    found = score.call(rows)
    held = found.kind in ("value", "undefined", "refused")
    yield Finding("a held-out value never seen before has a value or a reason", held, str(found))


def unusable(score: Subject) -> Iterator[Finding]:
    """Yield whether input that means nothing is refused."""
    codes, factors = score.mixed.codes, score.mixed.factors.astype(np.float64)
    cases = {
        "NaN in the codes": (np.where(codes > 1, np.nan, codes), factors),
        "infinite factors": (codes, np.where(factors > 0, np.inf, factors)),
        "unequal numbers of samples": (codes[:-1], factors),
        "no samples": (codes[:0], factors[:0]),
    }
    for name, given in cases.items():
        found = score.call(Rows(*given))
        yield Finding(f"{name} is refused", found.kind == "refused", _brief(found))


def _brief(found: Outcome) -> str:
    return str(found) if found.kind != "value" else f"the value {found}"
