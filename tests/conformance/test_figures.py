"""Every figure works on nothing, one thing, undefined things, and drops nothing silently."""

import re

import numpy as np
import pytest

from unbraid.core.errors import StoreError
from unbraid.core.values import View
from unbraid.report.figures import draw, kinds
from unbraid.results.formats import VIEW_KINDS


def arrays(kind, rows, columns, value=0.5):
    """Return the arrays of a view with so many rows and columns, all of one value."""
    return {
        "heatmap": {"matrix": np.full((rows, columns), value)},
        "images": {"rows": np.full((rows, columns, 4, 4), value)},
        "lines": {"x": np.arange(columns, dtype=float), "y": np.full((rows, columns), value)},
        "scatter": {
            "points": np.full((rows * columns, 2), value),
            "groups": np.repeat(np.arange(rows), columns),
        },
        "slider": {
            "frames": np.full((rows, columns, 4, 4), value),
            "positions": np.full((rows, columns), value),
        },
    }[kind]


def view(kind, held):
    return View(name="a view", title="A <view>", caption="", kind=kind, arrays=held)


def test_every_kind_of_view_has_a_figure():
    assert kinds() == tuple(sorted(VIEW_KINDS))


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_an_empty_view_says_that_it_is_empty(kind, shape):
    text = draw(view(kind, arrays(kind, *shape)))
    assert re.search(r"There is no|is empty", text)


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (12, 3)])
def test_a_view_of_any_shape_is_drawn(kind, shape):
    text = draw(view(kind, arrays(kind, *shape)))
    assert re.search(r"<table|<img|<svg", text)
    assert "nan" not in text.lower()


@pytest.mark.parametrize("kind", kinds())
def test_values_that_are_not_finite_are_counted(kind):
    held = arrays(kind, 2, 3)
    key = next(key for key in held if key in ("matrix", "rows", "y", "points", "frames"))
    held[key].flat[0] = np.nan
    held[key].flat[-1] = np.inf
    text = draw(view(kind, held))
    assert re.search(r"2 (of \d+ )?(cells|pixels|points) are not finite", text)


@pytest.mark.parametrize("kind", kinds())
def test_a_view_of_nothing_but_undefined_values_is_still_drawn(kind):
    text = draw(view(kind, arrays(kind, 2, 3, value=np.nan)))
    assert "not finite" in text


@pytest.mark.parametrize("kind", kinds())
def test_text_of_a_view_is_escaped(kind):
    held = arrays(kind, 2, 2)
    key = {
        "heatmap": "row_names",
        "images": "row_names",
        "lines": "series_names",
        "scatter": "group_names",
        "slider": "item_names",
    }[kind]
    text = draw(view(kind, held | {key: np.array(["<b>", '"x'])}))
    assert "<b>" not in text
    assert "&lt;b&gt;" in text
    assert "A <view>" not in text


@pytest.mark.parametrize("kind", kinds())
def test_arrays_that_do_not_fit_are_an_error_in_one_line(kind):
    whole = arrays(kind, 2, 2)
    for key in whole:
        wrong = [{name: whole[name] for name in whole if name != key and name != "groups"}]
        wrong.append(whole | {key: np.array(["text"])})
        wrong.append(whole | {key: np.zeros((2, 2, 2, 2, 2, 2))})
        for held in wrong:
            if held.keys() >= {"points"} and key == "groups" and "groups" not in held:
                continue  # groups are optional
            with pytest.raises(StoreError, match=f"cannot be drawn as {kind}") as caught:
                draw(view(kind, held))
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize("count", [1, 7, 30])
def test_no_picture_frame_cell_or_curve_is_dropped(count):
    heat = draw(view("heatmap", arrays("heatmap", count, 20)))
    assert heat.count("<td") == 20 * count
    lines = draw(view("lines", arrays("lines", count, 3)))
    assert lines.count("<path") == count
    strips = draw(view("slider", arrays("slider", count, 3)))
    assert strips.count("<img") == count
    sheets = draw(view("images", arrays("images", 2, count)))
    widths = [int(width) for width in re.findall(r'width="(\d+)"', sheets)]
    assert sum((width + 2) // 50 for width in widths) == count


def test_every_point_of_a_scatter_is_drawn_or_coincides_with_one_that_is():
    points = np.random.default_rng(0).uniform(size=(50, 2))
    text = draw(view("scatter", {"points": points, "groups": np.arange(50) % 3}))
    assert text.count("h0") == 50
    twice = draw(view("scatter", {"points": np.tile(points, (2, 1))}))
    assert twice.count("h0") == 50
