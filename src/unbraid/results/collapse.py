"""Whether a training ended with nothing in its codes."""

from collections.abc import Mapping, Sequence
from typing import Any


def collapse(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Say that a training ended with no code active, which its loss does not show.

    Parameters
    ----------
    records
        What was logged, the last step last.

    Returns
    -------
    str or None
        What happened and what to try; None where a code is active or none was counted.

    References
    ----------
    Burda et al. (2016), Importance weighted autoencoders, arXiv:1509.00519, section 5.2: when a
    code is active.

    Examples
    --------
    >>> collapse([{"step": 10, "active_codes": 0}]).partition(":")[0]
    'no code is active after 10 steps'
    >>> collapse([{"step": 10, "active_codes": 3}]), collapse([])
    (None, None)
    """
    last = records[-1] if records else {}
    if last.get("active_codes") != 0:
        return None
    return (
        f"no code is active after {last.get('step', 'all')} steps: all samples have nearly the "
        "same codes; try a smaller beta, more steps, or features of like scale"
    )
