"""Times as numbers, whatever they are written as."""

import numpy as np
import pytest

from unbraid.core.errors import InputError
from unbraid.evaluation.reading import as_times


def test_numbers_stay_as_they_are():
    assert as_times("day", np.array([3, 1])).tolist() == [3, 1]


def test_dates_count_days_whether_they_are_texts_or_not():
    words = np.array(["1970-01-02", "1970-01-01 06:00", "1970-01-01T12:00:00.000000"])
    assert as_times("when", words).tolist() == [1, 0.25, 0.5]
    assert as_times("when", words.astype("datetime64[ns]")).tolist() == [1, 0.25, 0.5]
    assert np.isnan(as_times("when", np.array(["NaT"], dtype="datetime64[D]"))).all()


def test_time_zones_are_taken_into_account_where_all_have_one():
    words = ["1970-01-01T12:00Z", "1970-01-01T12:00+06:00"]
    assert as_times("when", np.array(words)).tolist() == [0.5, 0.25]
    with pytest.raises(InputError, match="some times in 'when' have a time zone"):
        as_times("when", np.array([words[0], "1970-01-01"]))


@pytest.mark.parametrize("values", [np.array(["2024-01-31", "31.1.2024"]), np.array([True])])
def test_anything_else_is_refused_with_what_would_do(values):
    with pytest.raises(InputError, match=r"'when' must be numbers or dates: got '(31\.1|True)"):
        as_times("when", values)
