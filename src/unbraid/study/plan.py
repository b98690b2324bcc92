"""What is to be run: one learner on one data set, and the scores that are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unbraid import learners as room

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
            "params": dict(self.params),
            "dataset": self.dataset,
            "dataset_options": dict(self.dataset_options),
            "seed": self.seed,
            "pool": self.pool,
        }


def plan_runs(
    out: Path,
    learners: Sequence[str],
    *,
    dataset: str,
    scores: Sequence[str],
    steps: int | None = None,
    seed: int = 0,
    pool: int = POOL,
) -> tuple[Run, ...]:
    """Plan one run per learner, each in its own folder.

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
    steps
        Training steps for the learners that are trained in steps; their default if None.
    seed
        Fixes all randomness.
    pool
        How many samples are encoded at the most.

    Returns
    -------
    tuple of Run
        One per learner, in the order given.

    Raises
    ------
    InputError
        If a learner is unknown.

    Examples
    --------
    >>> [run.name for run in plan_runs(Path("out"), ["pca"], dataset="digits", scores=["mig"])]
    ['pca']
    """
    runs = []
    for name in dict.fromkeys(learners):
        settings = room.make(name).get_params(deep=False)
        params: dict[str, object] = {}
        if steps is not None and "n_steps" in settings:
            params["n_steps"] = steps
        if "random_state" in settings:
            params["random_state"] = seed
        runs.append(
            Run(
                folder=out / name,
                learner=name,
                dataset=dataset,
                scores=tuple(scores),
                params=params,
                seed=seed,
                pool=pool,
            )
        )
    return tuple(runs)
