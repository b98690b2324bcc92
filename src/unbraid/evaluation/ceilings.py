"""What perfection scores: the factors themselves as codes. Kept from one run to the next."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

import numpy as np

import unbraid
from unbraid.core import files
from unbraid.core.cache import cache_folder
from unbraid.core.errors import StoreError
from unbraid.core.progress import Listener, Progress, silent
from unbraid.core.scoring import ScoreFunction
from unbraid.core.values import Representation
from unbraid.evaluation.measure import values
from unbraid.numerics.alignment import columns_of


def ceilings(
    functions: Sequence[ScoreFunction],
    representation: Representation,
    *,
    seed: int = 0,
    progress: Listener = silent,
) -> dict[str, float | None]:
    """Measure what the factors themselves score as codes, with the same rows and protocol.

    Ceilings depend on nothing but the factors, the protocol and the seed, so they are kept in the
    user's cache folder; where that cannot be read or written, they are measured again.

    Parameters
    ----------
    functions
        The score functions.
    representation
        The factors; its codes are not looked at.
    seed
        Fixes all randomness.
    progress
        Is told how far it has come.

    Returns
    -------
    dict
        The ceiling by score name; None where a score has no value there.
    """
    path = cache_folder() / "ceilings" / f"{_fingerprint(representation, seed)}.json"
    kept = _read(path)
    missing = [function for function in functions if _key(function) not in kept]
    if missing:
        progress(Progress(task="measuring ceilings", done=0, total=1))
        for circles in (False, True):
            alike = [each for each in missing if ("factor_kinds" in each.needs) == circles]
            found = values(alike, ideal(representation, circles=circles), seed) if alike else []
            for function, value in zip(alike, found, strict=True):
                kept[_key(function)] = None if np.isnan(value) else value
        _write(path, kept)
        progress(Progress(task="measuring ceilings", done=1, total=1))
    return {function.name: kept[_key(function)] for function in functions}


def ideal(representation: Representation, *, circles: bool = False) -> Representation:
    """Return the representation whose codes are the factors themselves.

    Parameters
    ----------
    representation
        Codes and factors.
    circles
        Whether a periodic factor is two codes, its cosine and sine, as scores see it that know
        what kind a factor is; others count its values, which one code holds.

    Returns
    -------
    Representation
        The same factors, as float64 codes too.
    """
    factors = representation.factors
    assert factors is not None  # calibrate asks for them
    kinds = representation.factor_kinds if circles else ()

    def as_codes(factors: np.ndarray) -> np.ndarray:
        columns = zip_longest(factors.T, kinds)
        return np.column_stack([each for pair in columns for each in columns_of(*pair)])

    test, pool = representation.factors_test, representation.pool_factors
    return replace(
        representation,
        codes=as_codes(factors),
        codes_test=None if test is None else as_codes(test),
        pool_codes=None if pool is None else as_codes(pool),
        sample_codes=None,
    )


@cache
def _code() -> str:
    """Return a checksum of all that scores are computed by: a ceiling is of one definition."""
    root = Path(unbraid.__file__).parent
    digest = sha256()
    for room in ("core", "numerics", "scores"):
        for file in sorted((root / room).glob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _fingerprint(representation: Representation, seed: int) -> str:
    digest = sha256(f"{_code()} {seed} {representation.factor_kinds}".encode())
    for table in (
        representation.factors,
        representation.factors_test,
        representation.pool_factors,
    ):
        digest.update(b"none" if table is None else f"{table.dtype} {table.shape}".encode())
        digest.update(b"" if table is None else np.ascontiguousarray(table).tobytes())
    return digest.hexdigest()[:32]


def _key(function: ScoreFunction) -> str:
    return (
        f"{function.name} {sorted(function.options.items())}"
        if function.options
        else function.name
    )


def _read(path: Path) -> dict[str, float | None]:
    try:
        found = files.read_json(path)
    except (OSError, ValueError):
        return {}  # the errors of files are of both kinds
    if not isinstance(found, dict):
        return {}
    return {
        str(key): value
        for key, value in found.items()
        if value is None or (isinstance(value, float | int) and np.isfinite(value))
    }


def _write(path: Path, kept: dict[str, float | None]) -> None:
    try:
        files.write_json(path, kept)
    except (OSError, StoreError):
        return  # a full or read-only disk costs time, not the result
