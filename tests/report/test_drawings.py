import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from unbraid.core.values import Representation, View
from unbraid.report.curves import curves, undrawn
from unbraid.report.figures import draw
from unbraid.report.matrices import matrices
from unbraid.report.pictures import sheet


def decoded(picture):
    data = picture.uri.split(",", 1)[1]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def view(kind, **arrays):
    return View(name="a view", title="A view", caption="", kind=kind, arrays=arrays)


def held(n_codes=4):
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(3, size=200), rng.integers(5, size=200)], axis=1)
    codes = rng.normal(size=(200, n_codes))
    return Representation(codes=codes, factors=factors, factor_names=("shape", "place"))


def test_a_sheet_holds_every_pixel_in_its_place():
    grid = np.random.default_rng(0).integers(256, size=(2, 3, 4, 5), dtype=np.uint8)
    pixels = decoded(sheet(grid, side=64))
    np.testing.assert_array_equal(pixels, np.block([list(row) for row in grid]))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_sheet_takes_any_number_of_channels(channels):
    grid = np.ones((1, 2, 4, 4, channels))
    assert decoded(sheet(grid, side=64)).shape[:2] == (4, 8)


def test_a_sheet_shrinks_pictures_that_are_too_wide_without_mixing_them():
    grid = np.stack([np.zeros((200, 100)), np.ones((200, 100))])[None]
    picture = sheet(grid, side=50)
    assert (picture.width, picture.height) == (100, 100)
    pixels = decoded(picture)
    assert not pixels[:, :50].any()
    assert (pixels[:, 50:] == 255).all()


def test_information_is_shown_as_a_share_of_the_entropy_and_the_gaps_average_to_mig():
    information = np.array([[0.5, 0.1], [0.2, 0.6], [0.0, 0.0], [0.1, 0.4]])
    entropies = np.array([1.0, 2.0])
    found = matrices({"mig": {"mutual_information": information, "entropies": entropies}}, held())
    arrays = found.views[0].arrays
    np.testing.assert_allclose(arrays["matrix"], information.T / entropies[:, None])
    assert arrays["row_names"].tolist() == ["shape", "place"]
    np.testing.assert_allclose(arrays["margin"][:, 0], [0.3, 0.1])
    assert found.others == ("entropies (mig): shape 1, place 2",)


def test_entropies_that_are_not_kept_are_those_of_the_factors():
    kept = held()
    shares = np.bincount(kept.factors[:, 0]) / 200
    entropy = -(shares * np.log(shares)).sum()
    matrix = np.full((4, 2), entropy)
    shown = matrices({"mig": {"mutual_information": matrix}}, kept).views[0].arrays["matrix"]
    np.testing.assert_allclose(shown[0], 1.0)


def test_a_matrix_of_several_scores_is_shown_once():
    matrix = np.eye(4, 2)
    found = matrices(
        {
            "dci_disentanglement": {"importance": matrix},
            "dci_completeness": {"importance": matrix},
        },
        held(),
    )
    assert len(found.views) == 1
    assert "Behind dci_disentanglement and dci_completeness." in found.views[0].caption


def test_arrays_that_are_no_matrix_are_listed():
    parts = {"x": {"cube": np.zeros((2, 3, 4)), "words": np.array(["a"]), "one": np.array(3.0)}}
    assert matrices(parts, None).others == (
        "cube (x) of shape 2 by 3 by 4",
        "words (x) of shape 1",
        "one (x): 3",
    )


def test_a_cell_is_as_dark_as_its_value():
    text = draw(view("heatmap", matrix=np.array([[0.0, 0.5, 1.0], [-1.0, np.nan, 0.25]])))
    assert re.findall(r"--depth: ([\d.]+)", text) == [
        "0.00",
        "0.50",
        "1.00",
        "1.00",
        "0.00",
        "0.25",
    ]
    assert "1 of 6 cells are not finite" in text
    assert 'class="cold deep"' in text


def test_a_matrix_too_large_to_read_becomes_a_picture_that_keeps_its_strongest_cells():
    matrix = np.zeros((3, 4096))
    matrix[1, 1777] = 5.0
    text = draw(view("heatmap", matrix=matrix))
    assert "Each column of pixels shows the strongest of 4 columns" in text
    uri = re.search(r"data:image/png;base64,([^\"]+)", text)[1]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(uri))))
    assert pixels.shape[:2] == (3, 1024)
    assert (pixels[1, 444] == [22, 78, 140]).all()
    assert (np.delete(pixels[1], 444, axis=0) == 255).all()


def test_a_line_ends_where_its_values_do():
    text = draw(view("lines", x=np.arange(3.0), y=np.array([[0.0, 5.0, 10.0]])))
    path = re.search(r'd="(M[^"]+)"', text)[1]
    places = [tuple(map(float, pair.split())) for pair in re.split("[ML]", path)[1:]]
    assert places == [(48.0, 182.0), (195.0, 95.0), (342.0, 8.0)]


def test_a_gap_interrupts_a_line_and_a_lonely_point_is_a_dot():
    y = np.array([[1.0, 2.0, np.nan, 3.0, np.nan, 4.0, 5.0]])
    text = draw(view("lines", x=np.arange(7.0), y=y))
    assert re.search(r'd="(M[^"]+)"', text)[1].count("M") == 3
    assert text.count("<circle") == 1
    assert "2 of 7 points are not finite" in text


def test_a_long_line_is_averaged_and_says_so():
    text = draw(view("lines", x=np.arange(1000.0), y=np.ones((1, 1000))))
    assert "Each point is the mean of 4 neighbours" in text
    assert re.search(r'd="(M[^"]+)"', text)[1].count("L") == 249


def test_a_steep_fall_gets_a_logarithmic_axis_and_a_rise_does_not():
    fall = np.geomspace(1000, 1, 20)[None]
    assert "(logarithmic)" in draw(view("lines", x=np.arange(20.0), y=fall))
    assert "(logarithmic)" not in draw(view("lines", x=np.arange(20.0), y=fall[:, ::-1]))


def test_curves_are_drawn_per_quantity_and_per_code():
    records = [
        {"step": 10, "loss": 9.0, "kl": 1.0, "kl_per_code": [0.5, 0.5], "seconds": 1.0},
        {"step": 20, "loss": 8.0, "kl": 2.0, "kl_per_code": [1.5, 0.5], "seconds": 2.0},
        {"step": 30, "extra": 1.0},
    ]
    drawn = {curve.name: curve.arrays for curve in curves(records)}
    assert list(drawn) == ["kl", "kl_per_code", "loss", "extra"]
    np.testing.assert_array_equal(drawn["kl_per_code"]["y"], [[0.5, 1.5], [0.5, 0.5]])
    assert drawn["kl_per_code"]["series_names"].tolist() == ["code 0", "code 1"]
    np.testing.assert_array_equal(drawn["extra"]["x"], [30])
    assert undrawn(records) == ["seconds"]
