"""The laws that a score must keep, for anybody's implementation of any score.

::

    from unbraid.testing import check_score

    def test_my_score():
        check_score(my_score).require()
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from unbraid.core.errors import InputError, unknown
from unbraid.core.scoring import Invariance
from unbraid.testing._laws import LAWS, STRICT, Finding, degenerate, unusable
from unbraid.testing._subject import subject

__all__ = ["Finding", "Report", "check_score"]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of each law.

    Parameters
    ----------
    name
        The name of the score.
    findings
        One per law.

    Examples
    --------
    >>> report = Report("mine", (Finding("the input is not changed", False, "changed: codes"),))
    >>> [finding.law for finding in report.broken]
    ['the input is not changed']
    """

    name: str
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The laws that are broken."""
        return tuple(finding for finding in self.findings if finding.held is False)

    def require(self, known: Collection[str] = ()) -> None:
        """Raise if a law is broken.

        Parameters
        ----------
        known
            Laws that are known to be broken, and whose breach is accepted.

        Raises
        ------
        AssertionError
            If a law is broken that is not known to be; the message says which, with evidence.

        Examples
        --------
        >>> Report("mine", (Finding("the input is not changed", True, "nothing"),)).require()
        """
        broken = [finding for finding in self.broken if finding.law not in known]
        if broken:
            listed = "\n".join(map(str, broken))
            raise AssertionError(f"{self.name} breaks {len(broken)} laws:\n{listed}")

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings))


def check_score(  # noqa: PLR0913 (what a function of no known kind cannot say of itself)
    function: Callable[..., Any],
    *,
    bounds: tuple[float, float] | None = None,
    better: Literal["higher", "lower"] | None = None,
    invariant_to: Iterable[Invariance] | None = None,
    held_out: bool = False,
    draws: bool = False,
    options: Mapping[str, Any] | None = None,
    strict: bool | Literal["only"] = False,
    factor_sizes: tuple[int, ...] = (2, 3, 4),
    n_codes: int | None = None,
    n: int = 150,
    seed: int = 0,
) -> Report:
    """Try the laws of scores on a function.

    Parameters
    ----------
    function
        Takes codes (n, d) and factors (n, K), and returns a number, None or a `Score`. A
        `ScoreFunction` says itself what the next five arguments say.
    bounds
        The least and the greatest value that there can be; (0, 1) by default.
    better
        Which direction is better; ``higher`` by default.
    invariant_to
        What may be done to codes without changing the value: ``permutation``, ``sign``,
        ``shift``, ``scale``, ``affine``; only permutation by default.
    held_out
        Whether the function takes held-out codes and factors as third and fourth arguments.
    draws
        Whether it draws samples, so that rewritten codes move the value a little. Such a function
        must still fix its own seed.
    options
        Further arguments of every call.
    strict
        Whether to try, too, what a score must keep to be read as it is, as most published ones
        do not: true factors reach the top, noise the bottom; an outlier, the scale, dead or spare
        codes do not matter. With ``"only"``, nothing else.
    factor_sizes
        How many values each factor of the test data has.
    n_codes
        How many codes the test data has; one more than factors by default.
    n
        How many samples there are, and as many held out.
    seed
        Fixes the test data.

    Returns
    -------
    Report
        Each law with whether it is held, and the evidence.

    Raises
    ------
    InputError
        If it is no function, or a change of codes is unknown.

    Examples
    --------
    >>> def constant(codes, factors):
    ...     return 0.5
    >>> report = check_score(constant)
    >>> [finding.law for finding in report.broken][0]
    'the true factors score better than noise'
    """
    if not callable(function):
        raise InputError("a score must be a function", got=type(function).__name__)
    for change in invariant_to or ():
        if change not in get_args(Invariance):
            raise unknown("change of codes", change, get_args(Invariance))
    score = subject(
        function,
        bounds=bounds,
        better=better,
        invariant_to=invariant_to,
        held_out=held_out,
        draws=draws,
        options=dict(options or {}),
        factor_sizes=tuple(factor_sizes),
        n_codes=len(factor_sizes) + 1 if n_codes is None else n_codes,
        n=n,
        seed=seed,
    )
    if strict == "only":
        return Report(score.name, tuple(Finding(law, *ask(score)) for law, ask in STRICT.items()))
    laws = LAWS | STRICT if strict else LAWS
    found = [Finding(law, *ask(score)) for law, ask in laws.items()]
    return Report(score.name, (*found, *degenerate(score), *unusable(score)))
