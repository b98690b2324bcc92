"""The matrices behind scores, factors by codes, as views to be drawn."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from unbraid.core.values import Representation, View
from unbraid.report.numbers import join, short


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is to be drawn of the arrays behind a learner's scores.

    Parameters
    ----------
    views
        The matrices, each once, though several scores may rest on it.
    others
        The arrays that are not drawn, in words.
    """

    views: tuple[View, ...]
    others: tuple[str, ...]


def matrices(
    parts: Mapping[str, Mapping[str, np.ndarray]], representation: Representation | None
) -> Parts:
    """Return the matrices behind scores as heat maps of factors by codes.

    Parameters
    ----------
    parts
        The arrays by score and name.
    representation
        The codes and factors, for names and entropies; None where they cannot be read.

    Returns
    -------
    Parts
        The heat maps, and what is left.

    Examples
    --------
    >>> matrices({"a": {"weights": np.eye(3)}, "b": {"weights": np.eye(3)}}, None).views[0].title
    'weights'
    """
    found: list[tuple[str, np.ndarray, list[str]]] = []
    others = []
    for score, arrays in parts.items():
        for key, array in arrays.items():
            if array.ndim != 2 or array.dtype.kind not in "biuf":
                others.append(_words(score, key, array))
                continue
            same = [f for f in found if f[0] == key and _equal(f[1], array)]
            if same:
                same[0][2].append(score)
            else:
                found.append((key, array, [score]))
    views = tuple(_view(key, array, scores, representation) for key, array, scores in found)
    return Parts(views=views, others=tuple(others))


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and np.allclose(one, other, equal_nan=True)


def _words(score: str, key: str, array: np.ndarray) -> str:
    if array.size == 1 and array.dtype.kind in "biuf":
        return f"{score}: {key} = {short(float(array.ravel()[0]))}"
    if array.ndim == 1 and array.size <= 16 and array.dtype.kind in "biuf":
        return f"{score}: {key} = {', '.join(short(float(value)) for value in array)}"
    return f"{score}: {key}, shape {' by '.join(str(size) for size in array.shape)}"


def _view(
    key: str, array: np.ndarray, scores: list[str], representation: Representation | None
) -> View:
    matrix, rows, columns = _factors_by_codes(array.astype(np.float64), representation)
    arrays: dict[str, np.ndarray] = {"matrix": matrix}
    caption = f"Behind {join(scores)}."
    if rows:
        arrays |= {"row_names": np.array(rows), "column_names": np.array(columns)}
        arrays["corner"] = np.array("factor \\ code")
        caption = f"Behind {join(scores)}. A row per factor, a column per code."
    if rows and key == "mutual_information":
        return _information(arrays, caption, representation)
    if rows and "importance" in key:
        caption += " A factor that one code alone predicts has one dark cell in its row."
    return View(
        name=key, title=key.replace("_", " "), caption=caption, kind="heatmap", arrays=arrays
    )


def _factors_by_codes(
    array: np.ndarray, representation: Representation | None
) -> tuple[np.ndarray, list[str], list[str]]:
    """Return the matrix with factors as rows, and names; no names where it is something else."""
    if representation is None or representation.factors is None:
        return array, [], []
    n_factors, n_codes = representation.factors.shape[1], representation.codes.shape[1]
    # Scores keep codes first; where there are as many factors as codes only that can be assumed.
    if array.shape == (n_codes, n_factors):
        array = array.T
    elif array.shape != (n_factors, n_codes):
        return array, [], []
    names = list(representation.factor_names) or [f"factor {n}" for n in range(n_factors)]
    return array, names, [str(n) for n in range(n_codes)]


def _information(
    arrays: dict[str, np.ndarray], caption: str, representation: Representation | None
) -> View:
    entropies = _entropies(representation)
    title, matrix = "mutual information", arrays["matrix"]
    if entropies is None:
        caption += " In nats."
    else:
        # A factor that never changes has no entropy, and no information can be about it.
        matrix = matrix / np.where(entropies > 0, entropies, 1.0)[:, None]
        arrays = arrays | {"matrix": matrix, "top": np.array(1.0)}
        title = "mutual information / entropy of the factor"
        caption += " The share of what there is to know about the factor that the code knows."
    if matrix.shape[1] > 1:
        ranked = np.sort(matrix, axis=1)
        arrays = arrays | {
            "margin": (ranked[:, -1] - ranked[:, -2])[:, None],
            "margin_names": np.array(["gap"]),
        }
        caption += " The gap is how far the best code is ahead of the second."
    return View(
        name="mutual_information", title=title, caption=caption, kind="heatmap", arrays=arrays
    )


def _entropies(representation: Representation | None) -> np.ndarray | None:
    """Return the entropy of each factor in nats, or None where factors are continuous."""
    if representation is None or representation.factors is None:
        return None
    factors = representation.factors
    if factors.dtype.kind == "f" and not np.array_equal(factors, np.rint(factors)):
        return None
    counts = [np.unique(column, return_counts=True)[1] / len(column) for column in factors.T]
    return np.array([-(share * np.log(share)).sum() for share in counts])
