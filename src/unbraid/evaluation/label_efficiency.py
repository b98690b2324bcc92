"""How many labels codes need: what a simple reader makes of them, from a few labels to many.

In each repeat the rows to learn from are put in an order whose every beginning has the labels in
their proportions, so that 20 labelled samples contain the 10 that came before. The reader's one
setting, the penalty, is tuned on labelled samples only, which count like any others: five folds
of up to 200, one fold of more. The held-out rows are the same for all and are never looked at
before the end.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import stats

from unbraid.core.errors import Caution, InputError
from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.rng import stream
from unbraid.core.values import Representation
from unbraid.evaluation._learning import Numbers, readable
from unbraid.evaluation.blocks import Blocks, stratified_order
from unbraid.evaluation.curves import Curve
from unbraid.numerics.tuned import read_labels, read_numbers

N_REPEATS = 10
N_RESAMPLES = 400
MOST_HELD_OUT = 5000
_LEVEL = 0.95
_MANY_FOLDS = 200  # up to so many labels, five folds are worth their cost


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Protocol:
    """How curves are measured.

    Parameters
    ----------
    sizes
        The numbers of labels; empty for 10, 20, 50, 100 and so on, and all the rows.
    n_repeats
        How many orders of the rows to learn from are drawn, >= 2.
    reach
        The value whose labels are counted; an accuracy must be above 0, an R² need not.
    held_out
        The share of rows that is held out, where the representation has no held-out rows.
    blocks
        Groups or times of the samples. Where the representation has held-out rows of its own,
        only the rows that are tuned on are kept apart by them.
    seed
        Fixes all randomness.

    Examples
    --------
    >>> Protocol(n_repeats=5).reach
    0.9
    """

    sizes: tuple[int, ...] = ()
    n_repeats: int = N_REPEATS
    reach: float = 0.9
    held_out: float = 1 / 3
    blocks: Blocks = field(default_factory=Blocks)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.n_repeats < 2:
            raise InputError("repeats must be 2 or more", got=self.n_repeats)
        if not 0 < self.held_out < 1:
            raise InputError("the share held out must lie between 0 and 1", got=self.held_out)
        if not np.isfinite(self.reach):
            raise InputError("the value to reach must be finite", got=self.reach)
        if list(self.sizes) != sorted(set(self.sizes)) or min(self.sizes, default=5) < 5:
            raise InputError(
                "numbers of labels must increase, from 5 or more", got=list(self.sizes)
            )

    def split(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows to learn from and those held out, where the file has none of its own.

        Parameters
        ----------
        n
            How many rows there are, >= 2.

        Returns
        -------
        tuple of numpy.ndarray
            Two sets of rows, each in increasing order.
        """
        return self.blocks.split(n, self.held_out, stream(self.seed, "held out"))


def label_efficiency(
    representation: Representation,
    factors: Sequence[str] = (),
    protocol: Protocol | None = None,
    *,
    progress: Listener = silent,
) -> dict[str, Curve]:
    """Measure how well each factor is read from codes, by the number of labels.

    Parameters
    ----------
    representation
        Codes and factors. NaN stands for a missing value of a factor, whose row is left out of
        that factor's curve.
    factors
        The names of factors, or their numbers as texts; all by default.
    protocol
        How it is done; the default protocol by default.
    progress
        Is told of each factor and repeat.

    Returns
    -------
    dict
        The `Curve` by factor name, or by number as text where factors have no names.

    Raises
    ------
    InputError
        If there are no factors or only constant ones, two have one name, a name is unknown, or
        there are too few rows.

    Warns
    -----
    Caution
        If a factor is constant and none is named: it is left out.

    Notes
    -----
    The interval at n labels is for the expected value over draws of n labelled samples from these
    rows to learn from, on fresh samples like the held-out ones. Its variance is s²/R, with s the
    standard deviation between R repeats, plus that of the mean over held-out rows, or over
    held-out groups where there are groups; with one such group nothing is known, and the interval
    is all that there can be. What other rows to learn from would change is not in
    it, which matters where n is near their number.

    References
    ----------
    Perlich, Provost and Simonoff (2003), Tree induction vs. logistic regression: a learning-curve
    analysis, JMLR 4. Hestness et al. (2017), Deep learning scaling is predictable, empirically,
    arXiv:1712.00409.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> sides = rng.integers(2, size=(600, 1))
    >>> codes = sides + 0.1 * rng.normal(size=(600, 1))
    >>> given = Representation(codes=codes, factors=sides, factor_names=("side",))
    >>> curve = label_efficiency(given, protocol=Protocol(sizes=(10, 100), n_repeats=3))["side"]
    >>> curve.values.tolist(), curve.needed[0]
    ([1.0, 1.0], 10.0)
    """
    protocol = protocol or Protocol()
    found = {}
    columns = _columns(representation, factors)
    for done, (name, k) in enumerate(columns.items()):
        if not factors and _is_constant(representation, k):
            warnings.warn(f"{name} is constant and left out", Caution, stacklevel=2)
            continue
        task = _task(representation, k, protocol)
        gains, strengths, sizes = _measured(task, protocol, name, (done, len(columns)), progress)
        found[name] = _curve(name, task, protocol, sizes, gains, strengths)
    if not found:
        raise InputError("every factor is constant: there is nothing to read")
    progress(Progress(task="reading", done=len(columns), total=len(columns)))
    return found


def _is_constant(representation: Representation, k: int) -> bool:
    there = _column(representation.factors, k)
    return len(np.unique(there[~np.isnan(there)])) == 1


def _columns(representation: Representation, wanted: Sequence[str]) -> dict[str, int]:
    if representation.factors is None:
        raise InputError("there are no factors to read from the codes", hint="codes with factors")
    n_factors = representation.factors.shape[1]
    names = representation.factor_names or tuple(map(str, range(n_factors)))
    known = {name: k for k, name in enumerate(names)}
    if len(known) < n_factors:  # a curve goes by its factor's name
        raise InputError("two factors have one name", got=", ".join(names))
    numbered = {str(k): k for k in range(n_factors)} | known
    for name in wanted:
        if name not in numbered:
            raise InputError("unknown factor", got=repr(name), allowed=", ".join(names))
    return {name: numbered[name] for name in wanted} if wanted else known


@dataclass(frozen=True, kw_only=True, eq=False)
class _Task:
    """One factor: what to learn from, and what is held out."""

    codes: np.ndarray
    target: Numbers
    blocks: Blocks
    codes_test: np.ndarray
    truth: np.ndarray
    clusters: np.ndarray | None


def _task(representation: Representation, k: int, protocol: Protocol) -> _Task:
    codes, factor = representation.codes, _column(representation.factors, k)
    blocks = protocol.blocks
    blocks.check(len(codes))
    rows = np.flatnonzero(~np.isnan(factor))
    if len(rows) < 8:
        raise InputError(
            "too few samples that have the factor", got=len(rows), allowed="8 or more"
        )
    codes, factor, blocks = codes[rows], factor[rows], blocks.of(rows)
    clusters = None
    if representation.codes_test is not None:
        codes_test, test = representation.codes_test, _column(representation.factors_test, k)
        there = ~np.isnan(test)
        codes_test, test = codes_test[there], test[there]
    else:
        kept, held = replace(protocol, blocks=blocks).split(len(codes))
        codes_test, test = codes[held], factor[held]
        clusters = None if blocks.groups is None else blocks.groups[held]
        codes, factor, blocks = codes[kept], factor[kept], blocks.of(kept)
    some = stream(protocol.seed, "some").permutation(len(test))[:MOST_HELD_OUT]
    kind = representation.factor_kinds[k] if representation.factor_kinds else None
    target, truth = readable(factor, test[some], kind)
    if protocol.reach <= 0 and not target.is_number:
        raise InputError(
            "the accuracy to reach must be above 0", got=protocol.reach, allowed="up to 1"
        )
    clusters = None if clusters is None else clusters[some]
    return _Task(codes=codes, target=target, blocks=blocks, codes_test=codes_test[some],
                 truth=truth, clusters=clusters)  # fmt: skip


def _column(factors: np.ndarray | None, k: int) -> np.ndarray:
    assert factors is not None  # the callers asked
    return factors[:, k].astype(np.float64)


def _sizes(protocol: Protocol, n: int) -> np.ndarray:
    if protocol.sizes:
        if protocol.sizes[-1] > n:
            raise InputError("there are not so many rows to learn from", got=protocol.sizes[-1],
                             allowed=f"no more than {n}")  # fmt: skip
        return np.array(protocol.sizes)
    steps = [m * 10**power for power in range(1, 9) for m in (1, 2, 5)]
    return np.array([*(size for size in steps if size < 0.9 * n), n])


def _measured(
    task: _Task,
    protocol: Protocol,
    name: str,
    place: tuple[int, int],
    progress: Listener,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what each held-out row adds to the measure, (repeats, sizes, rows), and strengths."""
    sizes = _sizes(protocol, len(task.codes))
    gains = np.empty((protocol.n_repeats, len(sizes), len(task.truth)), dtype=np.float32)
    strengths = np.empty((protocol.n_repeats, len(sizes)))
    done, total = place
    for repeat in range(protocol.n_repeats):
        progress(Progress(task=f"reading {name}", done=done * protocol.n_repeats + repeat,
                          total=total * protocol.n_repeats))  # fmt: skip
        rng = stream(protocol.seed, "labels", repeat)
        order = stratified_order(task.target.strata, rng)
        for j, size in enumerate(sizes):
            rows = order[:size]
            folds = list(_folds(task, rows, rng))
            read = read_numbers if task.target.is_number else read_labels
            found = read(task.codes[rows], task.target.values[rows], task.codes_test, folds)
            gains[repeat, j] = task.target.gains(found.predicted, task.truth)
            strengths[repeat, j] = found.strength
    return gains, strengths, sizes


def _folds(
    task: _Task, rows: np.ndarray, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows to fit on and rows to tune on, out of the labelled ones alone."""
    blocks = task.blocks.of(rows)
    if blocks.times is not None or blocks.groups is not None:
        try:
            yield blocks.split(len(rows), 0.2, rng)
        except InputError:  # labelled samples of one group, or of one time
            return
        return
    order = stratified_order(task.target.strata[rows], rng)
    parts = [order[start::5] for start in range(5)]
    for tuned in parts if len(rows) <= _MANY_FOLDS else parts[:1]:
        yield np.setdiff1d(np.arange(len(rows)), tuned), tuned


def _curve(
    name: str,
    task: _Task,
    protocol: Protocol,
    sizes: np.ndarray,
    gains: np.ndarray,
    strengths: np.ndarray,
) -> Curve:
    values = gains.mean(axis=(0, 2), dtype=np.float64)
    errors = np.array([_error(task, gains[:, j]) for j in range(len(sizes))])
    width = float(stats.t.ppf((1 + _LEVEL) / 2, protocol.n_repeats - 1))
    weights = _area_weights(sizes)
    areas = np.tensordot(gains.astype(np.float64), weights, axes=(1, 0))
    area, error = float(areas.mean()), _error(task, areas)
    crossing = _crossings(gains, task.clusters, sizes, protocol)
    low, high = np.quantile(crossing, [0.025, 0.975], method="closest_observation")
    upper, lower = np.minimum(values + width * errors, 1.0), values - width * errors
    if task.clusters is not None:
        # Few groups drawn again are less uncertain than they are: the curve's interval goes first.
        low = min(low, _crossing(upper, sizes, protocol.reach))
        high = max(high, _crossing(lower, sizes, protocol.reach))
    least = -np.inf if task.target.is_number else 0.0
    return Curve(
        factor=name,
        measure="R²" if task.target.is_number else "accuracy",
        chance=task.target.chance(task.truth),
        sizes=sizes,
        values=values,
        low=np.maximum(lower, least),
        high=upper,
        area=(area, max(area - width * error, least), min(area + width * error, 1.0)),
        reach=protocol.reach,
        needed=(_crossing(values, sizes, protocol.reach), float(low), float(high)),
        strengths=strengths,
    )


def _error(task: _Task, gains: np.ndarray) -> float:
    """Return the standard error of the mean of gains, (repeats, rows)."""
    between = gains.mean(axis=1, dtype=np.float64).var(ddof=1) / len(gains)
    rows = gains.mean(axis=0, dtype=np.float64)
    mean, each = rows.mean(), 1.0
    sums = rows - mean
    if task.clusters is not None:
        sums = np.bincount(np.unique(task.clusters, return_inverse=True)[1], weights=sums)
        each = len(rows) / len(sums)
    # Two rows right and two wrong beside the others: 100 of 100 right may be 97 of 100.
    beside = 0.0 if task.target.is_number else each**2 * 2 * (mean**2 + (1 - mean) ** 2)
    n = len(sums)
    if n < 2:
        return float("inf")
    within = ((sums**2).sum() + beside) / len(rows) ** 2 * n / (n - 1)
    return float(np.sqrt(between + within))


def _area_weights(sizes: np.ndarray) -> np.ndarray:
    """Return the trapezoids' weights over the logarithm of sizes; they sum to 1."""
    if len(sizes) == 1:
        return np.ones(1)
    steps = np.diff(np.log(sizes))
    return np.asarray((np.append(steps, 0) + np.insert(steps, 0, 0)) / 2 / steps.sum())


def _crossing(values: np.ndarray, sizes: np.ndarray, reach: float) -> float:
    above = np.flatnonzero(values >= reach)
    if len(above) == 0:
        return float("inf")
    j = above[0]
    if j == 0:
        return float(sizes[0])
    share = (reach - values[j - 1]) / (values[j] - values[j - 1])
    logs = np.log(sizes)
    return float(np.exp(logs[j - 1] + share * (logs[j] - logs[j - 1])))


def _crossings(
    gains: np.ndarray, clusters: np.ndarray | None, sizes: np.ndarray, protocol: Protocol
) -> np.ndarray:
    """Return where curves of repeats and held-out rows drawn again reach the value."""
    rng = stream(protocol.seed, "drawn again")
    n_repeats, _, n = gains.shape
    members = np.arange(n) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    n_clusters = int(members.max()) + 1
    found = []
    for _ in range(N_RESAMPLES):
        weights = np.bincount(rng.integers(n_clusters, size=n_clusters), minlength=n_clusters)
        rows = weights[members].astype(np.float64)
        if rows.sum() == 0:
            continue
        some = rng.integers(n_repeats, size=n_repeats)
        values = (gains[some].mean(axis=0, dtype=np.float64) @ rows) / rows.sum()
        found.append(_crossing(values, sizes, protocol.reach))
    return np.array(found)
