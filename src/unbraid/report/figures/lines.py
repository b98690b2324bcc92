"""Curves over one axis, as a drawing that scales."""

import numpy as np
from markupsafe import Markup

from unbraid.core.errors import StoreError
from unbraid.core.values import View
from unbraid.report import axes
from unbraid.report.arrays import named, need
from unbraid.report.numbers import short
from unbraid.report.render import render

# More points than this on a line are averaged in groups: the drawing has fewer pixels.
_MOST_POINTS = 300
# A single positive curve that ends this many times lower gets a logarithmic axis.
_STEEP = 30.0


def lines(view: View, side: int) -> Markup:  # noqa: ARG001 (every figure takes the same)
    """Draw curves.

    Parameters
    ----------
    view
        A view of kind ``lines``. With an optional ``show_last`` that is true, the last value of
        each curve stands beside its name.
    side
        Not used.

    Returns
    -------
    markupsafe.Markup
        The figure.
    """
    x = need(view, "x", 1).astype(np.float64)
    y = need(view, "y", 2).astype(np.float64)
    if y.shape[1] != len(x):
        raise StoreError(
            f"the view {view.name} cannot be drawn as lines",
            got=f"{len(x)} places and {y.shape[1]} values",
        )
    names = named(view, "series_names", len(y), "series")
    x_name, y_name = named(view, "axis_names", 2, "")
    if y.size == 0 or not np.isfinite(x).all():
        return render("notes.html", notes=["There is no point to draw."])
    notes = _notes(y)
    x, y, together = _averaged(x, y)
    if together > 1:
        notes.append(f"Each point is the mean of {together} neighbours.")
    across, upwards = _axes(x, y)
    return render(
        "lines.html",
        frame=axes,
        across=across.labels(),
        upwards=upwards.labels(),
        x_name=x_name,
        y_name=f"{y_name} (logarithmic)" if upwards.log else y_name,
        title=view.title,
        show_last=bool(view.arrays.get("show_last", False)),
        series=[
            {
                "name": name,
                "path": _path(across.place(x), upwards.place(values)),
                "last": _last(values),
                "dots": _alone(across.place(x), upwards.place(values)),
            }
            for name, values in zip(names, y, strict=True)
        ],
        notes=notes,
    )


def _axes(x: np.ndarray, y: np.ndarray) -> tuple[axes.Axis, axes.Axis]:
    finite = y[np.isfinite(y)]
    steep = bool(len(y) == 1 and finite.size and finite[0] > _STEEP * finite[-1])
    right, bottom = axes.WIDTH - axes.RIGHT, axes.HEIGHT - axes.BOTTOM
    across = axes.fit(x, start=axes.LEFT, end=right)
    return across, axes.fit(y, start=bottom, end=axes.TOP, zero=True, log=steep)


def _notes(y: np.ndarray) -> list[str]:
    bad = y.size - int(np.isfinite(y).sum())
    return [f"{bad} of {y.size} points are not finite and cannot be drawn."] if bad else []


def _averaged(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    together = -(-len(x) // _MOST_POINTS)
    if together == 1:
        return x, y, 1
    starts = np.arange(0, len(x), together)
    counts = np.diff([*starts, len(x)])
    return (
        np.add.reduceat(x, starts) / counts,
        np.add.reduceat(y, starts, axis=1) / counts,
        together,
    )


def _path(x: np.ndarray, y: np.ndarray) -> str:
    """Return an SVG path; a value that is not finite interrupts the line."""
    words, pen = [], "M"
    for across, up in zip(x, y, strict=True):
        if np.isfinite(up):
            words.append(f"{pen}{across:.1f} {up:.1f}")
            pen = "L"
        else:
            pen = "M"
    return "".join(words)


def _alone(x: np.ndarray, y: np.ndarray) -> list[tuple[float, float]]:
    """Return the points without a neighbour, which a line would not show."""
    seen = np.isfinite(np.concatenate([[np.nan], y, [np.nan]]))
    alone = seen[1:-1] & ~seen[:-2] & ~seen[2:]
    return [
        (round(float(a), 1), round(float(b), 1)) for a, b in zip(x[alone], y[alone], strict=True)
    ]


def _last(values: np.ndarray) -> str:
    finite = values[np.isfinite(values)]
    return short(float(finite[-1])) if finite.size else "no value"
