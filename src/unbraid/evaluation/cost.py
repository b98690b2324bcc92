"""How long scores will take, roughly: enough to warn before an hour is spent."""

from collections.abc import Mapping, Sequence

import numpy as np

from unbraid.core.values import Representation
from unbraid.evaluation.sets import select

# Seconds on one core of 2020, fitted at 200 to 10,000 rows and 10 to 10,000 codes. Rows are those
# that a score learns from, values those of all factors together.
_DRAWN: Mapping[str, float] = {"beta_vae_score": 5e-3, "factor_vae_score": 2.5e-3}
_PER_TREE, _BOOSTED, _MARGINS = 4e-4, 3e-7, 2.5e-7
_CALIBRATION = 12.0


def estimated_seconds(
    scores: str | Sequence[str], representation: Representation, *, calibrated: bool = False
) -> dict[str, float]:
    """Return roughly how long the costly ones among scores take.

    Parameters
    ----------
    scores
        Names of scores and of sets of scores.
    representation
        Codes and factors.
    calibrated
        Whether floor, ceiling and interval are measured too.

    Returns
    -------
    dict
        Seconds by what costs them: ``dci`` for all parts of DCI together, ``sap``, and the
        scores that draw samples. What takes seconds at any size is left out.

    Examples
    --------
    >>> wide = Representation(codes=np.zeros((3000, 5000)), factors=np.arange(3000)[:, None] % 4)
    >>> {name: round(seconds) for name, seconds in estimated_seconds("mig,sap", wide).items()}
    {'sap': 10}
    """
    if representation.factors is None:
        return {}
    names = select(scores)
    n, d = representation.codes.shape
    rows = n if representation.codes_test is not None else 2 * n // 3
    values = sum(len(np.unique(column)) for column in representation.factors.T)
    fits = d * values
    costs = {"dci": (_PER_TREE + _BOOSTED * rows) * fits, "sap": _MARGINS * rows * fits}
    costs |= {name: rate * d for name, rate in _DRAWN.items()}
    wanted = {"dci" if name.startswith("dci_") else name for name in names}
    times = _CALIBRATION if calibrated else 1.0
    return {name: seconds * times for name, seconds in costs.items() if name in wanted}
