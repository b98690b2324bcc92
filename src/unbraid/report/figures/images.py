"""Rows of pictures, such as originals above reconstructions."""

import numpy as np
from markupsafe import Markup

from unbraid.core.values import View
from unbraid.report.arrays import named, need
from unbraid.report.numbers import join
from unbraid.report.pictures import sheet
from unbraid.report.render import render

# Columns that stay together; on a narrow page the next ones stand below.
_TOGETHER = 6


def images(view: View, side: int) -> Markup:
    """Draw rows of pictures, a few columns to a sheet.

    Parameters
    ----------
    view
        A view of kind ``images``.
    side
        The largest width of a picture.

    Returns
    -------
    markupsafe.Markup
        The figure.
    """
    rows = need(view, "rows", 4, 5)
    names = named(view, "row_names", len(rows), "row")
    if 0 in rows.shape:
        return render("notes.html", notes=["There is no picture to show."])
    chunks = [rows[:, start : start + _TOGETHER] for start in range(0, rows.shape[1], _TOGETHER)]
    return render(
        "images.html",
        sheets=[sheet(chunk, side, gap=2) for chunk in chunks],
        columns=[chunk.shape[1] for chunk in chunks],
        alt=f"{rows.shape[1]} columns of pictures"
        + (f"; from top to bottom: {join(names)}" if any(names) else ""),
        names=names,
        notes=_notes(rows),
    )


def _notes(rows: np.ndarray) -> list[str]:
    bad = rows.size - int(np.isfinite(rows).sum())
    return [f"{bad} pixels are not finite and are shown dark or bright."] if bad else []
