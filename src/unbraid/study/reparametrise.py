"""A run's twin: the same model with other codes, which no likelihood can tell from it."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from unbraid import learners
from unbraid.core.errors import InputError
from unbraid.core.progress import Listener, silent
from unbraid.core.rng import stream
from unbraid.core.values import Score
from unbraid.data import load_dataset
from unbraid.numerics.rotations import Reparametrisation
from unbraid.results.folder import RunFolder
from unbraid.results.provenance import provenance
from unbraid.study.execute import check_data, look, score
from unbraid.study.plan import Run

# Probabilities nearer to 0 or 1 than this are rounding of a network in float32.
_LEAST = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Reparametrised:
    """A fitted variational autoencoder whose codes are mapped, and mapped back to decode.

    Parameters
    ----------
    learner
        A fitted learner whose prior is N(0, I), with ``posterior`` and ``inverse_transform``.
    change
        The map of the codes; it must leave N(0, I) as it is and keep volumes.
    """

    learner: Any
    change: Reparametrisation

    def transform(self, X: Any) -> np.ndarray:  # noqa: ANN401 (as the learner takes them)
        """Encode samples.

        Parameters
        ----------
        X
            The samples, shape (n, ...).

        Returns
        -------
        numpy.ndarray
            The images of the learner's codes, shape (n, d).
        """
        return self.change.forward(self.learner.transform(X))

    def inverse_transform(self, codes: np.ndarray) -> np.ndarray:
        """Decode codes.

        Parameters
        ----------
        codes
            The codes, shape (n, d).

        Returns
        -------
        numpy.ndarray
            The samples, shape (n, ...).
        """
        decoded: np.ndarray = self.learner.inverse_transform(self.change.backward(codes))
        return decoded

    def log_likelihood(self, X: np.ndarray, n_draws: int = 16, seed: int = 0) -> np.ndarray:
        """Estimate log p(x) of samples by importance weights.

        The noise of the posterior is fixed by the seed, so that twins are compared draw by draw.

        Parameters
        ----------
        X
            The samples, shape (n, ...).
        n_draws
            How many draws of the codes per sample.
        seed
            Fixes the draws.

        Returns
        -------
        numpy.ndarray
            A bound from below that rises to log p(x) with more draws, in nats, shape (n,).

        References
        ----------
        Burda et al. (2016), Importance weighted autoencoders, arXiv:1509.00519, equation 8.
        """
        rng = stream(seed, "log_likelihood")
        mean, std = self.learner.posterior(X)
        log_weights = np.empty((n_draws, len(mean)))
        for row in log_weights:
            codes = self.change.forward(mean + std * rng.normal(size=mean.shape))
            # The map keeps volumes: a density at an image is the density where it comes from.
            there = (self.change.backward(codes) - mean) / std
            posterior = -0.5 * np.square(there).sum(axis=1) - np.log(std).sum(axis=1)
            prior = -0.5 * np.square(codes).sum(axis=1)
            row[:] = self._log_prob(X, self.inverse_transform(codes)) + prior - posterior
        mixed: np.ndarray = np.logaddexp.reduce(log_weights, axis=0) - np.log(n_draws)
        return mixed

    def _log_prob(self, X: np.ndarray, decoded: np.ndarray) -> np.ndarray:
        """Return log p(x | codes) of each sample, given the mean that the codes decode to."""
        x = np.asarray(X, dtype=np.float64).reshape(len(X), -1) / self.learner.scale_
        mean = np.asarray(decoded, dtype=np.float64).reshape(len(X), -1)
        if self.learner.decoder_ == "bernoulli":
            mean = mean.clip(_LEAST, 1 - _LEAST)
            return np.asarray((x * np.log(mean) + (1 - x) * np.log1p(-mean)).sum(axis=1))
        variance = self.learner.noise_variance_
        squares = np.square(x - mean) / variance + np.log(2 * np.pi * variance)
        return np.asarray(-0.5 * squares.sum(axis=1))


def reparametrise(
    source: Path | str,
    out: Path | str,
    change: Reparametrisation,
    *,
    n_samples: int = 200,
    progress: Listener = silent,
) -> None:
    """Write the run of a twin: the learner, the samples and the scores of a run, other codes.

    Its ``model`` is the learner whose codes are mapped; the map is not in the folder, so that
    `encode` of it gives the codes before the map. Its provenance says whose twin it is.

    Parameters
    ----------
    source
        The folder of a run of a variational autoencoder; its own score ``log_likelihood`` is
        added where it is missing.
    out
        The twin's run folder.
    change
        The map of the codes.
    n_samples
        How many samples the likelihood is averaged over.
    progress
        Is told how far it has come.

    Raises
    ------
    InputError
        If the learner has no posterior that could be mapped.
    StoreError
        If a folder cannot be read or written.
    """
    started = datetime.now(UTC)
    here, there = RunFolder(Path(source)), RunFolder(Path(out))
    config = here.read_config()
    learner = learners.load(here.model_folder)
    if not getattr(learner, "has_round_codes", False):
        raise InputError(
            "only a variational autoencoder of normal codes has a likelihood that stays",
            got=str(config["learner"]),
            hint="a run of vae or beta_vae",
        )
    try:
        change.forward(np.zeros((1, learner.n_codes_)))
    except ValueError as error:
        what = f"the map is not one of {learner.n_codes_} codes"
        raise InputError(what, got=str(error)) from error
    settings = {each.name: config[each.name] for each in fields(Run) if each.name in config}
    wanted = tuple(name for name in here.read_scores() if name != _NAME)
    run = Run(**settings, scores=wanted, folder=there.path)
    dataset = load_dataset(run.dataset, **run.dataset_options)
    check_data(dataset, here)
    twin = Reparametrised(learner=learner, change=change)
    # Another learner to whoever reads the folder: a twin is no further seed of the same one.
    there.write_config(config | {"learner": f"{config['learner']}, {there.path.name}"})
    learner.save(there.model_folder)
    held = here.read_representation()
    there.write_representation(
        replace(
            held,
            codes=_mapped(held.codes, change),
            codes_test=None if held.codes_test is None else _mapped(held.codes_test, change),
            pool_codes=None if held.pool_codes is None else _mapped(held.pool_codes, change),
        )
    )
    score(run, there, progress)
    look(run, dataset, twin, there, progress)
    rows = np.sort(stream(run.seed, _NAME).permutation(len(dataset))[:n_samples])
    samples = np.asarray(dataset.images[rows])
    plain = Reparametrised(learner=learner, change=_NOTHING)
    for folder, model in ((here, plain), (there, twin)):
        _add(folder, float(model.log_likelihood(samples, seed=run.seed).mean()))
    made = provenance(started=started, dataset=dataset, seeds={"run": run.seed})
    there.write_provenance(made | {"twin_of": str(here.path.resolve())})
    here.finish()
    there.finish()


_NAME = "log_likelihood"
_NOTHING = Reparametrisation(forward=lambda codes: codes, backward=lambda codes: codes)


def _mapped(codes: np.ndarray, change: Reparametrisation) -> np.ndarray:
    return change.forward(codes.astype(np.float64)).astype(np.float32)


def _add(folder: RunFolder, value: float) -> None:
    said = Score(name=_NAME, value=value, unit="nats", better="higher")
    folder.write_scores(folder.read_scores() | {_NAME: said})
