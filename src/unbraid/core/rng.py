"""Independent random streams, each named after what it is for."""

import hashlib

import numpy as np

from unbraid.core.errors import InputError


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return the random stream that a seed gives to a named purpose.

    Streams with different names are independent, so adding a consumer of randomness never
    changes what another one draws.

    Parameters
    ----------
    seed
        Any integer >= 0.
    names
        What the stream is for, such as ``"mig", "floor", 3``.

    Returns
    -------
    numpy.random.Generator
        The same stream for the same arguments on every machine.

    Raises
    ------
    InputError
        If the seed is negative.

    Examples
    --------
    >>> bool(stream(0, "floor").integers(100) == stream(0, "floor").integers(100))
    True
    >>> bool(stream(0, "floor").integers(2**40) == stream(0, "split").integers(2**40))
    False
    """
    if seed < 0:
        raise InputError("a seed cannot be negative", got=seed, allowed="a whole number from 0")
    key = "\x1f".join(str(name) for name in names).encode()
    words = np.frombuffer(hashlib.sha256(key).digest()[:16], dtype=np.uint32)
    return np.random.default_rng([int(seed), *(int(word) for word in words)])


def integer_seed(rng: np.random.Generator) -> int:
    """Return a seed for a library that takes an integer and not a generator.

    Parameters
    ----------
    rng
        The stream to draw the seed from.

    Returns
    -------
    int
        Uniform in [0, 2**31).

    Examples
    --------
    >>> integer_seed(stream(0, "example")) < 2**31
    True
    """
    return int(rng.integers(2**31))
