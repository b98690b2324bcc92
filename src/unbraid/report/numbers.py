"""Numbers as they are read: ticks of an axis, and values in few characters."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

_MINUS = "\N{MINUS SIGN}"


def short(value: float) -> str:
    """Return a number in few characters.

    Parameters
    ----------
    value
        The number.

    Returns
    -------
    str
        Three significant digits, a true minus sign, thousands apart.

    Examples
    --------
    >>> [short(v) for v in (0.0, 0.12345, -2.5, 1234.5, 1e-7, float("nan"))]
    ['0', '0.123', '−2.5', '1,234', '1e−7', 'not a number']
    """
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    size = abs(value)
    if size and (size < 1e-3 or size >= 1e7):
        text = f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e")
    elif size >= 1000:
        text = f"{value:,.0f}"
    else:
        text = f"{value:.3g}"
    return minus(text)


def alike(values: Sequence[float] | np.ndarray) -> list[str]:
    """Return numbers with as many decimals as their range makes useful.

    Parameters
    ----------
    values
        The numbers.

    Returns
    -------
    list of str
        One text each, all with the same decimals.

    Examples
    --------
    >>> alike([0.0, 0.00951, 1.6]), alike([100.0, 4000.0]), alike([3.0, 3.0])
    (['0.00', '0.01', '1.60'], ['100', '4000'], ['3.00', '3.00'])
    """
    finite = [float(value) for value in values if math.isfinite(value)]
    spread = max(finite, default=0.0) - min(finite, default=0.0)
    decimals = min(max(2 - math.floor(math.log10(spread)), 0), 9) if spread > 0 else 2
    texts = [f"{value:.{decimals}f}" if math.isfinite(value) else "?" for value in values]
    zero = f"{0.0:.{decimals}f}"
    return [zero if text == f"-{zero}" else minus(text) for text in texts]


def minus(text: str) -> str:
    r"""Write negative numbers with a true minus sign.

    Parameters
    ----------
    text
        Numbers, with hyphens.

    Returns
    -------
    str
        The same with minus signs.

    Examples
    --------
    >>> minus("-1") == "\N{MINUS SIGN}1"
    True
    """
    return text.replace("-", _MINUS)


def join(words: Iterable[str]) -> str:
    """Join words as a sentence does.

    Parameters
    ----------
    words
        The words.

    Returns
    -------
    str
        With commas, and "and" before the last.

    Examples
    --------
    >>> join(["a", "b", "c"]), join(["a"])
    ('a, b and c', 'a')
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return round numbers that span a range.

    Parameters
    ----------
    low, high
        The range; high > low.
    count
        About how many.

    Returns
    -------
    list of float
        Multiples of 1, 2 or 5 times a power of ten, all within the range.

    Examples
    --------
    >>> ticks(0.0, 1.0)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{place * step:.12g}") for place in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Return round numbers that span a range of several powers of ten.

    Parameters
    ----------
    low, high
        The range; 0 < low < high.

    Returns
    -------
    list of float
        Powers of ten, and twice and five times them where there are few, all within the range.

    Examples
    --------
    >>> log_ticks(8.0, 1500.0)
    [10.0, 100.0, 1000.0]
    """
    powers = 10.0 ** np.arange(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 2, 5)):
        inside = [float(f * p) for p in powers for f in factors if low <= f * p <= high]
        if len(inside) >= 3:
            break
    return inside
