"""Random streams for torch, named after what they are for."""

import torch

from unbraid.core.rng import integer_seed, stream


def torch_stream(seed: int, *names: str | int) -> torch.Generator:
    """Return the torch generator that a seed gives to a named purpose.

    Parameters
    ----------
    seed
        Any integer >= 0.
    names
        What the stream is for, such as ``"noise"``.

    Returns
    -------
    torch.Generator
        A generator on the CPU, the same for the same arguments.

    Examples
    --------
    >>> first, second = (torch.rand(1, generator=torch_stream(0, "noise")) for _ in range(2))
    >>> bool(first == second)
    True
    """
    return torch.Generator().manual_seed(integer_seed(stream(seed, *names)))
