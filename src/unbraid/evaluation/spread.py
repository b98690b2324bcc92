"""From how uncertain a score is to its interval.

The interval is the value and a quantile of Student's t times the spread to either side. A score
that cannot leave a range is less certain towards its middle than towards its ends: both sides are
taken on the scale of arcsin(sqrt(value)) between 0 and 1, and of sqrt(value) above 0.

Accuracies near 1 have little spread where they come out high and much where they come out low, and
seldom show an error that is rare. So an accuracy gets the interval of a share of right answers
(Wilson 1927), out of as many trials as would give it the spread that it has (Kish 1965), but no
more than there were: 5,000 right answers of 5,000 do not say that none is ever wrong.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How uncertain a score is at this number of samples.

    Parameters
    ----------
    sd
        Its standard deviation under resampling of the data, evaluation included.
    evaluation_sd
        The part that repeating the evaluation on the same data shows; 0 where that is not told
        apart.
    dof
        Degrees of freedom behind the standard deviation.
    trials
        For an accuracy, how many independent answers have this standard deviation.

    Examples
    --------
    >>> low, high = Spread(sd=1.0, dof=1e9).interval(0.0)
    >>> round(low, 2), round(high, 2)
    (-1.96, 1.96)
    """

    sd: float
    evaluation_sd: float = 0.0
    dof: float
    trials: float | None = None

    @property
    def half_width(self) -> float:
        """Half the width of a 95% interval that is as wide to both sides."""
        return self._quantile * self.sd

    @property
    def _quantile(self) -> float:
        return float(stats.t.ppf((1 + LEVEL) / 2, self.dof))

    def plus(self, other: "Spread") -> "Spread":
        """Return the spread of the sum, or the difference, of two independent numbers.

        Parameters
        ----------
        other
            The spread of the other number.

        Returns
        -------
        Spread
            Variances are added; the degrees of freedom are Welch's.

        References
        ----------
        Welch (1947), The generalization of "Student's" problem, doi:10.1093/biomet/34.1-2.28.

        Examples
        --------
        >>> both = Spread(sd=3.0, dof=10).plus(Spread(sd=4.0, dof=10))
        >>> both.sd, round(both.dof, 1)
        (5.0, 18.5)
        """
        variances = (self.sd**2, other.sd**2)
        terms = variances[0] ** 2 / self.dof + variances[1] ** 2 / other.dof
        return Spread(
            sd=float(np.sqrt(sum(variances))),
            evaluation_sd=float(np.hypot(self.evaluation_sd, other.evaluation_sd)),
            dof=float(sum(variances) ** 2 / terms) if terms > 0 else self.dof,
        )

    def of_answers(self, share: float, most: float) -> "Spread":
        """Return the spread of an accuracy, with the number of trials that have it.

        Two answers of each kind are added, so that an accuracy of 1 has a spread at all.

        Parameters
        ----------
        share
            The accuracy, in [0, 1], of those values that the spread was found from.
        most
            How many answers were judged: there are no more trials.

        Returns
        -------
        Spread
            With ``trials``.

        References
        ----------
        Kish (1965), Survey sampling: the design effect. Agresti and Coull (1998), Approximate is
        better than "exact" for interval estimation of binomial proportions,
        doi:10.1080/00031305.1998.10480550.

        Examples
        --------
        >>> round(Spread(sd=0.05, dof=9).of_answers(0.5, 1000).trials)
        100
        >>> low, high = Spread(sd=0.0, dof=1e9).of_answers(1.0, 100).interval(1.0)
        >>> round(low, 2), high
        (0.96, 1.0)
        """
        share = (share * most + 2) / (most + 4)
        trials = min(most, share * (1 - share) / self.sd**2) if self.sd > 0 else most
        return replace(self, trials=float(trials))

    def interval(self, value: float, *, top: float | None = None) -> tuple[float, float]:
        """Return the ends of the 95% interval.

        Parameters
        ----------
        value
            The score; in [0, 1] where there are trials.
        top
            The greatest value, perhaps infinite, of a score whose least is 0; None for others.

        Returns
        -------
        tuple of float
            The lower and the upper end.

        References
        ----------
        Wilson (1927), Probable inference, the law of succession, and statistical inference,
        doi:10.1080/01621459.1927.10502953. Bartlett (1947), The use of transformations,
        doi:10.2307/3001536: the arcsine.

        Examples
        --------
        >>> low, high = Spread(sd=0.01, dof=1e9).interval(0.99, top=1.0)
        >>> round(low, 3), round(high, 3)
        (0.961, 1.0)
        """
        if self.trials is None and top is not None and 0 < value < top:
            return self._of_range(value, top)
        if self.trials is None:
            return value - self.half_width, value + self.half_width
        more = self._quantile**2 / self.trials
        middle = (value + more / 2) / (1 + more)
        half = np.sqrt(more * (value * (1 - value) + more / 4)) / (1 + more)
        # Rounding must neither leave the value itself outside, nor go beyond 0 and 1.
        low, high = np.clip([middle - half, middle + half], 0.0, 1.0)
        return min(value, float(low)), max(value, float(high))

    def _of_range(self, value: float, top: float) -> tuple[float, float]:
        """Return the ends on a scale where the spread is much the same for all values."""
        if np.isinf(top):
            root = np.sqrt(value)
            reach = self.half_width / (2 * root)
            return float(max(root - reach, 0.0) ** 2), float((root + reach) ** 2)
        angle = np.arcsin(np.sqrt(value / top))
        reach = self.half_width / (2 * np.sqrt(value * (top - value)))
        low, high = top * np.sin(np.clip([angle - reach, angle + reach], 0, np.pi / 2)) ** 2
        return float(low), float(high)
