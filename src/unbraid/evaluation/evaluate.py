"""Run score functions on one representation, sharing what they have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from unbraid import scores as room
from unbraid.core import checks, memo
from unbraid.core.errors import InputError
from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.scoring import ScoreFunction
from unbraid.core.values import CodeSampler, Dataset, Kind, Representation, Score
from unbraid.evaluation.calibration import Scale, calibrate, placed
from unbraid.evaluation.encoding import is_encoder, represent
from unbraid.evaluation.intervals import spreads, with_interval
from unbraid.evaluation.measure import measure, whole_rows
from unbraid.evaluation.sets import select


def evaluate(  # noqa: PLR0913 (the arguments are the fields of a representation)
    codes: object,
    factors: object = None,
    scores: str | Sequence[str] = "study",
    *,
    codes_test: object = None,
    factors_test: object = None,
    factor_names: Sequence[str] = (),
    factor_kinds: Sequence[Kind] = (),
    sample_codes: CodeSampler | None = None,
    seed: int = 0,
    calibrated: bool = False,
    intervals: bool = False,
    progress: Listener = silent,
) -> dict[str, Score]:
    """Score codes against the factors that made the samples.

    Parameters
    ----------
    codes
        The codes, shape (n, d), one row per sample; or what makes codes of a data set: a fitted
        transformer, such as any of scikit-learn's, or a function of samples.
    factors
        The factors, shape (n, K). Without them, scores that need factors are skipped. NaN stands
        for a missing value: rows that lack a factor are left out, with a caution. Beside a
        transformer or function: the `Dataset` to encode, 15,000 samples of it at most.
    scores
        Names of scores and of sets of scores, such as ``"mig,information"``: ``"study"`` is the
        nine numbers of the study, ``"all"`` every score, which takes a minute on 10,000 samples;
        `unbraid.evaluation.select` names the other sets.
    codes_test
        Held-out codes, shape (m, d). Without them, scores that need held-out rows take a third
        of the rows, chosen by the seed.
    factors_test
        The factors of the held-out codes, shape (m, K).
    factor_names
        One name per factor.
    factor_kinds
        One of ``categorical``, ``ordinal``, ``continuous``, ``periodic`` per factor.
    sample_codes
        Draws codes of samples with given factor values, for scores that intervene on factors.
    seed
        Fixes all randomness.
    calibrated
        Whether to measure each score's floor and ceiling too; the study's nine take
        8 times as long on 10,000 samples, and up to 30 times on few.
    intervals
        Whether to measure each score's 95% interval too.
    progress
        Is told of each score before it starts.

    Returns
    -------
    dict
        The `Score` by name, in the order asked for.

    Raises
    ------
    InputError
        If the arrays cannot be used, or a score is unknown.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> factors = rng.integers(4, size=(600, 2))
    >>> mixed = evaluate(factors @ [[1.0, 1.0], [1.0, -1.0]], factors, scores=["mig"])["mig"]
    >>> clean = evaluate(factors, factors, scores=["mig"], calibrated=True, intervals=True)["mig"]
    >>> clean.low > 0.95 > 0.2 > mixed.value
    True
    >>> round(clean.calibrated, 2), clean.p_value < 0.05
    (1.0, True)
    """
    if isinstance(factors, Dataset):
        beside = (codes_test, factors_test, factor_names or None, factor_kinds or None)
        if any(each is not None for each in (*beside, sample_codes)):
            raise InputError(
                "a data set brings its factors, their names and kinds, and what is held out",
                hint="evaluate(encoder, dataset), or arrays of codes and factors",
            )
        representation = represent(codes, factors, seed=seed)
    elif is_encoder(codes):
        raise InputError("an encoder needs a data set", hint="evaluate(encoder, dataset)")
    else:
        representation = Representation(
            codes=checks.table("codes", codes).astype(np.float64, copy=False),
            factors=_numbers("factors", factors),
            codes_test=_numbers("codes_test", codes_test),
            factors_test=_numbers("factors_test", factors_test),
            factor_names=tuple(factor_names),
            factor_kinds=tuple(factor_kinds),
            sample_codes=sample_codes,
        )
    return evaluate_representation(
        representation,
        scores,
        seed=seed,
        calibrated=calibrated,
        intervals=intervals,
        progress=progress,
    )


def _numbers(what: str, array: object) -> np.ndarray | None:
    # Converted once and here, so that all scores see the same objects and can share values.
    if array is None:
        return None
    values = checks.table(what, array, missing="factors" in what)
    return values.astype(np.float64, copy=False) if "codes" in what else values


def evaluate_representation(
    representation: Representation,
    scores: str | Sequence[str] = "study",
    *,
    seed: int = 0,
    calibrated: bool = False,
    intervals: bool = False,
    known: Mapping[str, Score] | None = None,
    progress: Listener = silent,
) -> dict[str, Score]:
    """Score a representation.

    Parameters
    ----------
    representation
        The codes and their factors.
    scores
        Names of scores and of sets of scores, as `evaluate` takes them.
    seed
        Fixes all randomness.
    calibrated
        Whether to measure each score's floor and ceiling too; the study's nine take
        8 times as long on 10,000 samples, and up to 30 times on few.
    intervals
        Whether to measure each score's 95% interval too.
    known
        Scores of the same representation and seed, whose values are not measured again.
    progress
        Is told of each score before it starts.

    Returns
    -------
    dict
        The `Score` by name, in the order asked for.

    Raises
    ------
    InputError
        If the arrays cannot be used, or a score is unknown.
    """
    functions = [room.load(name) for name in select(scores)]
    _check_names(representation)
    representation = _as_scored(representation)
    found: dict[str, Score] = {}
    with memo.sharing():
        for done, function in enumerate(functions):
            name = function.name
            if known is not None and name in known:
                found[name] = known[name]
                continue
            progress(Progress(task=f"scoring {name}", done=done, total=len(functions)))
            found[name] = measure(function, representation, seed)
    progress(Progress(task="scoring", done=len(functions), total=len(functions)))
    representation = whole_rows(representation)
    return _trusted(functions, representation, found, seed, (calibrated, intervals), progress)


def _as_scored(representation: Representation) -> Representation:
    # Values are shared between scores by the identity of their arrays: no score may convert them,
    # and whoever scores twice gets the same arrays.
    names = [f"{what}{where}" for what in ("codes", "factors") for where in ("", "_test")]
    names += ["pool_codes", "pool_factors"]
    given: dict[str, Any] = {name: _once(name, getattr(representation, name)) for name in names}
    return replace(representation, **given)


_once = memo.shared(_numbers)


def _trusted(
    functions: Sequence[ScoreFunction],
    representation: Representation,
    found: dict[str, Score],
    seed: int,
    wanted: tuple[bool, bool],
    progress: Listener,
) -> dict[str, Score]:
    """Set beside each value its floor and ceiling and its interval, as far as they are wanted."""
    calibrated, intervals = wanted
    there = [each for each in functions if found[each.name].value is not None]
    paired = [each for each in there if each.paired]
    scales: dict[str, Scale] = {}
    if calibrated and paired:
        scales = calibrate(paired, representation, seed=seed, progress=progress)
    widths = spreads(there, representation, seed=seed, progress=progress) if intervals else {}
    for each in there:
        scale, score = scales.get(each.name), found[each.name]
        score = score if scale is None else placed(score, scale)
        if intervals:
            score = with_interval(score, widths.get(each.name), each, scale)
        found[each.name] = score
    return found


def _check_names(representation: Representation) -> None:
    factors, names = representation.factors, representation.factor_names
    if factors is None:
        return
    if names and len(names) != factors.shape[1]:
        raise InputError(
            "factor_names must have one entry per factor",
            got=f"{len(names)} for {factors.shape[1]} factors",
        )
    checks.factor_kinds(representation.factor_kinds, factors.shape[1])
