"""Keep the memory that a training step frees."""

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # M_* of glibc's malloc.h


@cache
def keep_freed_memory() -> bool:
    """Tell glibc to keep freed blocks for the next step; elsewhere do nothing.

    By default it returns every large block to the system, so that each step faults in some
    60 MB of activations anew: 6 to 25% of its time. The setting holds for the whole process, and
    changes speed alone.

    Returns
    -------
    bool
        Whether it could be set.

    References
    ----------
    The GNU C library manual, "Malloc Tunable Parameters".
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    # 32 MiB is the most that it takes for the first.
    wanted = ((_MMAP_THRESHOLD, 32 << 20), (_TRIM_THRESHOLD, 2**31 - 1), (_TOP_PAD, 64 << 20))
    return all(mallopt(what, size) for what, size in wanted)
