"""The checks of a learner's settings; scikit-learn wants them in `fit`, not in the constructor."""

from typing import Any

import numpy as np

from unbraid.core.errors import InputError, unknown


def whole(name: str, value: Any, at_least: int = 1, at_most: int | None = None) -> int:  # noqa: ANN401
    """Return a setting that must be a whole number, or say what is wrong with it.

    Parameters
    ----------
    name
        The setting's name.
    value
        What was given.
    at_least
        The least value allowed.
    at_most
        The greatest value allowed; None for no limit.

    Returns
    -------
    int
        The value.

    Raises
    ------
    InputError
        If it is no whole number or out of range.

    Examples
    --------
    >>> whole("n_codes", 3)
    3
    """
    allowed = f"a whole number from {at_least}" + (f" to {at_most}" if at_most else "")
    number = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not number or value < at_least or (at_most is not None and value > at_most):
        raise InputError(f"{name} cannot be used", got=repr(value), allowed=allowed)
    return int(value)


def positive(
    name: str,
    value: Any,  # noqa: ANN401
    *,
    zero: bool = False,
    at_most: float = np.inf,
) -> float:
    """Return a setting that must be a positive number, or say what is wrong with it.

    Parameters
    ----------
    name
        The setting's name.
    value
        What was given.
    zero
        Whether zero is allowed too.
    at_most
        The greatest value allowed.

    Returns
    -------
    float
        The value.

    Raises
    ------
    InputError
        If it is no finite number or out of range.

    Examples
    --------
    >>> positive("tolerance", 0.5)
    0.5
    """
    number = isinstance(value, int | float | np.integer | np.floating)
    fits = number and not isinstance(value, bool) and np.isfinite(value)
    if not fits or not 0 <= value <= at_most or (value == 0 and not zero):
        allowed = "a number of 0 or more" if zero else "a number above 0"
        allowed += f", {at_most:g} at most" if at_most < np.inf else ""
        raise InputError(f"{name} cannot be used", got=repr(value), allowed=allowed)
    return float(value)


def choice(name: str, value: object, allowed: tuple[str, ...]) -> str:
    """Return a setting that must be one of some words, or say what is wrong with it.

    Parameters
    ----------
    name
        The setting's name.
    value
        What was given.
    allowed
        The words.

    Returns
    -------
    str
        The word.

    Raises
    ------
    InputError
        If it is none of them.

    Examples
    --------
    >>> choice("method", "fast", ("fast", "slow"))
    'fast'
    """
    if not isinstance(value, str) or value not in allowed:
        raise unknown(name, value, allowed)
    return value


def flag(name: str, value: object) -> bool:
    """Return a setting that must be True or False, or say that it is neither.

    Parameters
    ----------
    name
        The setting's name.
    value
        What was given.

    Returns
    -------
    bool
        The value.

    Raises
    ------
    InputError
        If it is neither: words such as "no" would count as true.

    Examples
    --------
    >>> flag("prune", False)
    False
    """
    if not isinstance(value, bool | np.bool_):
        raise InputError(f"{name} cannot be used", got=repr(value), allowed="True or False")
    return bool(value)


def how_many_codes(n_codes: object, at_most: int, because: str, default: int = 10) -> int:
    """Return how many codes to learn.

    Parameters
    ----------
    n_codes
        What was asked for; None for ``default``, or ``at_most`` if that is less.
    at_most
        How many the samples allow.
    because
        Why they allow no more, such as ``"4 feature(s)"``.
    default
        How many by default.

    Returns
    -------
    int
        From 1 to ``at_most``.

    Raises
    ------
    InputError
        If more are asked for than the samples allow.

    Examples
    --------
    >>> how_many_codes(None, 4, "4 feature(s)")
    4
    """
    if n_codes is None:
        return min(default, at_most)
    asked = whole("n_codes", n_codes)
    if asked > at_most:
        raise InputError(
            f"{asked} codes are too many for these samples",
            got=because,
            allowed=f"at most {at_most} codes",
            hint=f"n_codes={at_most}",
        )
    return asked
