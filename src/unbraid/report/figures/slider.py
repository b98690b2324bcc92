"""Strips of frames, with a slider where scripts run."""

import numpy as np
from markupsafe import Markup

from unbraid.core.errors import StoreError
from unbraid.core.values import View
from unbraid.report.arrays import named, need
from unbraid.report.numbers import alike
from unbraid.report.pictures import sheet
from unbraid.report.render import render


def slider(view: View, side: int) -> Markup:
    """Draw a strip of frames per item; a script adds a slider to each.

    Parameters
    ----------
    view
        A view of kind ``slider``.
    side
        The largest width of a frame.

    Returns
    -------
    markupsafe.Markup
        The figure.
    """
    frames = need(view, "frames", 4, 5)
    positions = need(view, "positions", 2)
    if positions.shape != frames.shape[:2]:
        raise StoreError(
            f"the view {view.name} cannot be drawn as slider",
            got=f"positions of shape {positions.shape}",
            allowed=frames.shape[:2],
        )
    names = named(view, "item_names", len(frames), "item")
    if 0 in frames.shape:
        return render("notes.html", notes=["There is no frame to show."])
    items = [
        {
            "name": name,
            "picture": sheet(strip[None], side),
            "positions": alike(at),
            "middle": len(at) // 2,
        }
        for name, strip, at in zip(names, frames, positions, strict=True)
    ]
    bad = frames.size - int(np.isfinite(frames).sum())
    notes = [f"{bad} pixels are not finite and are shown dark or bright."] if bad else []
    return render("slider.html", items=items, notes=notes)
