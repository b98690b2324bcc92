"""What is to be run: one learner on one data set, and the scores that are asked for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unbraid import learners as room
from unbraid.core.errors import InputError, unknown

# Samples that are encoded: the study scores 10,000 and 5,000 of them, and scores that intervene
# on factors draw from all, so that hundreds share each factor's value.
POOL = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One learner on one data set.

    Parameters
    ----------
    folder
        Its run folder.
    learner
        The learner's name.
    dataset
        The data set's name, or the path of an npz or npy file.
    scores
        Names of the scores.
    params
        The learner's settings that differ from its defaults.
    dataset_options
        The data set's options that differ from its defaults.
    seed
        Fixes all randomness.
    pool
        How many samples are encoded at the most.

    Examples
    --------
    >>> Run(folder=Path("out/pca"), learner="pca", dataset="digits", scores=("mig",)).name
    'pca'
    """

    folder: Path
    learner: str
    dataset: str
    scores: tuple[str, ...]
    params: Mapping[str, object] = field(default_factory=dict)
    dataset_options: Mapping[str, object] = field(default_factory=dict)
    seed: int = 0
    pool: int = POOL

    @property
    def name(self) -> str:
        """The run folder's name."""
        return self.folder.name

    def config(self) -> dict[str, object]:
        """Return what fixes the result, as written to ``config.json``.

        Returns
        -------
        dict
            All but the folder and the choice of scores, which may grow.
        """
        return {
            "learner": self.learner,
            "params": _plain(self.params),
            "dataset": self.dataset,
            "dataset_options": _plain(self.dataset_options),
            "seed": self.seed,
            "pool": self.pool,
        }


def _plain(settings: Mapping[str, object]) -> dict[str, object]:
    """Return settings as they are read back: what is written as JSON has lists for tuples."""
    plain: dict[str, object] = json.loads(json.dumps(settings))
    return plain


def plan_runs(  # noqa: PLR0913 (each is one thing that a run is made of)
    out: Path,
    learners: Sequence[str],
    *,
    dataset: str,
    scores: Sequence[str],
    settings: Mapping[str, object] | None = None,
    steps: int | None = None,
    seed: int = 0,
    n_seeds: int = 1,
    pool: int = POOL,
) -> tuple[Run, ...]:
    """Plan one run per learner and seed, each in its own folder: ``LEARNER`` or ``LEARNER-SEED``.

    Seed 0 is not named, and no name depends on how many seeds there are, so that more of them
    can be added.

    Parameters
    ----------
    out
        The folder that holds the run folders.
    learners
        Names of learners.
    dataset
        The data set's name, or the path of an npz or npy file.
    scores
        Names of scores.
    settings
        Settings of the learners: ``beta`` for all that have it, ``beta_vae.beta`` for one.
    steps
        Training steps for the learners that are trained in steps; their default if None.
    seed
        The first seed; it fixes all randomness of a run.
    n_seeds
        How many seeds, from the first on.
    pool
        How many samples are encoded at the most.

    Returns
    -------
    tuple of Run
        Learner by learner in the order given, seed by seed.

    Raises
    ------
    InputError
        If a learner is unknown, no learner has a setting, or it is ``random_state``.

    Examples
    --------
    >>> plan = {"dataset": "digits", "scores": ["mig"]}
    >>> [run.name for run in plan_runs(Path("out"), ["pca"], n_seeds=2, **plan)]
    ['pca', 'pca-1']
    >>> plan_runs(Path("out"), ["pca"], settings={"n_codes": 3}, **plan)[0].params["n_codes"]
    3
    """
    names = tuple(dict.fromkeys(learners))
    chosen = _settings(names, settings or {})
    runs = []
    for name in names:
        known = room.make(name).get_params(deep=False)
        params = dict(chosen[name])
        if steps is not None and "n_steps" in known:
            params.setdefault("n_steps", steps)
        for number in range(seed, seed + n_seeds):
            seeded = {"random_state": number} if "random_state" in known else {}
            runs.append(
                Run(
                    folder=out / (f"{name}-{number}" if number else name),
                    learner=name,
                    dataset=dataset,
                    scores=tuple(scores),
                    params=params | seeded,
                    seed=number,
                    pool=pool,
                )
            )
    return tuple(runs)


def _settings(
    learners: Sequence[str], settings: Mapping[str, object]
) -> dict[str, dict[str, object]]:
    """Return the settings of each learner; one that no learner has is an error."""
    known = {name: room.make(name).get_params(deep=False) for name in learners}
    chosen: dict[str, dict[str, object]] = {name: {} for name in learners}
    for given, value in settings.items():
        of, dot, setting = given.rpartition(".")
        if setting == "random_state":
            raise InputError("the seed of a run is no setting", got=given, hint="--seed")
        owners = [name for name in learners if setting in known[name] and (not dot or name == of)]
        if not owners:
            every = dict.fromkeys(key for name in learners for key in known[name])
            raise unknown(f"setting of {', '.join(learners)}", given, every)
        for name in owners:
            # What is set for one learner goes before what is set for all, in whatever order.
            if dot or setting not in chosen[name]:
                chosen[name][setting] = value
    return chosen
