"""Points in a plane, coloured by group."""

import numpy as np
from markupsafe import Markup

from unbraid.core.errors import StoreError
from unbraid.core.values import View
from unbraid.report import axes
from unbraid.report.arrays import named, need
from unbraid.report.render import render


def scatter(view: View, side: int) -> Markup:  # noqa: ARG001 (every figure takes the same)
    """Draw points; those that fall on one place of the drawing are drawn once.

    Parameters
    ----------
    view
        A view of kind ``scatter``; ``axis_names`` is optional.
    side
        Not used.

    Returns
    -------
    markupsafe.Markup
        The figure.
    """
    points = need(view, "points", 2).astype(np.float64)
    groups = need(view, "groups", 1) if "groups" in view.arrays else np.zeros(len(points), int)
    fits = points.shape[1:] == (2,) and len(groups) == len(points)
    if not fits or groups.min(initial=0) < 0:
        raise StoreError(
            f"the view {view.name} cannot be drawn as scatter",
            got=f"points of shape {points.shape} and {len(groups)} groups",
            allowed="points of shape (n, 2) and n groups from 0 on",
        )
    groups = groups.astype(np.int64)
    names = named(view, "group_names", int(groups.max(initial=0)) + 1, "group")
    drawn = np.isfinite(points).sum(axis=1) == 2
    if not drawn.any():
        return render("notes.html", notes=["There is no point to draw.", *_notes(drawn)])
    x_name, y_name = named(view, "axis_names", 2, "")
    right, bottom = axes.WIDTH - axes.RIGHT, axes.HEIGHT - axes.BOTTOM
    across = axes.fit(points[drawn, 0], start=axes.LEFT, end=right)
    upwards = axes.fit(points[drawn, 1], start=bottom, end=axes.TOP)
    series = []
    for number, name in enumerate(names):
        chosen = points[drawn & (groups == number)]
        path = _dots(across.place(chosen[:, 0]), upwards.place(chosen[:, 1]))
        series.append({"name": name, "path": path, "count": len(chosen)})
    return render(
        "scatter.html",
        frame=axes,
        across=across.labels(),
        upwards=upwards.labels(),
        x_name=x_name,
        y_name=y_name,
        title=view.title,
        series=series,
        notes=_notes(drawn),
    )


def _dots(x: np.ndarray, y: np.ndarray) -> str:
    places = np.unique(np.round(np.stack([x, y], axis=1), 1), axis=0)
    return "".join(f"M{across:.1f} {up:.1f}h0" for across, up in places)


def _notes(drawn: np.ndarray) -> list[str]:
    bad = int((~drawn).sum())
    return [f"{bad} of {drawn.size} points are not finite and cannot be drawn."] if bad else []
