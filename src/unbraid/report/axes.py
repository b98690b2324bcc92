"""The frame of a drawing: from values to the picture's coordinates, and its ticks."""

import math
from dataclasses import dataclass

import numpy as np

from unbraid.report import numbers

WIDTH, HEIGHT = 360, 220
LEFT, RIGHT, TOP, BOTTOM = 48, 18, 8, 38


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis of a drawing.

    Parameters
    ----------
    low, high
        The values at its ends; high > low.
    start, end
        Where its ends are in the picture.
    log
        Whether equal ratios are equally far apart; then low > 0.
    ticks
        The values that are labelled.

    Examples
    --------
    >>> axis = fit(np.array([0.0, 10.0]), start=0, end=100)
    >>> axis.place(np.array([5.0]))
    array([50.])
    """

    low: float
    high: float
    start: float
    end: float
    log: bool
    ticks: tuple[float, ...]

    def place(self, values: np.ndarray) -> np.ndarray:
        """Return where values are in the picture.

        Parameters
        ----------
        values
            The values.

        Returns
        -------
        numpy.ndarray
            Coordinates of the same shape.
        """
        low, high = self.low, self.high
        if self.log:
            values, low, high = np.log(values), math.log(low), math.log(high)
        return self.start + (np.asarray(values) - low) / (high - low) * (self.end - self.start)

    def labels(self) -> list[tuple[float, str]]:
        """Return where ticks are and what is written at them.

        Returns
        -------
        list of tuple
            Coordinate and text.
        """
        places = self.place(np.array(self.ticks, dtype=np.float64))
        return [
            (round(float(place), 1), numbers.short(tick))
            for place, tick in zip(places, self.ticks, strict=True)
        ]


def fit(
    values: np.ndarray, *, start: float, end: float, zero: bool = False, log: bool = False
) -> Axis:
    """Return an axis on which all finite values have a place.

    Parameters
    ----------
    values
        The values.
    start, end
        Where the axis begins and ends in the picture.
    zero
        Whether to begin at zero where the values are positive and reach far towards it.
    log
        Whether equal ratios are to be equally far apart, if all values are positive.

    Returns
    -------
    Axis
        The axis.
    """
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if log and low > 0 and high > low:
        return Axis(
            low=low,
            high=high,
            start=start,
            end=end,
            log=True,
            ticks=tuple(numbers.log_ticks(low, high)),
        )
    if zero and 0 < low < 0.5 * high:
        low = 0.0
    if not high > low:
        spread = abs(low) * 0.5 or 1.0
        low, high = low - spread, high + spread
    ticks = tuple(numbers.ticks(low, high))
    return Axis(low=low, high=high, start=start, end=end, log=False, ticks=ticks)
