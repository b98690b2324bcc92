"""Noisy-OR networks: findings that any of several causes may bring about."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Integer, Num

from unbraid.core.errors import InputError

# A chance of exactly 0 or 1 would make some findings impossible, and what follows from an
# impossible finding is undefined. Inference treats such chances as this near to 0 or 1.
LEAST = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Causes with priors, and the chance that each fails to bring about each finding.

    A finding j is absent with chance ``leak_j prod_i failures_ij^z_i`` given which causes z are
    present; causes are present independently of one another.

    Parameters
    ----------
    failures
        The chance that a present cause fails to bring about a finding, shape (k, d), in [0, 1];
        1 where the two are not linked.
    leak
        The chance that a finding is absent while no cause is present, shape (d,), in [0, 1].
    priors
        The chance that a cause is present, shape (k,), in [0, 1].

    References
    ----------
    Pearl (1988), "Probabilistic reasoning in intelligent systems", ISBN 1558604790, section 4.3.2.

    Examples
    --------
    >>> flu = Network(failures=np.array([[0.2]]), leak=np.array([0.9]), priors=np.array([0.1]))
    >>> flu.chances(np.array([[0.0], [1.0]])).round(3).ravel().tolist()
    [0.1, 0.82]
    """

    failures: Float[np.ndarray, "causes findings"]
    leak: Float[np.ndarray, " findings"]
    priors: Float[np.ndarray, " causes"]

    def __post_init__(self) -> None:
        for name in ("failures", "leak", "priors"):
            values = getattr(self, name)
            if not ((values >= 0) & (values <= 1)).all():
                raise InputError(f"{name} must be chances", allowed="numbers from 0 to 1")

    @cached_property
    def kept(self) -> "Network":
        """The same network with no chance of exactly 0 or 1, except where there is no link."""
        return Network(
            failures=np.clip(self.failures, LEAST, 1.0),
            leak=np.clip(self.leak, LEAST, 1.0 - LEAST),
            priors=np.clip(self.priors, LEAST, 1.0 - LEAST),
        )

    def chances(
        self, codes: Num[np.ndarray, "samples causes"]
    ) -> Float[np.ndarray, "samples findings"]:
        """Return the chance of each finding.

        Parameters
        ----------
        codes
            The chance that each cause is present, independently, shape (n, k), in [0, 1]; 0 and
            1 for certainty.

        Returns
        -------
        numpy.ndarray
            Shape (n, d), in [0, 1].
        """
        absent = np.repeat(self.leak[None], len(codes), axis=0)
        for code, failures in zip(codes.T, self.failures, strict=True):
            linked = failures < 1
            absent[:, linked] *= 1.0 - code[:, None] * (1.0 - failures[linked])
        return np.asarray(1.0 - absent)

    def sample(
        self, n: int, rng: np.random.Generator
    ) -> tuple[Integer[np.ndarray, "samples causes"], Integer[np.ndarray, "samples findings"]]:
        """Draw causes, and findings given the causes.

        Parameters
        ----------
        n
            How many samples.
        rng
            The stream to draw from.

        Returns
        -------
        tuple of numpy.ndarray
            The causes (n, k) and the findings (n, d), uint8 of 0 and 1.
        """
        codes = (rng.uniform(size=(n, len(self.priors))) < self.priors).astype(np.uint8)
        findings = rng.uniform(size=(n, len(self.leak))) < self.chances(codes)
        return codes, findings.astype(np.uint8)

    def absence(
        self, findings: Integer[np.ndarray, "samples findings"]
    ) -> tuple[Float[np.ndarray, "samples causes"], Float[np.ndarray, " samples"]]:
        """Return what absent findings say; they bear on each cause separately.

        Parameters
        ----------
        findings
            1 for present, 0 for absent, -1 for not looked for; shape (n, d).

        Returns
        -------
        tuple of numpy.ndarray
            The log-odds (n, k) of each cause given the absent findings alone, and the log-chance
            (n,) that no cause is present and these findings are absent.
        """
        model = self.kept
        absent = (findings == 0).astype(np.float64)
        odds = np.log(model.priors / (1.0 - model.priors)) + absent @ np.log(model.failures).T
        return odds, np.log1p(-model.priors).sum() + absent @ np.log(model.leak)
