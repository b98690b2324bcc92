"""What floors of DCI are worth that are put together of a few fits, on ten codes of noise.

python benchmarks/floors_of_trees.py --n 2000 --fits 60 --replicates 1000

Trees are fitted to noise ``--fits`` times, which is what takes long; then calibration gets fits
drawn from those in the place of new ones. By allocation of fits to factors: the standard deviation
of the floor and the spread that is found, both as shares of the score's own standard deviation;
how often the p-value of noise is below 0.05; and how often the 95% interval covers the mean.
"""

# ruff: noqa: E402 (the number of threads is set before numpy is loaded)
import argparse
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from unittest.mock import patch

import numpy as np
from scipy import stats

from unbraid import scores
from unbraid.core.rng import stream
from unbraid.core.values import Representation
from unbraid.evaluation import boosted
from unbraid.evaluation.calibration import Scale
from unbraid.evaluation.measure import values
from unbraid.evaluation.pairings import null_values
from unbraid.numerics import boosting

ALLOCATIONS = {"3 each": (3, 3), "by values": (boosted.FEWEST, boosted.MOST)}


def noise(n, sizes, number):
    rng = stream(number, "noise", n)

    def rows(m):
        return rng.normal(size=(m, 10)), np.stack([rng.integers(k, size=m) for k in sizes], axis=1)

    (codes, factors), (codes_test, factors_test) = rows(n), rows(n // 2)
    return Representation(
        codes=codes, factors=factors, codes_test=codes_test, factors_test=factors_test
    )


def fitted(n, sizes, n_fits):
    """Return for each number of values what trees say of factors that have so many."""
    stock = {size: [] for size in sizes}
    for number in range(n_fits):
        each = noise(n, sizes, number)
        given = each.codes, each.factors, each.codes_test, each.factors_test
        matrix, train, test = boosting.boosted_importances(*given)
        for size, *column in zip(sizes, matrix.T, train, test, strict=True):
            stock[size].append(column)
    return stock


def drawing(stock, rng):
    """Return what stands in for the fit of trees: columns of those that there are."""

    def drawn(_codes, factors, _codes_test, _factors_test):
        sizes = [len(np.unique(column)) for column in factors.T]
        found = [stock[size][rng.integers(len(stock[size]))] for size in sizes]
        matrix, train, test = zip(*found, strict=True)
        return np.column_stack(matrix), np.array(train), np.array(test)

    return drawn


def simulated(functions, rows, stock, replicates):
    """Return values, floors, spreads, p-values and half widths, each (replicates, scores)."""
    found = []
    with patch.object(boosting, "boosted_importances", drawing(stock, stream(0, "fits"))):
        for number in range(replicates):
            value = np.array(values(functions, rows, 0))
            null = null_values(functions, rows, seed=number, n_permutations=20)
            scales = [
                Scale(floor=paired.mean(), ceiling=1.0, null=paired, combination=worth)
                for paired, worth in (null[function.name] for function in functions)
            ]
            spreads = np.array([scale.spread for scale in scales])
            p_values = [
                scale.p_value(one, "higher") for scale, one in zip(scales, value, strict=True)
            ]
            width = spreads * [stats.t.ppf(0.975, scale.dof) for scale in scales]
            floors = [scale.floor for scale in scales]
            found.append((value, floors, spreads, p_values, width))
    return np.array(found).transpose(1, 0, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--fits", type=int, default=60)
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--sizes", default="3,6,40,32,32")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    functions = [scores.load(name) for name in boosted.BOOSTED]
    rows, stock = noise(asked.n, sizes, 0), fitted(asked.n, sizes, asked.fits)
    print("allocation, score, sd of the floor, spread, p < 0.05, coverage")
    for name, (fewest, most) in ALLOCATIONS.items():
        with patch.multiple(boosted, FEWEST=fewest, MOST=most):
            found = simulated(functions, rows, stock, asked.replicates)
        value, floor, spread, p_value, width = found
        inside = np.abs(value - value.mean(axis=0)) <= width
        own = value.std(axis=0)
        for k, function in enumerate(functions):
            shown = (
                floor.std(axis=0)[k] / own[k],
                np.sqrt((spread[:, k] ** 2).mean()) / own[k],
                (p_value[:, k] < 0.05).mean(),
                inside[:, k].mean(),
            )
            print(f"{name}, {function.name}, {', '.join(f'{each:.3f}' for each in shown)}")


if __name__ == "__main__":
    main()
