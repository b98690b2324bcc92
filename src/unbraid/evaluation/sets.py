"""Names of scores, and of sets of them."""

from collections.abc import Mapping, Sequence

from unbraid import scores as room
from unbraid.core.errors import unknown

# The nine numbers of Locatello et al. (2019), in the order in which the study prints them.
STUDY = (
    "beta_vae_score",
    "factor_vae_score",
    "mig",
    "dci_disentanglement",
    "modularity",
    "sap",
    "dci_completeness",
    "dci_informativeness",
    "explicitness",
)

# Sets that people ask for by one word; a score may be in several.
SETS: Mapping[str, tuple[str, ...]] = {
    "study": STUDY,
    "information": ("mig", "mig_sup", "rmig", "jemmig", "modularity", "infom", "infoc", "infoe"),
    "identifiability": ("mcc", "mcc_weak", "amari_distance"),
    "dci_es": (
        "dci_disentanglement",
        "dci_completeness",
        "dci_informativeness",
        "dci_explicitness",
        "dci_size",
    ),
    "interventions": ("beta_vae_score", "factor_vae_score", "irs"),
    "probes": (
        *(f"probe_{kind}_{n}" for kind in ("lr", "gbt") for n in (10, 100, 1000, 10_000)),
        "efficiency_lr",
        "efficiency_gbt",
    ),
    "dependence": (
        "gaussian_total_correlation",
        "effective_dependence",
        "wasserstein_dependency",
    ),
    "sparsity": (
        "l0",
        "hoyer",
        "lifetime_kurtosis",
        "population_kurtosis",
        "dead_codes",
        "active_codes",
    ),
}


def select(scores: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names of the scores that are asked for.

    Parameters
    ----------
    scores
        One name or set, several parted by commas, or a sequence of them. Sets are ``"study"``,
        ``"information"``, ``"identifiability"``, ``"dci_es"``, ``"interventions"``,
        ``"probes"``, ``"dependence"`` and ``"sparsity"``; ``"codes"`` is every score that needs
        no factors, and ``"all"`` every score.

    Returns
    -------
    tuple of str
        The names, each once: the study's first for ``"all"``, otherwise in the order given.

    Raises
    ------
    InputError
        If a name is unknown; the message gives the nearest one.

    Examples
    --------
    >>> select("mig,sap")
    ('mig', 'sap')
    >>> select("identifiability")
    ('mcc', 'mcc_weak', 'amari_distance')
    """
    known = room.names()
    wanted = scores.split(",") if isinstance(scores, str) else list(scores)
    names: list[str] = []
    for name in (word.strip() for word in wanted):
        if name == "all":
            names += [*STUDY, *(other for other in known if other not in STUDY)]
        elif name == "codes":
            names += [other for other in known if "factors" not in room.load(other).needs]
        elif name in SETS:
            names += SETS[name]
        elif room.is_score(name):
            names.append(name)
        else:
            raise unknown("score", name, (*known, *SETS, "codes", "all"))
    return tuple(dict.fromkeys(names))
