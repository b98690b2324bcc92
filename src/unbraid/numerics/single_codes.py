"""Each factor matched with one code, and what that code alone can tell."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Num

from unbraid.core.memo import shared
from unbraid.numerics.discrete import discrete, labels_like
from unbraid.numerics.information import information_of_counts

Labels = Int[np.ndarray, " samples"]
Codes = Float[np.ndarray, "samples codes"]
Factors = Num[np.ndarray, "samples factors"]


class Alignment(NamedTuple):
    """Which code stands for each factor that varies.

    Examples
    --------
    >>> Alignment(np.eye(2), np.array([0, -1])).code_of_factor.tolist()
    [0, -1]
    """

    information: Float[np.ndarray, "codes factors"]
    code_of_factor: Int[np.ndarray, " factors"]


def thresholds(code: Float[np.ndarray, " samples"], n_bins: int) -> Float[np.ndarray, " bins"]:
    """Return where bins of equally many samples begin.

    Parameters
    ----------
    code
        One code, shape (n,).
    n_bins
        How many bins.

    Returns
    -------
    numpy.ndarray
        The least value in each bin, rising, shape (n_bins,).

    Examples
    --------
    >>> thresholds(np.array([4.0, 1.0, 3.0, 2.0]), 2)
    array([1., 3.])
    """
    places = (np.arange(n_bins) * len(code) / n_bins).astype(np.intp)
    return np.asarray(np.sort(code)[places])


def binned(code: Float[np.ndarray, " samples"], starts: Float[np.ndarray, " bins"]) -> Labels:
    """Return the bin of each sample; what lies below all bins is in the first.

    Parameters
    ----------
    code
        One code, shape (n,).
    starts
        Where bins begin, as `thresholds` returns them.

    Returns
    -------
    numpy.ndarray
        The bins, numbered from 0, shape (n,).

    Examples
    --------
    >>> binned(np.array([0.0, 1.0, 2.0, 9.0]), np.array([1.0, 3.0])).tolist()
    [0, 0, 0, 1]
    """
    return np.maximum(np.searchsorted(starts, code, side="right") - 1, 0)


@shared
def align(codes: Codes, factors: Factors) -> Alignment:
    """Match each factor that varies with one code, so that they know most of them in total.

    Parameters
    ----------
    codes
        The codes, shape (n, d).
    factors
        The factors, shape (n, K).

    Returns
    -------
    Alignment
        The mutual information of each code and each of the K' factors that vary, in nats, with
        the code in as many bins of equally many samples as the factor has values, shape (d, K');
        and the code of each factor, shape (K',), -1 where codes are fewer than factors.

    Raises
    ------
    Undefined
        As `discrete` does.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(3, size=(300, 2))
    >>> align(factors[:, ::-1] * 1.0, factors).code_of_factor.tolist()
    [1, 0]
    """
    from unbraid.numerics.matching import match

    found = discrete(factors)
    varied = np.flatnonzero(found.varied)
    information = np.empty((codes.shape[1], len(varied)))
    for column, k in enumerate(varied.tolist()):
        size = int(found.sizes[k])
        for i, code in enumerate(codes.T):
            cells = binned(code, thresholds(code, size)) * size + found.labels[:, k]
            counts = np.bincount(cells, minlength=size * size).reshape(size, size)
            information[i, column] = information_of_counts(counts)
    rows, columns = match(information)
    code_of_factor = np.full(len(varied), -1)
    code_of_factor[columns] = rows
    return Alignment(information, code_of_factor)


def single_code_accuracy(
    codes: Codes,
    factors: Factors,
    codes_test: Float[np.ndarray, "others codes"],
    factors_test: Num[np.ndarray, "others factors"],
) -> Float[np.ndarray, " varied"]:
    """Return how often the bin of a factor's code tells the factor's value.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d).
    factors
        Their factors, shape (n, K).
    codes_test
        Held-out codes, shape (m, d).
    factors_test
        Their factors, shape (m, K).

    Returns
    -------
    numpy.ndarray
        Accuracies on held-out rows, shape (K',). Bins and values are matched one to one on the
        rows to learn from; a factor without a code is guessed to have its commonest value.

    Raises
    ------
    Undefined
        As `discrete` does.

    Examples
    --------
    >>> factors = np.random.default_rng(0).integers(3, size=(300, 1))
    >>> noise = np.random.default_rng(1).normal(size=(300, 1))
    >>> single_code_accuracy(noise, factors, noise, factors).round(1)
    array([0.4])
    """
    from unbraid.numerics.matching import match

    found = discrete(factors)
    labels_test = labels_like(factors, factors_test)
    accuracy = []
    for k, i in zip(
        np.flatnonzero(found.varied), align(codes, factors).code_of_factor, strict=True
    ):
        mine, size = found.labels[:, k], int(found.sizes[k])
        if i < 0:
            accuracy.append(np.mean(labels_test[:, k] == np.bincount(mine).argmax()))
            continue
        starts = thresholds(codes[:, i], size)
        cells = binned(codes[:, i], starts) * size + mine
        _, value_of_bin = match(np.bincount(cells, minlength=size**2).reshape(size, size) * 1.0)
        told = value_of_bin[binned(codes_test[:, i], starts)]
        accuracy.append(np.mean(told == labels_test[:, k]))
    return np.array(accuracy)
