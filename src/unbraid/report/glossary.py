"""What each score says, in a sentence or two; the page must be readable without the library."""

import re

# The six scores of the study that made them comparable, in its order.
STUDY = (
    "beta_vae_score",
    "factor_vae_score",
    "mig",
    "dci_disentanglement",
    "modularity",
    "sap",
)

_SENTENCES = {
    "beta_vae_score": "How often a linear classifier tells which factor was held fixed from how "
    "little pairs of samples that share it differ in each code. Chance is one over the number of "
    "factors; a rotation of the codes hardly lowers it.",
    "factor_vae_score": "How often the code that varies least, among samples that share one "
    "factor, tells by majority vote which factor that was. Chance is near one over the number of "
    "factors.",
    "mig": "By how much the code that knows most about a factor is ahead of the second, in "
    "mutual information over the factor's entropy, averaged over factors. Codes are cut into 20 "
    "bins, so even a perfect code of a factor with more values stays below 1.",
    "dci_disentanglement": "How far each code is important to one factor alone, from the "
    "importance of codes to boosted trees that predict each factor, weighted by importance.",
    "dci_completeness": "How far each factor is predicted from one code alone, from the same "
    "importances.",
    "dci_informativeness": "How well boosted trees predict the factors from all codes, as "
    "accuracy on held-out samples. It says nothing about how the codes share the work.",
    "modularity": "How far each code informs of one factor alone, by mutual information. It "
    "ignores how much a code knows: codes of pure noise can score high.",
    "explicitness": "How well a linear classifier reads each value of each factor from all codes, "
    "as the area under the ROC curve. Chance is 0.5.",
    "sap": "By how much the code that predicts a factor best is ahead of the second, in accuracy "
    "of a linear classifier on one code. A perfect code of a factor with many values stays far "
    "below 1, as a linear classifier cannot cut one code into many classes.",
    "sap_continuous": "By how much the code that correlates best with a factor is ahead of the "
    "second, in squared correlation. It takes the order of a factor's values as meant.",
}

_PROBE = re.compile(r"probe_(?P<what>[a-z]+)_(?P<n>\d+)$")
_PROBES = {"lr": "logistic regression", "gbt": "boosted trees"}


def sentence(name: str) -> str:
    """Return what a score says.

    Parameters
    ----------
    name
        The score's name.

    Returns
    -------
    str
        A sentence or two; for an unknown score, that it is not explained here.

    Examples
    --------
    >>> sentence("probe_lr_100")
    'How well logistic regression predicts the factors after 100 samples, as accuracy on held-out
    samples averaged over factors.'
    """
    if name in _SENTENCES:
        return _SENTENCES[name]
    probe = _PROBE.fullmatch(name)
    if probe:
        what = _PROBES.get(probe["what"], probe["what"])
        return (
            f"How well {what} predicts the factors after {int(probe['n']):,} samples, as accuracy "
            "on held-out samples averaged over factors."
        )
    return "This page has no explanation of this score; see its documentation."


def ordered(names: list[str]) -> list[str]:
    """Return names of scores with the study's six first.

    Parameters
    ----------
    names
        The names, in any order.

    Returns
    -------
    list of str
        Each once: the study's in its order, then the others as they came.

    Examples
    --------
    >>> ordered(["sap", "probe_lr_10", "mig", "sap"])
    ['mig', 'sap', 'probe_lr_10']
    """
    return [*(name for name in STUDY if name in names), *dict.fromkeys(_others(names))]


def _others(names: list[str]) -> list[str]:
    return [name for name in names if name not in STUDY]
