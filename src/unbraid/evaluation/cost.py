"""How long scores will take, roughly: enough to warn before an hour is spent."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from unbraid.core.values import Representation
from unbraid.evaluation.sets import select


class _Cost(NamedTuple):
    """Seconds, and how many times as long floor, ceiling and interval take."""

    seconds: float
    calibration: float


class _Size(NamedTuple):
    """Rows that are learned from, codes, factors and the values of all factors together."""

    rows: int
    codes: int
    factors: int
    values: int


def estimated_seconds(
    scores: str | Sequence[str], representation: Representation, *, calibrated: bool = False
) -> dict[str, float]:
    """Return roughly how long the costly ones among scores take.

    Parameters
    ----------
    scores
        Names of scores and of sets of scores.
    representation
        Codes and factors.
    calibrated
        Whether floor, ceiling and interval are measured too.

    Returns
    -------
    dict
        Seconds by what costs them: ``dci`` for all parts of DCI together, ``infom`` for `infoc`
        too, each probe (an efficiency is two of them), and other scores by their names. What
        takes seconds at any size is left out.

    Examples
    --------
    >>> wide = Representation(codes=np.zeros((3000, 5000)), factors=np.arange(3000)[:, None] % 4)
    >>> {name: round(seconds) for name, seconds in estimated_seconds("mig,sap", wide).items()}
    {'sap': 10}
    """
    if representation.factors is None:
        return {}
    n, d = representation.codes.shape
    size = _Size(
        rows=n if representation.codes_test is not None else 2 * n // 3,
        codes=d,
        factors=representation.factors.shape[1],
        values=sum(len(np.unique(column)) for column in representation.factors.T),
    )
    costs = {what: _cost(what, size) for name in select(scores) for what in _of(name)}
    return {
        what: cost.seconds * (cost.calibration if calibrated else 1.0)
        for what, cost in costs.items()
        if cost is not None
    }


def _of(name: str) -> tuple[str, ...]:
    """Return what a score's time is spent on: scores that share it are measured together."""
    if name.startswith("dci_"):
        return ("dci",)
    if name.startswith("efficiency_"):
        kind = name.removeprefix("efficiency_")
        return f"probe_{kind}_100", f"probe_{kind}_10000"
    return ("infom",) if name == "infoc" else (name,)


def _cost(what: str, size: _Size) -> _Cost | None:
    """Return the cost on one core of 2020, fitted at 100 to 6,000 rows and 10 to 1,500 codes."""
    rows, d, factors, values = size
    fits = d * values  # of one code and one value
    found = {
        "dci": _Cost((4e-4 + 3e-7 * rows) * fits, 12),
        "sap": _Cost(2.5e-7 * rows * fits, 25),
        "beta_vae_score": _Cost(5e-3 * d, 40),
        "factor_vae_score": _Cost(2.5e-3 * d, 35),
        "infom": _Cost(1e-6 * rows * d * factors, 80),
        "infoe": _Cost(3.5e-7 * rows * fits, 50),
        "nk": _Cost((0.3 + 1.6e-6 * rows * (d + 250)) * factors, 28),
    }.get(what)
    if not what.startswith("probe_"):
        return found
    _, kind, labels = what.split("_")
    m = int(labels)
    if m > rows:  # it has no value
        return None
    if kind == "gbt":
        return _Cost((4e-4 + 3e-7 * m) * fits, 30)
    return _Cost(0.13 * values + 3e-6 * m * fits, 30)
