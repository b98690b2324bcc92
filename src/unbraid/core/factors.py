"""What is done to factors before a score sees them."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Num

from unbraid.core import memo
from unbraid.core.errors import InputError
from unbraid.core.values import Kind

# What a score takes the numbers of a factor for.
Reading = Literal["values", "numbers"]

# So many quantile bins stand for a continuous factor where its values are counted.
N_BINS = 20

Columns = Num[np.ndarray, "samples factors"]
Others = Num[np.ndarray, "others factors"]


@memo.shared
def complete(
    codes: Num[np.ndarray, "samples codes"], factors: Columns
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that have every factor.

    One rule for all scores: a row that lacks a factor is left out of all factors, so that all
    numbers of a score are about the same samples.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K); NaN stands for a missing value.

    Returns
    -------
    tuple of numpy.ndarray
        Codes and factors without those rows; the same objects where none is missing.

    Raises
    ------
    InputError
        If no row has every factor.

    Examples
    --------
    >>> complete(np.zeros((2, 1)), np.array([[1.0, 2.0], [np.nan, 3.0]]))[1]
    array([[1., 2.]])
    """
    if factors.dtype.kind != "f":
        return codes, factors
    whole = ~np.isnan(factors).any(axis=1)
    if whole.all():
        return codes, factors
    if not whole.any():
        raise InputError(
            "every row lacks a factor", hint="leaving out the factor that most rows lack"
        )
    return codes[whole], factors[whole]


def lacking(factors: Columns) -> str | None:
    """Say how many rows lack a factor and are left out.

    Parameters
    ----------
    factors
        The factors, shape (n, K); NaN stands for a missing value.

    Returns
    -------
    str or None
        The sentence, or None where no value is missing.

    Examples
    --------
    >>> lacking(np.array([[1.0, 2.0], [np.nan, 3.0]]))
    '1 of 2 rows lack a factor and are left out'
    """
    if factors.dtype.kind != "f":
        return None
    missing = int(np.isnan(factors).any(axis=1).sum())
    return f"{missing} of {len(factors)} rows lack a factor and are left out" if missing else None


class Countable(NamedTuple):
    """Factors whose values can be counted.

    Examples
    --------
    >>> Countable(np.zeros((2, 1)), np.zeros((2, 1)), None).caution
    """

    factors: np.ndarray
    others: np.ndarray
    caution: str | None


@memo.shared
def countable(factors: Columns, others: Others, kinds: tuple[Kind, ...]) -> Countable:
    """Cut factors that are declared continuous into quantile bins.

    Parameters
    ----------
    factors
        The factors, shape (n, K).
    others
        The factors of held-out rows, shape (m, K), cut at the same edges.
    kinds
        One kind per factor, or none. A continuous factor of more than 20 values is cut, and a
        periodic one of more than 20 values that are not all whole numbers.

    Returns
    -------
    Countable
        The same objects where nothing is cut, and a caution that names the factors that are.

    Examples
    --------
    >>> ramp = np.arange(100.0)[:, None]
    >>> found = countable(ramp, ramp[:3], ("continuous",))
    >>> np.unique(found.factors).size, found.caution
    (20, 'factor 0 is continuous and counted in 20 quantile bins')
    """
    cut = [k for k, kind in enumerate(kinds) if _is_cut(factors[:, k], kind)]
    if not cut:
        return Countable(factors, others, None)
    mine, theirs = factors.copy(), others.astype(np.float64)
    for k in cut:
        inner = np.linspace(0, 1, N_BINS + 1)[1:-1]
        edges = np.unique(np.quantile(factors[:, k], inner))
        mine[:, k] = np.searchsorted(edges, factors[:, k], side="right")
        theirs[:, k] = np.searchsorted(edges, others[:, k], side="right")
    said = []
    for kind in ("continuous", "periodic"):
        which = [k for k in cut if kinds[k] == kind]
        said += [f"{named(which, kind)} and counted in 20 quantile bins"] if which else []
    return Countable(mine, theirs, "; ".join(said))


def _is_cut(column: np.ndarray, kind: Kind) -> bool:
    if kind not in ("continuous", "periodic") or np.unique(column).size <= N_BINS:
        return False
    return kind == "continuous" or bool((column != np.round(column)).any())


def straightened(kinds: Sequence[Kind], *, periodic: bool) -> str | None:
    """Say which factors are taken for numbers that are none.

    Parameters
    ----------
    kinds
        One kind per factor, or none.
    periodic
        Whether periodic factors are taken for numbers along a line too.

    Returns
    -------
    str or None
        The sentence, or None where every factor is a number.

    Examples
    --------
    >>> straightened(("categorical", "ordinal"), periodic=True)
    'factor 0 is categorical and taken for numbers'
    """
    wrong = ("categorical", "periodic") if periodic else ("categorical",)
    said = []
    for kind in wrong:
        which = [k for k, each in enumerate(kinds) if each == kind]
        said += [f"{named(which, kind)} and taken for numbers"] if which else []
    return "; ".join(said) or None


def named(which: Sequence[int], what: str) -> str:
    """Say something of some factors.

    Parameters
    ----------
    which
        Their numbers, one or more.
    what
        What they are.

    Returns
    -------
    str
        The sentence, which names the first ten.

    Examples
    --------
    >>> named([3], "odd"), named([0, 2], "even")
    ('factor 3 is odd', 'factors 0, 2 are even')
    """
    numbers = ", ".join(str(k) for k in which[:10])
    return f"factors {numbers} are {what}" if len(which) > 1 else f"factor {numbers} is {what}"
