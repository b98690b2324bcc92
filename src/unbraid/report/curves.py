"""What the training loop said, as curves."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np

from unbraid.core.values import View

# What is drawn first, in this order; anything else that grows with the step follows.
_FIRST = ("reconstruction", "kl", "kl_per_code")
# What a record says of itself and not of the learner.
_CLOCK = frozenset({"step", "epoch", "seconds", "time", "elapsed", "lr", "learning_rate"})
_TITLES = {
    "kl": "KL",
    "kl_per_code": "KL per code",
    "kl_per_layer": "KL per layer",
    "lr": "learning rate",
}
_NATS = ("reconstruction", "kl", "loss", "elbo", "total_correlation", "own_loss")


def curves(records: Sequence[Mapping[str, Any]]) -> list[View]:
    """Return a drawing per quantity that the training loop reported.

    Parameters
    ----------
    records
        The lines of ``train.jsonl``; numbers give one curve, lists of numbers one per entry.

    Returns
    -------
    list of View
        Reconstruction, KL and KL per code first. A curve passes over records that lack its
        quantity; a value that is not a number is a gap.

    Examples
    --------
    >>> [view.name for view in curves([{"step": 1, "kl": 2.0, "reconstruction": 9.0}])]
    ['reconstruction', 'kl']
    """
    keys = dict.fromkeys(key for record in records for key in record)
    names = [key for key in _FIRST if key in keys]
    names += [key for key in keys if key not in _FIRST and key not in _CLOCK]
    steps = np.array([_number(r.get("step", n)) for n, r in enumerate(records)], dtype=np.float64)
    if not np.isfinite(steps).all():
        steps = np.arange(len(records), dtype=np.float64)
    return [view for name in names if (view := _curve(name, steps, records)) is not None]


def undrawn(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of what is in the records and not drawn.

    Parameters
    ----------
    records
        The lines of ``train.jsonl``.

    Returns
    -------
    list of str
        The names.

    Examples
    --------
    >>> undrawn([{"step": 1, "kl": 2.0, "seconds": 3.0}])
    ['seconds']
    """
    drawn = {view.name for view in curves(records)} | {"step"}
    return list(dict.fromkeys(key for record in records for key in record if key not in drawn))


def _curve(name: str, steps: np.ndarray, records: Sequence[Mapping[str, Any]]) -> View | None:
    rows = [_numbers(record.get(name)) for record in records]
    width = max((len(row) for row in rows), default=0)
    if width == 0:
        return None
    y = np.full((width, len(records)), np.nan)
    for place, row in enumerate(rows):
        y[: len(row), place] = row
    told = np.array([len(row) > 0 for row in rows])
    title = _TITLES.get(name, name.replace("_", " "))
    several = any(isinstance(record.get(name), list) for record in records)
    part = name.rpartition("_per_")[2] if "_per_" in name else name
    unit = "nats" if name.startswith(_NATS) else title
    return View(
        name=name,
        title=title,
        caption="",
        kind="lines",
        arrays={
            "x": steps[told],
            "y": y[:, told],
            "series_names": np.array(
                [f"{part} {n}" for n in range(width)] if several else [title]
            ),
            "axis_names": np.array(["step", unit]),
            "show_last": np.array(True),
        },
    )


def _numbers(value: object) -> list[float]:
    if isinstance(value, list):
        return [_number(one) for one in value]
    return [_number(value)] if _is_number(value) else []


def _number(value: object) -> float:
    return float(value) if _is_number(value) else float("nan")


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
