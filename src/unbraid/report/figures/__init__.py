"""Figures: each file draws one kind of view as HTML; a view's name does not matter."""

from markupsafe import Markup

from unbraid.core import rooms
from unbraid.core.errors import StoreError
from unbraid.core.values import View

__all__ = ["draw", "kinds"]

_ROOM = "report.figures"


def kinds() -> tuple[str, ...]:
    """Return the kinds of view that can be drawn, sorted.

    Returns
    -------
    tuple of str
        One kind per file.

    Examples
    --------
    >>> kinds()
    ('heatmap', 'images', 'lines', 'scatter', 'slider')
    """
    return rooms.names(_ROOM)


def draw(view: View, side: int = 96) -> Markup:
    """Draw a view.

    Parameters
    ----------
    view
        The view.
    side
        The largest width of a sample's picture, in pixels.

    Returns
    -------
    markupsafe.Markup
        What is drawn, without title and caption.

    Raises
    ------
    StoreError
        If the view's arrays are not those of its kind.

    Examples
    --------
    >>> import numpy as np
    >>> view = View(name="eye", title="Eye", caption="", kind="heatmap",
    ...             arrays={"matrix": np.eye(2)})
    >>> "<table" in draw(view)
    True
    """
    if view.kind not in kinds():
        raise StoreError(f"the view {view.name} is of an unknown kind", got=view.kind)
    figure: Markup = rooms.load(_ROOM, view.kind)(view, side)
    return figure
