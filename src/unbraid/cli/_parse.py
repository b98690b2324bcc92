"""Words of the command line turned into values."""

import ast
from collections.abc import Sequence

from unbraid.core.errors import InputError

# What --scores takes, wherever it is.
SCORES = (
    "Names of scores and sets, parted by commas; sets: study (its nine), information, "
    "identifiability, dci_es, interventions, probes, dependence, sparsity, codes (those that need "
    "no factors), all."
)


def words(text: str) -> list[str]:
    """Split words that are parted by commas.

    Parameters
    ----------
    text
        Such as ``"vae,pca"``.

    Returns
    -------
    list of str
        The words; empty ones are dropped.

    Raises
    ------
    InputError
        If there is no word.
    """
    found = [word.strip() for word in text.split(",") if word.strip()]
    if not found:
        raise InputError("no name was given", got=repr(text), allowed="names parted by commas")
    return found


def settings(
    pairs: Sequence[str], what: str = "a setting", hint: str = "--set beta=4"
) -> dict[str, object]:
    """Parse settings given as ``name=value``.

    Parameters
    ----------
    pairs
        Such as ``["beta=4", "decoder=gaussian"]``; values are read as Python literals, and as
        text where they are none.
    what
        What a pair says, for the error.
    hint
        What to try instead.

    Returns
    -------
    dict
        The values by name.

    Raises
    ------
    InputError
        If a pair has no equals sign or no name.
    """
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise InputError(f"{what} must be name=value", got=repr(pair), hint=hint)
        found[name.strip()] = _literal(value.strip())
    return found


def _literal(text: str) -> object:
    plain = {"true": True, "false": False, "none": None}
    if text.lower() in plain:
        return plain[text.lower()]
    try:
        value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value
