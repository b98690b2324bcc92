"""Learners: each file holds one scikit-learn estimator that maps samples to codes.

``unbraid.learners.PCA`` is found when it is asked for, so that importing this package loads
neither scikit-learn nor torch.
"""

import importlib
import inspect
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from unbraid.core import rooms
from unbraid.core.errors import InputError, MissingNeed, StoreError, unknown
from unbraid.core.progress import Listener, silent

__all__ = ["fit_together", "get", "load", "make", "names"]


def names() -> tuple[str, ...]:
    """Return the names of the learners, sorted.

    Returns
    -------
    tuple of str
        One name per file.

    Examples
    --------
    >>> "pca" in names()
    True
    """
    return rooms.names("learners")


def get(name: str) -> type[Any]:
    """Return a learner's class.

    Parameters
    ----------
    name
        The learner's name, such as ``"pca"``.

    Returns
    -------
    type
        The class.

    Raises
    ------
    InputError
        If there is no such learner; the nearest name is suggested.
    MissingNeed
        If it needs a package that is not installed.

    Examples
    --------
    >>> get("pca").__name__
    'PCA'
    """
    try:
        found: type[Any] = rooms.load("learners", name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("unbraid"):
            raise
        raise MissingNeed(
            f"the learner {name} needs {error.name}", hint="pip install 'unbraid[train]'"
        ) from error
    return found


def make(name: str, **params: object) -> Any:  # noqa: ANN401 (a learner of that name)
    """Make a learner by name.

    Parameters
    ----------
    name
        The learner's name, such as ``"beta_vae"``.
    **params
        Its settings.

    Returns
    -------
    Learner
        The learner, not yet fitted.

    Raises
    ------
    InputError
        If the learner or a setting is unknown; the nearest name is suggested.

    Examples
    --------
    >>> make("pca", n_codes=3).n_codes
    3
    >>> make("pca", n_code=3)
    Traceback (most recent call last):
    ...
    unbraid.core.errors.InputError: unknown parameter of pca: got 'n_code'; allowed: max_samples,
    n_codes, random_state; try 'n_codes'
    """
    learner = get(name)
    known = inspect.signature(learner).parameters
    for given in params:
        if given not in known:
            raise unknown(f"parameter of {name}", given, known)
    return learner(**params)


def load(folder: Path | str) -> Any:  # noqa: ANN401 (a learner of any class)
    """Load a saved learner of any class.

    Parameters
    ----------
    folder
        The folder that its ``save`` wrote.

    Returns
    -------
    Learner
        The fitted learner.

    Raises
    ------
    StoreError
        If a file is missing or damaged, or it is a learner that this version does not have.
    """
    saved = importlib.import_module("unbraid.learners._saved")
    name = saved.read_config(Path(folder))["learner"]
    try:
        learner = get(name)
    except InputError as error:
        raise StoreError(f"{folder} holds no known learner", got=str(error)) from error
    return learner.load(folder)


def fit_together(
    learners: Sequence[Any],
    X: Any,  # noqa: ANN401 (arrays and lazy samples, as in fit)
    *,
    device: str = "cpu",
    bfloat16: bool | None = None,
    folder: Path | str | None = None,
    progress: Listener = silent,
) -> list[Any]:
    """Fit several variational learners of one class to the same samples, in one program.

    Each step moves all of them, and each ends as if it had been fitted alone, to rounding: it
    has its own weights, batches and noise, from its own ``random_state``. They may differ in that
    and in the numbers of their regulariser, such as ``beta``. It pays on an accelerator, where a
    single small model leaves most of it idle, and for tiny networks; on a CPU fitting the
    convolutional network one after the other is faster. On a CUDA device a step is recorded once
    and then replayed.

    Parameters
    ----------
    learners
        What to fit: ``VAE``, ``BetaVAE``, ``BetaTCVAE``, ``DIPVAE``, ``AnnealedVAE`` or
        ``FactorVAE``.
    X
        The samples, shape (n, ...). On an accelerator they are kept in its memory, whole.
    device
        Where to train, as torch names it: ``"cpu"``, ``"cuda"``, ``"cuda:1"``. What is learned
        is on the CPU afterwards.
    bfloat16
        Whether products may be computed in bfloat16; None for where the device does so in
        hardware.
    folder
        Where the log and checkpoints of all go, from which an interrupted training goes on; None
        to keep none. In ``train.jsonl`` there is one number per learner where there is one else.
    progress
        Who listens to how far it has come.

    Returns
    -------
    list of Learner
        The same learners, fitted.

    Raises
    ------
    InputError
        If the samples or a setting cannot be used, if the learners differ in more than what
        they may, if their class or gradient cannot be trained in this way, or if there is no such
        device.
    RunFailed
        If the training of one of them diverges, or the device has too little memory.

    Examples
    --------
    >>> import numpy as np
    >>> from unbraid.learners import BetaVAE
    >>> pair = [BetaVAE(n_codes=2, beta=beta, n_steps=10) for beta in (1.0, 4.0)]
    >>> [learner.transform(np.eye(4)).shape for learner in fit_together(pair, np.eye(4))]
    [(4, 2), (4, 2)]
    """
    try:
        stack = importlib.import_module("unbraid.learners._stack")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("unbraid"):
            raise
        raise MissingNeed(
            f"fitting together needs {error.name}", hint="pip install 'unbraid[train]'"
        ) from error
    learners = list(learners)
    place = None if folder is None else Path(folder)
    stack.fit_together(learners, X, device, bfloat16, place, progress)
    return learners


def __getattr__(name: str) -> Any:  # noqa: ANN401 (a class or a module)
    if name in names():
        return importlib.import_module(f"unbraid.learners.{name}")
    files = {file.replace("_", ""): file for file in names()}
    if name[:1].isupper() and name.lower() in files:
        found = get(files[name.lower()])
        if found.__name__ == name:
            return found
    raise AttributeError(f"unbraid.learners has no learner {name!r}; it has {', '.join(names())}")


def __dir__() -> list[str]:
    return sorted([*__all__, *filter(None, map(_class_name, names()))])


def _class_name(name: str) -> str | None:
    """Return the name of the class in a learner's file, which is read and not imported."""
    text = (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    classes = re.findall(r"^class (\w+)", text, re.MULTILINE)
    return next((each for each in classes if each.lower() == name.replace("_", "")), None)
