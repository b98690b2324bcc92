"""Costly values that several scores need, computed once while a block lasts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
T = TypeVar("T")

# Each entry holds its arguments, so that no array is freed and its identity used again.
_block: ContextVar[dict[object, tuple[object, object]] | None] = ContextVar("block", default=None)


@contextmanager
def sharing(*, anew: bool = False) -> Iterator[None]:
    """Let `shared` functions return the value they have, while the block lasts.

    Parameters
    ----------
    anew
        Whether a block inside a block keeps its values to itself, and forgets them at its end;
        otherwise it uses those of the block around it.

    Yields
    ------
    None
        Nothing.

    Examples
    --------
    >>> @shared
    ... def total(array):
    ...     print("computing")
    ...     return array.sum()
    >>> ones = np.ones(3)
    >>> with sharing():
    ...     _ = total(ones), total(ones)
    computing
    """
    if _block.get() is not None and not anew:
        yield
        return
    token = _block.set({})
    try:
        yield
    finally:
        _block.reset(token)


def shared(function: Callable[P, T]) -> Callable[P, T]:
    """Make a pure function compute once per arguments inside a `sharing` block.

    Arrays are told apart by identity, all else by value. Outside a block nothing is kept.

    Parameters
    ----------
    function
        A pure function of arrays and hashable options.

    Returns
    -------
    callable
        The same function, with a memory that ends with the block.
    """

    @wraps(function)
    def remembering(*args: P.args, **kwargs: P.kwargs) -> T:
        block = _block.get()
        if block is None:
            return function(*args, **kwargs)
        given: tuple[Any, ...] = (*args, *sorted(kwargs.items()))
        key = _key(function, given)
        if key not in block:
            block[key] = (given, function(*args, **kwargs))
        return block[key][1]  # type: ignore[return-value]

    return remembering


def supply(function: Callable[..., T], args: tuple[object, ...], value: T) -> None:
    """Give the block the value that a `shared` function shall return for some arguments.

    Parameters
    ----------
    function
        A `shared` function.
    args
        Its positional arguments.
    value
        What it returns for them while the block lasts.

    Examples
    --------
    >>> @shared
    ... def total(array):
    ...     return array.sum()
    >>> ones = np.ones(3)
    >>> with sharing():
    ...     supply(total, (ones,), 7.0)
    ...     total(ones)
    7.0
    """
    block = _block.get()
    assert block is not None, "nothing is shared outside a block"
    block[_key(function.__wrapped__, args)] = (args, value)  # type: ignore[attr-defined]


def _key(function: object, given: tuple[object, ...]) -> object:
    return (function, *(_identity(argument) for argument in given))


def _identity(argument: object) -> object:
    if isinstance(argument, tuple):
        return tuple(_identity(part) for part in argument)
    return ("array", id(argument)) if isinstance(argument, np.ndarray) else argument
