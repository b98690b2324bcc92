"""A matrix as a table of shaded cells; as a picture where it has too many cells to read."""

from typing import Any

import numpy as np
from markupsafe import Markup

from unbraid.core.values import View
from unbraid.report.arrays import named, need
from unbraid.report.numbers import minus, short
from unbraid.report.pictures import sheet
from unbraid.report.render import render

_MOST_ROWS, _MOST_COLUMNS = 48, 24
# A picture of a matrix is at the most this many pixels wide and high.
_MOST_PIXELS = 1024
# From which shade on text changes its colour, on a dark page and on a light one.
_MID, _DEEP = 0.63, 0.76
_HOT, _COLD = np.array([22, 78, 140]), np.array([160, 62, 20])


def heatmap(view: View, side: int) -> Markup:  # noqa: ARG001 (every figure takes the same)
    """Draw a matrix; white is zero, and the largest absolute value is the darkest.

    Parameters
    ----------
    view
        A view of kind ``heatmap``. Optional ``top`` fixes the value that is darkest; ``margin``
        (rows, m) and ``margin_names`` add columns of numbers; ``foot`` (m, columns) and
        ``foot_names`` add rows of numbers.
    side
        Not used.

    Returns
    -------
    markupsafe.Markup
        The figure.
    """
    matrix = need(view, "matrix", 2).astype(np.float64)
    rows = named(view, "row_names", matrix.shape[0], "")
    columns = named(view, "column_names", matrix.shape[1], "")
    if matrix.size == 0:
        return render("notes.html", notes=["The matrix is empty."])
    finite = np.isfinite(matrix)
    top = float(view.arrays["top"]) if "top" in view.arrays else 0.0
    top = top or float(np.abs(matrix[finite]).max(initial=0.0)) or 1.0
    bad = matrix.size - int(finite.sum())
    notes = [f"{bad} of {matrix.size} cells are not finite."] if bad else []
    scale = {"low": "0" if (matrix[finite] >= 0).all() else short(-top), "high": short(top)}
    if matrix.shape[0] > _MOST_ROWS or matrix.shape[1] > _MOST_COLUMNS:
        return _picture(matrix, top, scale, (rows, columns), notes)
    margin, foot = _sides(view, *matrix.shape)
    return render(
        "heatmap.html",
        title=view.title,
        corner=str(view.arrays.get("corner", "")),
        columns=columns,
        rows=[
            {"name": name, "cells": [_cell(value, top) for value in values], "margin": beside}
            for name, values, beside in zip(rows, matrix, margin["cells"], strict=True)
        ],
        margin=margin,
        foot=foot,
        scale=scale,
        notes=notes,
    )


def _sides(
    view: View, n_rows: int, n_columns: int
) -> tuple[dict[str, list[Any]], list[dict[str, Any]]]:
    margin = need(view, "margin", 2) if "margin" in view.arrays else np.zeros((n_rows, 0))
    foot = need(view, "foot", 2) if "foot" in view.arrays else np.zeros((0, n_columns))
    beside: dict[str, list[Any]] = {
        "names": [*named(view, "margin_names", margin.shape[1], "")],
        "cells": [[_value(value) for value in values] for values in margin],
    }
    below = [
        {"name": name, "cells": [_value(value) for value in values]}
        for name, values in zip(named(view, "foot_names", len(foot), ""), foot, strict=True)
    ]
    return beside, below


def _cell(value: float, top: float) -> dict[str, object]:
    depth = min(abs(value) / top, 1.0) if np.isfinite(value) else 0.0
    tone = ("hot" if value >= 0 else "cold") if np.isfinite(value) else "none"
    shade = "deep" if depth > _DEEP else "mid" if depth > _MID else ""
    return {
        "text": _value(value),
        "full": short(value),
        "depth": f"{depth:.2f}",
        "tone": f"{tone} {shade}".strip(),
    }


def _value(value: float) -> str:
    """Return a value in the four characters that a cell has room for."""
    if not np.isfinite(value):
        return "?"
    if abs(value) >= 9.95:
        return minus(f"{value:.0f}")
    if abs(value) >= 0.995:
        return minus(f"{value:.1f}")
    text = f"{value:.2f}".replace("0.", ".")
    return ".00" if text == "-.00" else minus(text)


def _picture(
    matrix: np.ndarray,
    top: float,
    scale: dict[str, str],
    names: tuple[list[str], list[str]],
    notes: list[str],
) -> Markup:
    reduced = matrix
    for axis in (0, 1):
        together = -(-reduced.shape[axis] // _MOST_PIXELS)
        if together > 1:
            what = ("row", "column")[axis]
            notes = [*notes, f"Each {what} of pixels shows the strongest of {together} {what}s."]
            reduced = _strongest(reduced, axis, together)
    depth = np.clip(np.abs(np.nan_to_num(reduced)) / top, 0, 1)[:, :, None]
    ink = np.where(reduced[:, :, None] >= 0, _HOT, _COLD)
    tile = np.rint(255 + depth * (ink - 255.0)).astype(np.uint8)
    (first_row, *_, last_row), (first_column, *_, last_column) = (
        (side[0], *side) for side in names
    )
    return render(
        "heatmap_picture.html",
        picture=sheet(tile[None, None], _MOST_PIXELS),
        alt=f"A matrix of {matrix.shape[0]} rows ({first_row} to {last_row}) and "
        f"{matrix.shape[1]} columns ({first_column} to {last_column})",
        scale=scale,
        notes=notes,
    )


def _strongest(matrix: np.ndarray, axis: int, together: int) -> np.ndarray:
    moved = np.nan_to_num(np.moveaxis(matrix, axis, 0))
    padded = np.zeros((-(-len(moved) // together) * together, moved.shape[1]))
    padded[: len(moved)] = moved
    groups = padded.reshape(-1, together, moved.shape[1])
    place = np.abs(groups).argmax(axis=1)[:, None]
    return np.moveaxis(np.take_along_axis(groups, place, axis=1)[:, 0], 0, axis)
