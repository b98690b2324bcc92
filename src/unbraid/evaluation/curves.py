"""What is read of factors by the number of labels, as values and as a drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from unbraid.core.errors import InputError
from unbraid.core.values import View


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """What is read of one factor, by how many labels the reader has seen.

    Parameters
    ----------
    factor
        The factor's name.
    measure
        ``accuracy``, or ``R²`` for a factor that is read as a number.
    chance
        What a reader that ignores the codes gets: the share of the most frequent value, or 0.
    sizes
        The numbers of labels, increasing, shape (S,).
    values
        The mean over repeats, shape (S,).
    low, high
        The ends of the 95% intervals, shape (S,) each.
    area
        The mean height of the curve over the logarithm of the number of labels, with the ends of
        its 95% interval.
    reach
        The value that ``needed`` is about.
    needed
        How many labels it takes to reach it, with the ends of its 95% interval; infinity where
        it is not reached.
    strengths
        The strength that was chosen, by repeat and size, shape (repeats, S).

    Examples
    --------
    >>> curve = Curve(factor="shape", measure="accuracy", chance=0.5, sizes=np.array([10, 100]),
    ...               values=np.array([0.6, 0.9]), low=np.array([0.5, 0.8]),
    ...               high=np.array([0.7, 1.0]), area=(0.75, 0.7, 0.8), reach=0.95,
    ...               needed=(np.inf, 80.0, np.inf), strengths=np.ones((3, 2)))
    >>> curve.says
    'shape: 0.95 accuracy is not reached by 100 labels [80, not reached]'
    """

    factor: str
    measure: str
    chance: float
    sizes: Int[np.ndarray, " sizes"]
    values: Float[np.ndarray, " sizes"]
    low: Float[np.ndarray, " sizes"]
    high: Float[np.ndarray, " sizes"]
    area: tuple[float, float, float]
    reach: float
    needed: tuple[float, float, float]
    strengths: Float[np.ndarray, "repeats sizes"]

    @property
    def says(self) -> str:
        """How many labels are needed, in words."""
        value, low, high = (_labels(each) for each in self.needed)
        what = f"{self.factor}: {self.reach:g} {self.measure}"
        if np.isinf(self.needed[0]):
            last = f"by {self.sizes[-1]} labels"
            if np.isinf(self.needed[1]):
                return f"{what} is not reached {last}"
            return f"{what} is not reached {last} [{low}, {high}]"
        return f"{what} needs {value} labels [{low}, {high}]"

    def summary(self) -> dict[str, object]:
        """Return all of it, ready to be written as JSON.

        Returns
        -------
        dict
            None stands for what is not reached, and for an interval without an end.
        """

        def finite(numbers: Sequence[float]) -> list[float | None]:
            return [None if np.isinf(number) else float(number) for number in numbers]

        return {
            "factor": self.factor,
            "measure": self.measure,
            "chance": self.chance,
            "sizes": self.sizes.tolist(),
            "values": self.values.tolist(),
            "low": finite(self.low.tolist()),
            "high": finite(self.high.tolist()),
            "area": dict(zip(("value", "low", "high"), finite(self.area), strict=True)),
            "reach": self.reach,
            "needed": dict(zip(("value", "low", "high"), finite(self.needed), strict=True)),
            "says": self.says,
        }


def _labels(number: float) -> str:
    return "not reached" if np.isinf(number) else f"{np.ceil(number):.0f}"


def drawing(curves: Mapping[str, Curve]) -> View:
    """Draw curves in one picture.

    Parameters
    ----------
    curves
        The curves by name, one or more.

    Returns
    -------
    View
        A view of kind ``lines`` over the logarithm of the number of labels.

    Raises
    ------
    InputError
        If there is no curve.
    """
    if not curves:
        raise InputError("there is no curve to draw")
    sizes = np.unique(np.concatenate([curve.sizes for curve in curves.values()]))
    y = np.full((len(curves), len(sizes)), np.nan)
    for row, curve in zip(y, curves.values(), strict=True):
        row[np.searchsorted(sizes, curve.sizes)] = curve.values
    measures = sorted({curve.measure for curve in curves.values()})
    return View(
        name="label_efficiency",
        title="What is read, by the number of labels",
        caption="How well a tuned linear reader tells each factor of held-out samples, after "
        "seeing so many labels.",
        kind="lines",
        arrays={
            "x": np.log10(sizes),
            "y": y,
            "series_names": np.array(list(curves)),
            "axis_names": np.array(["labels, as a power of ten", " or ".join(measures)]),
        },
    )
