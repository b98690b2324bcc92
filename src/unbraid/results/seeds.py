"""Learners that were trained with several seeds: the mean of each score over all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unbraid.core.values import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """What one learner scored with several seeds.

    Parameters
    ----------
    runs
        The names of its runs, one per seed.
    scores
        The mean of each score over all seeds by name; undefined where a seed has no value.
    ranges
        The least and the largest value of each score that has a mean.
    """

    runs: tuple[str, ...]
    scores: Mapping[str, Score]
    ranges: Mapping[str, tuple[float, float]]


def over_seeds(
    learners: Mapping[str, str], scores: Mapping[str, Mapping[str, Score]]
) -> dict[str, Seeds]:
    """Gather the runs of each learner, and average their scores; no seed is left out.

    Parameters
    ----------
    learners
        The learner of each run, by the run's name.
    scores
        The scores of each run by name, by the run's name.

    Returns
    -------
    dict
        By learner; empty where no learner has more than one run.

    Examples
    --------
    >>> def mig(value):
    ...     return {"mig": Score(name="mig", value=value, unit="fraction", better="higher")}
    >>> scores = {"vae-0": mig(0.1), "vae-1": mig(0.3)}
    >>> found = over_seeds({"vae-0": "vae", "vae-1": "vae"}, scores)
    >>> found["vae"].scores["mig"].value, found["vae"].ranges["mig"]
    (0.2, (0.1, 0.3))
    """
    runs: dict[str, list[str]] = {}
    for run, learner in learners.items():
        if run in scores:
            runs.setdefault(learner, []).append(run)
    if all(len(several) < 2 for several in runs.values()):
        return {}
    return {learner: _gathered(several, scores) for learner, several in runs.items()}


def _gathered(runs: Sequence[str], scores: Mapping[str, Mapping[str, Score]]) -> Seeds:
    means: dict[str, Score] = {}
    ranges: dict[str, tuple[float, float]] = {}
    for name in dict.fromkeys(name for run in runs for name in scores[run]):
        held = [scores[run][name] for run in runs if name in scores[run]]
        values = [score.value for score in held if score.value is not None]
        first = held[0]
        whole = len(values) == len(runs)
        means[name] = Score(
            name=name,
            value=float(np.mean(values)) if whole else None,
            unit=first.unit,
            better=first.better,
            status="ok" if whole else "undefined",
            reason=None
            if whole
            else f"{len(runs) - len(values)} of {len(runs)} seeds lack a value",
        )
        if whole:
            ranges[name] = (min(values), max(values))
    return Seeds(runs=tuple(runs), scores=means, ranges=ranges)
