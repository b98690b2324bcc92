"""The matrices behind scores, factors by codes, as views to be drawn."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from unbraid.core.values import Representation, View
from unbraid.report.numbers import join, short

# Scores that ask how far the best code is ahead of the second.
_WITH_GAP = frozenset({"mutual_information", "predictability"})


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
    found: list[_Part] = []
    for score, arrays in parts.items():
        for key, array in arrays.items():
            same = [part for part in found if part.key == key and _equal(part.array, array)]
            if same:
                same[0].scores.append(score)
            else:
                found.append(_Part(key, array, [score], arrays.get("entropies")))
    drawn = [part for part in found if part.array.ndim == 2 and part.array.dtype.kind in "biuf"]
    return Parts(
        views=tuple(_view(part, representation) for part in drawn),
        others=tuple(_words(part, representation) for part in found if part not in drawn),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    key: str
    array: np.ndarray
    scores: list[str]
    entropies: np.ndarray | None


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape or one.dtype.kind not in "biuf" or other.dtype.kind not in "biuf":
        return False
    return np.allclose(one, other, equal_nan=True)


def _words(part: _Part, representation: Representation | None) -> str:
    what = f"{part.key.replace('_', ' ')} ({join(part.scores)})"
    array = part.array
    if array.dtype.kind not in "biuf" or array.ndim > 1 or array.size > 16:
        return f"{what} of shape {' by '.join(str(size) for size in array.shape) or 'one'}"
    numbers = [short(float(value)) for value in array.ravel()]
    names = _factor_names(representation)
    if len(names) == len(numbers):
        numbers = [f"{name} {number}" for name, number in zip(names, numbers, strict=True)]
    return f"{what}: {', '.join(numbers) or 'empty'}"


def _view(part: _Part, representation: Representation | None) -> View:
    matrix, rows, columns = _factors_by_codes(part.array.astype(np.float64), representation)
    arrays: dict[str, np.ndarray] = {"matrix": matrix}
    title, caption = part.key.replace("_", " "), f"Behind {join(part.scores)}."
    if rows:
        arrays |= {"row_names": np.array(rows), "column_names": np.array(columns)}
        arrays["corner"] = np.array("factor \\ code")
        caption += " A row per factor, a column per code."
    if rows and part.key == "mutual_information":
        title, arrays, said = _information(part, arrays, representation)
        caption += said
    if rows and part.key == "importance":
        caption += " Where one code alone predicts a factor, its row has one dark cell."
    if rows and part.key in _WITH_GAP and matrix.shape[1] > 1:
        ranked = np.sort(arrays["matrix"], axis=1)
        arrays |= {
            "margin": (ranked[:, -1] - ranked[:, -2])[:, None],
            "margin_names": np.array(["gap"]),
        }
        caption += " The gap is how far the best code is ahead of the second."
    return View(name=part.key, title=title, caption=caption, kind="heatmap", arrays=arrays)


def _factor_names(representation: Representation | None) -> list[str]:
    if representation is None or representation.factors is None:
        return []
    n_factors = representation.factors.shape[1]
    return list(representation.factor_names) or [f"factor {n}" for n in range(n_factors)]


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
    return array, _factor_names(representation), [str(n) for n in range(n_codes)]


def _information(
    part: _Part, arrays: dict[str, np.ndarray], representation: Representation | None
) -> tuple[str, dict[str, np.ndarray], str]:
    """Return title, arrays and caption of mutual information as a share of the entropies."""
    matrix = arrays["matrix"]
    entropies = _entropies(representation) if part.entropies is None else part.entropies
    if entropies is None or entropies.shape != matrix.shape[:1]:
        return "mutual information", arrays, " In nats."
    # A factor that never changes has no entropy, and no information can be about it.
    matrix = matrix / np.where(entropies > 0, entropies, 1.0)[:, None]
    return (
        "mutual information / entropy of the factor",
        arrays | {"matrix": matrix, "top": np.array(1.0)},
        " The share of what there is to know about the factor that the code knows.",
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
