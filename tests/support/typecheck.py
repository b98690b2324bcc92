"""The type checker that every test runs under: shapes and types, with int taken for float."""

from collections.abc import Callable
from typing import Any

from beartype import BeartypeConf, beartype

_checked = beartype(conf=BeartypeConf(is_pep484_tower=True))


def check(function: Callable[..., Any]) -> Callable[..., Any]:
    """Check a function's arguments and result, except where scikit-learn forbids it.

    The constructor of a scikit-learn estimator takes whatever it is given: `fit` checks it.
    """
    learner = getattr(function, "__module__", "").startswith("unbraid.learners.")
    if learner and getattr(function, "__qualname__", "").endswith(".__init__"):
        return function
    return _checked(function)
