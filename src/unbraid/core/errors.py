"""The errors that a user can meet.

::

    UnbraidError
    |-- InputError(ValueError)    what was given cannot be used          exit code 2
    |-- MissingNeed(ImportError)  an optional package is not installed   exit code 2
    |-- StoreError(OSError)       a file or folder cannot be used        exit code 2
    `-- RunFailed(RuntimeError)   a computation went wrong               exit code 1

A message says four things in one line: what, got, allowed, try.
"""

import warnings
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import TextIO

# Of more than twice as many names, those are shown that are near the one that was given.
_MOST_NAMES = 12


class UnbraidError(Exception):
    """The base of every error that unbraid raises on purpose.

    Parameters
    ----------
    what
        What is wrong, as a sentence without a full stop.
    got
        What was given.
    allowed
        What would have been accepted.
    hint
        What to try next.

    Examples
    --------
    >>> print(UnbraidError("factors must have one row per sample", got="99 rows", allowed="100"))
    factors must have one row per sample: got 99 rows; allowed: 100
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        got: object = None,
        allowed: object = None,
        hint: str | None = None,
    ) -> None:
        said = [f"got {got}"] if got is not None else []
        said += [f"allowed: {allowed}"] if allowed is not None else []
        said += [f"try {hint}"] if hint is not None else []
        super().__init__(f"{what}: {'; '.join(said)}" if said else what)


class InputError(UnbraidError, ValueError):
    """What was given cannot be used."""

    exit_code = 2


class MissingNeed(UnbraidError, ImportError):  # noqa: N818
    """An optional package that is needed is not installed."""

    exit_code = 2


class StoreError(UnbraidError, OSError):
    """A file or folder cannot be read or written."""

    exit_code = 2


class RunFailed(UnbraidError, RuntimeError):  # noqa: N818
    """A computation went wrong; what was finished before is kept."""

    exit_code = 1


class Caution(UserWarning):
    """What was computed is not to be trusted as it is, and the message says why."""


def say_cautions(say: Callable[[str], object]) -> None:
    """Let cautions be said in a line, without the line of code that they come from.

    Parameters
    ----------
    say
        Says a line.

    Examples
    --------
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("always")
    ...     say_cautions(print)
    ...     warnings.warn("two samples are not many", Caution)
    caution: two samples are not many
    """
    plain = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, Caution):
            say(f"caution: {message}")
        else:
            plain(message, category, filename, lineno, file, line)

    warnings.showwarning = show


def unknown(kind: str, name: object, known: Iterable[str]) -> InputError:
    """Return the error for a name that is not known, with the nearest name that is.

    Parameters
    ----------
    kind
        What the name stands for, such as ``"learner"``.
    name
        The name that was given.
    known
        The names that exist.

    Returns
    -------
    InputError
        The error, to be raised by the caller.

    Examples
    --------
    >>> print(unknown("learner", "beta_vea", ["beta_vae", "pca"]))
    unknown learner: got 'beta_vea'; allowed: beta_vae, pca; try 'beta_vae'
    """
    known = sorted(known)
    near = get_close_matches(str(name), known, n=_MOST_NAMES, cutoff=0.5)
    hint = f"'{near[0]}'" if near else None
    allowed = ", ".join(known) or "none"
    if len(known) > 2 * _MOST_NAMES:
        shown = near or known[:_MOST_NAMES]
        allowed = f"{', '.join(shown)} and {len(known) - len(shown)} more"
    return InputError(f"unknown {kind}", got=repr(name), allowed=allowed, hint=hint)
