"""Boosted trees of random pairings: few are fitted, and further pairings put together of them."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from unbraid.core.scoring import Undefined
from unbraid.core.values import Representation
from unbraid.numerics.discrete import discrete
from unbraid.numerics.importance import Importance

# A factor of few values takes few trees, whose importances vary most: it is fitted for more
# pairings, as many as 36 trees per round allow.
FEWEST, MOST, _TREES = 2, 6, 36


class Combination(NamedTuple):
    """How far pairings that are put together can be taken for pairings fitted each anew.

    Parameters
    ----------
    n_fits
        How many fits each draws from, as their variance shows it.
    dof
        The degrees of freedom behind that variance.
    """

    n_fits: float
    dof: float


def combination(
    fits: Int[np.ndarray, " factors"], sizes: Int[np.ndarray, " factors"]
) -> Combination:
    """Return what pairings are worth that draw from some fits of each factor.

    The variance of what is drawn falls short of that of fresh fits by 1 / fits. A factor is taken
    to have a share of the variance that goes with 1 / values: so it does in accuracies, and in
    importances yet faster.

    Parameters
    ----------
    fits
        How many fits there are of each factor, 2 or more.
    sizes
        How many values each factor has.

    Returns
    -------
    Combination
        The harmonic mean of the fits, and degrees of freedom after Satterthwaite (1946), An
        approximate distribution of estimates of variance components, doi:10.2307/3002019.

    Examples
    --------
    >>> combination(np.array([3, 3]), np.array([4, 4]))
    Combination(n_fits=3.0, dof=4.0)
    """
    share = (1 / sizes) / (1 / sizes).sum()
    return Combination(
        n_fits=float(1 / (share / fits).sum()), dof=float(1 / (share**2 / (fits - 1)).sum())
    )


def fits_of(sizes: Int[np.ndarray, " factors"], n_pairings: int) -> Int[np.ndarray, " factors"]:
    """Return for how many pairings the trees of each factor are fitted.

    Parameters
    ----------
    sizes
        How many values each factor has.
    n_pairings
        How many pairings there are.

    Returns
    -------
    numpy.ndarray
        From 6 for up to 6 values down to 2 for more than 12; no more than there are pairings.

    Examples
    --------
    >>> fits_of(np.array([3, 10, 40]), 20)
    array([6, 3, 2])
    """
    return np.asarray(np.minimum(np.clip(_TREES // sizes, FEWEST, MOST), n_pairings))


class _Column(NamedTuple):
    """The trees of one factor."""

    importances: Float[np.ndarray, " codes"]
    train_accuracy: float
    test_accuracy: float


class PairedTrees:
    """The boosted trees of one random pairing of codes and factors after another.

    Trees are slow, and treat every factor by itself: a pairing takes those of each factor from
    one of the pairings that they were fitted for, at random. It pairs the factors with the codes,
    each in its own random order.

    Parameters
    ----------
    rows
        Codes and factors, with held-out rows.
    n_pairings
        How many pairings are to come.

    Raises
    ------
    Undefined
        If there are no held-out rows, or as `unbraid.numerics.discrete.discrete` does.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> factors = rng.integers(3, size=(90, 2))
    >>> arrays = dict(codes=rng.normal(size=(90, 2)), factors=factors)
    >>> rows = Representation(**arrays, codes_test=arrays["codes"], factors_test=factors)
    >>> PairedTrees(rows, 20).following(rows, rng).matrix.shape
    (2, 2)
    """

    def __init__(self, rows: Representation, n_pairings: int) -> None:
        if rows.factors is None or rows.codes_test is None:
            raise Undefined("there are no held-out rows")
        _, sizes, self._varied, self._caution = discrete(rows.factors)
        self._sizes = sizes[self._varied]
        self._fits = fits_of(self._sizes, n_pairings)
        self._n_pairings = n_pairings
        self._columns: list[list[_Column]] = [[] for _ in self._fits]

    @property
    def combination(self) -> Combination | None:
        """What the pairings are worth; None where trees are fitted for each of them."""
        if (self._fits == self._n_pairings).all():
            return None
        return combination(self._fits, self._sizes)

    def following(self, paired: Representation, rng: np.random.Generator) -> Importance:
        """Return the trees of the next pairing.

        Parameters
        ----------
        paired
            The same rows paired at random.
        rng
            Draws the fit of each factor whose trees are not fitted for this pairing.

        Returns
        -------
        Importance
            As of one fit.
        """
        new = [len(there) < fits for there, fits in zip(self._columns, self._fits, strict=True)]
        if any(new):
            self._fit(paired, np.flatnonzero(new))
        drawn = [
            there[-1 if fitted else int(rng.integers(len(there)))]
            for there, fitted in zip(self._columns, new, strict=True)
        ]
        importances, train, test = zip(*drawn, strict=True)
        return Importance(
            np.column_stack(importances), np.array(train), np.array(test), self._caution
        )

    def _fit(self, paired: Representation, new: np.ndarray) -> None:
        from unbraid.numerics.boosting import boosted_importances

        assert paired.factors is not None
        assert paired.codes_test is not None
        assert paired.factors_test is not None
        chosen = np.flatnonzero(self._varied)[new]
        matrix, train, test = boosted_importances(
            paired.codes,
            paired.factors[:, chosen],
            paired.codes_test,
            paired.factors_test[:, chosen],
        )
        for k, *found in zip(new, matrix.T, train, test, strict=True):
            self._columns[k].append(_Column(*found))
