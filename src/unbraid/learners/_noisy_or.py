"""What `NoisyOr` does before and after the numbers: names, links, thresholds, and the plan."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from unbraid.core.errors import Caution, InputError, unknown
from unbraid.numerics.noisy_or import Network
from unbraid.numerics.noisy_or_moments import from_moments, sample_moment
from unbraid.numerics.noisy_or_states import first_beliefs
from unbraid.numerics.noisy_or_structure import climbed, first_network, pruned, warmed

# Passes over all samples before pruning begins.
_BEFORE_PRUNING = 10
# With more causes than this, working out moments takes longer than it saves.
_MOST_BY_MOMENTS = 100
# How near to 0 and 1 the chances of learned links begin.
_EDGE = 0.01

Links = tuple[np.ndarray, Any, Any]
Heard = Callable[[int, int, Mapping[str, float]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The settings of learning, checked."""

    n_codes: int
    n_steps: int
    batch_size: int
    max_iterations: int
    n_states: int
    prune: bool


def named(table: Any) -> tuple[np.ndarray, Any, Any]:  # noqa: ANN401 (arrays, frames and lists)
    """Return a table as an array, and the names of its rows and columns if it has them."""
    rows, columns = getattr(table, "index", None), getattr(table, "columns", None)
    values = np.asarray(table)
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise InputError(
            "a table must have a row of numbers per cause",
            got=f"{values.dtype} of shape {values.shape}",
        )
    framed = rows is not None and columns is not None
    return values, rows if framed else None, columns if framed else None


def names(what: str, given: Any, framed: Any, n: int, stem: str) -> np.ndarray:  # noqa: ANN401
    """Return n names: those given, those of a data frame, or numbers after a stem."""
    chosen = given if given is not None else framed
    if chosen is None:
        return np.array([f"{stem} {number}" for number in range(n)])
    found = np.array([str(name) for name in chosen])
    if len(found) != n:
        raise InputError(f"{what} cannot name {n} of them", got=f"{len(found)} names")
    return found


def number_of(code: object, known: np.ndarray) -> int:
    """Return the number of a cause that is given by number or name."""
    if isinstance(code, str):
        if code not in known:
            raise unknown("cause", code, known.tolist())
        return int(np.flatnonzero(known == code)[0])
    if isinstance(code, int | np.integer) and 0 <= code < len(known):
        return int(code)
    raise InputError(
        "there is no such cause", got=code, allowed=f"0 to {len(known) - 1}, or a name"
    )


def network(failures: np.ndarray, leak: object, priors: object) -> Network:
    """Return a network from what a user gave."""
    k, d = failures.shape
    rest = {"leak": (leak, d, "finding"), "priors": (priors, k, "cause")}
    vectors = {}
    for name, (given, size, per) in rest.items():
        vectors[name] = np.asarray(given, dtype=np.float64)
        if vectors[name].shape != (size,):
            raise InputError(
                f"{name} must have a number per {per}",
                got=f"shape {vectors[name].shape}",
                allowed=f"({size},)",
            )
    return Network(failures=failures.astype(np.float64), **vectors)


def known_links(links: Any, features: Any) -> Links:  # noqa: ANN401 (arrays, frames and lists)
    """Return which links there are, in the order of the features, with names."""
    table, rows, columns = named(links)
    if columns is not None and features is not None:
        order = {name: at for at, name in enumerate(columns)}
        missing = [name for name in features if name not in order]
        if missing or len(order) != len(features):
            raise InputError(
                "links and samples must name the same findings",
                got=f"{len(order)} and {len(features)} names"
                + (f", without {missing[0]!r} among the links" if missing else ""),
            )
        table, columns = table[:, [order[name] for name in features]], features
    if not np.isin(table, (0, 1)).all():
        raise InputError("links must be yes or no", allowed="0, 1, True, False")
    linked = table.astype(bool)
    if linked.size == 0 or not linked.any(axis=1).all():
        raise InputError("every cause must be linked to a finding", hint="leaving that cause out")
    return linked, rows, columns


def thresholds(X: np.ndarray, given: Any) -> np.ndarray:  # noqa: ANN401 (a user's)
    """Return above which value each feature counts as present; NaN where it is 0 or 1 already."""
    if given is not None:
        if not isinstance(given, int | float | np.number) or not np.isfinite(given):
            raise InputError("threshold cannot be used", got=repr(given), allowed="a number, None")
        return np.full(X.shape[1], float(given))
    if np.isin(X, (0.0, 1.0)).all():
        return np.full(X.shape[1], np.nan)
    warnings.warn(
        "these samples are not 0 or 1: values above the mean of their feature are taken as "
        "present, all others as absent; threshold=... sets another limit",
        Caution,
        stacklevel=5,
    )
    return np.asarray(X.mean(axis=0))


def findings(batch: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Return which findings are present, uint8 of shape (m, d)."""
    table = batch.reshape(len(batch), -1)
    if not np.isnan(limits).any():
        return (table > limits).astype(np.uint8)
    strange = ~np.isin(table, (0, 1))
    if strange.any():
        raise InputError(
            "findings must be 0 or 1, as they were when the model was made",
            got=table[strange][0],
            hint="NoisyOr(threshold=...)",
        )
    return np.asarray(table).astype(np.uint8)


def learn(
    found: np.ndarray,
    plan: Plan,
    links: np.ndarray | None,
    rng: np.random.Generator,
    heard: Heard,
) -> Network:
    """Return the network learned from findings, with its links or for links that are known."""
    k = plan.n_codes if links is None else len(links)
    start = first_network(found, k, rng)
    warm = plan.n_steps
    if links is not None:
        start, identified = _by_moments(start, found, links)
        warm = 0 if identified else warm
    beliefs = first_beliefs(len(found), k, plan.n_states, rng)
    heard(0, 3, {})
    learned = warmed(start, found, beliefs, n_steps=warm, batch_size=plan.batch_size, rng=rng)
    heard(1, 3, {})
    prune = plan.prune and links is None
    passes = min(_BEFORE_PRUNING, plan.max_iterations) if prune else plan.max_iterations
    learned, bound = climbed(learned, found, beliefs, max_iterations=passes)
    heard(2, 3, {"bound": bound})
    if prune:
        learned = pruned(learned, found, beliefs, max_iterations=plan.max_iterations)
    heard(3, 3, {"bound": bound, "causes": float(len(learned.priors))})
    return _not_impossible(learned, len(found))


def _by_moments(start: Network, found: np.ndarray, links: np.ndarray) -> tuple[Network, bool]:
    """Begin with what moments say of known links; say whether they say all."""
    first = np.where(links, start.failures, 1.0)
    if len(links) > _MOST_BY_MOMENTS:
        return Network(failures=first, leak=start.leak, priors=start.priors), False
    failures, leak, priors = from_moments(sample_moment(found), links)
    # Of few samples moments may say what no parameters give: such values are kept off the edges.
    within = (_EDGE, 1.0 - _EDGE)
    known = links & np.isfinite(failures)
    network = Network(
        failures=np.where(known, np.clip(np.nan_to_num(failures), *within), first),
        leak=np.where(np.isfinite(leak), np.clip(np.nan_to_num(leak), *within), start.leak),
        priors=np.where(
            np.isfinite(priors), np.clip(np.nan_to_num(priors), *within), start.priors
        ),
    )
    return network, bool(known[links].all() and np.isfinite(priors).all())


def _not_impossible(network: Network, n: int) -> Network:
    """Count half a sample in which each finding came about by itself, and half without it.

    A finding that a network thinks impossible would make any new sample that has it so.
    """
    leaks = ((1.0 - network.leak) * n + 0.5) / (n + 1.0)
    return Network(failures=network.failures, leak=1.0 - leaks, priors=network.priors)
