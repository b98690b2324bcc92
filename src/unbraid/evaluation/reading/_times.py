"""Times as numbers: those of a column of numbers, and days where it holds dates."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from unbraid.core.errors import InputError

_DAY = 86_400e6  # in microseconds


def as_times(name: str, values: np.ndarray) -> np.ndarray:
    """Return a column of times as numbers.

    Parameters
    ----------
    name
        The column's name, for what is said of it.
    values
        Numbers, dates and times, or texts that are such in ISO 8601, shape (n,).

    Returns
    -------
    numpy.ndarray
        The numbers as they are; of dates the days since 1970, in UTC where they have a time zone,
        and NaN where one is missing.

    Raises
    ------
    InputError
        If a value is neither, or some have a time zone and others have none.

    Examples
    --------
    >>> as_times("day", np.array(["2024-02-28", "2024-03-01T12:00"])).tolist()
    [19781.0, 19783.5]
    """
    if values.dtype.kind in "iuf":
        return values
    if values.dtype.kind == "U":
        values = _parsed(name, values.tolist())
    if values.dtype.kind != "M":
        raise _neither(name, values[0])
    days = values.astype("datetime64[us]").astype(np.int64) / _DAY
    return np.where(np.isnat(values), np.nan, days)


def _parsed(name: str, words: Sequence[str]) -> np.ndarray:
    found = []
    for word in words:
        try:
            found.append(datetime.fromisoformat(word))
        except ValueError:
            raise _neither(name, word) from None
    zoned = [when.tzinfo is not None for when in found]
    if any(zoned) and not all(zoned):
        raise InputError(
            f"some times in {name!r} have a time zone and others have none",
            got=f"{words[zoned.index(True)]!r} and {words[zoned.index(False)]!r}",
        )
    if any(zoned):
        found = [when.astimezone(UTC).replace(tzinfo=None) for when in found]
    return np.array(found, dtype="datetime64[us]")


def _neither(name: str, value: object) -> InputError:
    return InputError(
        f"the times in {name!r} must be numbers or dates",
        got=repr(str(value)),
        allowed="such as 7.5, 2024-01-31 or 2024-01-31T12:30",
        hint="writing dates with the year first, or counting days",
    )
