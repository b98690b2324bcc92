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

# Scores of codes alone: they tell codes apart, and say nothing of which are better.
DESCRIPTIVE = frozenset(
    {
        "active_codes",
        "dead_codes",
        "effective_dependence",
        "gaussian_total_correlation",
        "hoyer",
        "l0",
        "lifetime_kurtosis",
        "population_kurtosis",
        "wasserstein_dependency",
    }
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
    "infom": "How much of what codes know, beyond chance, is of one factor per code, as a share "
    "of information. It does not ask whether every factor is known.",
    "infoc": "How much of what is known of the factors, beyond chance, is in one code per factor, "
    "as a share of information. It does not ask whether that code knows other factors too.",
    "infoe": "How much of the entropy of each factor a linear classifier of all codes explains on "
    "held-out samples, averaged over factors.",
    "mig_sup": "By how much the factor that a code knows best is ahead of the second, in mutual "
    "information over the factor's entropy, averaged over codes. Spare codes lower it.",
    "rmig": "The mutual information gap with 100 bins over the middle of each code, so that "
    "factors of many values fit and outliers do no harm.",
    "jemmig": "What the best code of each factor holds besides that factor, and how near a second "
    "code comes, as a share of the greatest joint entropy. A smooth code of a coarse factor "
    "is far from 0.",
    "dci_explicitness": "How little capacity a decision tree needs to predict the factors, from "
    "the area under its loss as it may grow from 1 to 1,024 leaves: 1 if the least is enough, -1 "
    "if it never learns. Even perfect codes need a leaf for each value.",
    "dci_size": "The number of factors over the number of codes, whatever is in them.",
    "mcc": "How well codes correlate with the factors, each factor paired with one code so that "
    "the mean is greatest. Many codes find good pairs by chance.",
    "mcc_weak": "How well the best linear maps of the codes correlate with the factors (canonical "
    "correlation): codes may mix factors as they like.",
    "amari_distance": "How far the linear map from factors to codes is from one that only "
    "reorders and scales, in the squared variant; for codes that unmix a linear mixture, of as "
    "many codes as factors.",
    "irs": "How still each code stays while one factor is held and all others change, averaged "
    "over codes by their range. Codes of noise score well above 0.",
    "snc": "How often one code per factor, cut into as many bins as the factor has values, tells "
    "the value on held-out samples. Chance is near one over the number of values.",
    "nk": "How much accuracy a small network loses that may not see the one code of each factor: "
    "much, if the factor is nowhere else. It does not ask what else the code holds.",
    "efficiency_lr": "The accuracy of logistic regression after 100 samples over that after "
    "10,000. Without what it learns in the end it says little.",
    "efficiency_gbt": "The accuracy of boosted trees after 100 samples over that after 10,000. "
    "Without what they learn in the end it says little.",
    "gaussian_total_correlation": "How much codes tell of one another, if they were normal. It "
    "looks at codes alone, and grows with their number.",
    "effective_dependence": "How far codes are linearly dependent, from 0 to 1 whatever their "
    "number. It looks at codes alone, so noise does as well as the truth.",
    "wasserstein_dependency": "How far codes are from independent ones, as a Gaussian transport "
    "distance over their total variance. It looks at codes alone.",
    "active_codes": "How many codes have a variance of more than 0.01 over samples.",
    "l0": "How many codes are not zero, in a sample on average. It looks at codes alone.",
    "hoyer": "How unequally large the codes of a sample are: 0 if all are alike, 1 if one alone "
    "is not zero. It looks at codes alone.",
    "lifetime_kurtosis": "How rarely, and then how strongly, each code responds over samples: 0 "
    "for normal codes, 3 for Laplace ones. It looks at codes alone.",
    "population_kurtosis": "How few codes, and those how strongly, respond to each sample. It "
    "looks at codes alone, and large codes stand out.",
    "dead_codes": "How many codes are the same for every sample.",
    "log_likelihood": "How probable the model finds samples, in nats per sample, as an average "
    "over draws of the codes that is below the truth. Rotating the codes does not change it.",
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
