"""How often the 95% interval of a score covers the score's expectation.

python benchmarks/interval_coverage.py --scores mig,modularity --n 500 --replicates 300

Each replicate draws a data set anew (n rows to learn on, n / 2 held out), scores it, and measures
its interval; the expectation is the mean over replicates. One line per score and family.
"""

# ruff: noqa: E402 (the number of threads is set before numpy is loaded)
import argparse
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import time

import numpy as np

from unbraid.core.rng import stream
from unbraid.core.values import Representation
from unbraid.evaluation import evaluate_representation

FAMILIES = ("perfect", "rotated", "nonlinear", "noise")


def draw(family, n, sizes, rng):
    """Return codes of a family and their factors, which are uniform and independent."""
    factors = np.stack([rng.integers(size, size=n) for size in sizes], axis=1)
    scaled = 3 * (factors / (np.array(sizes) - 1) - 0.5)
    world = np.random.default_rng(7)  # the same representation in every replicate
    n_factors = len(sizes)
    if family == "perfect":
        return scaled, factors
    if family == "rotated":
        rotation = np.linalg.qr(world.normal(size=(n_factors, n_factors)))[0]
        return np.hstack([scaled @ rotation, 0.01 * rng.normal(size=(n, 5))]), factors
    if family == "nonlinear":
        first = world.normal(size=(n_factors, 20))
        second = world.normal(size=(20, 10)) / np.sqrt(20)
        return np.tanh(scaled @ first) @ second + 0.3 * rng.normal(size=(n, 10)), factors
    return rng.normal(size=(n, 10)), factors


def replicate(scores, family, n, sizes, number):
    rng = stream(number, family, n)
    (codes, factors), (codes_test, factors_test) = (
        draw(family, rows, sizes, rng) for rows in (n, n // 2)
    )
    representation = Representation(
        codes=codes, factors=factors, codes_test=codes_test, factors_test=factors_test
    )
    # Only codes that know nothing take their interval from random pairings.
    wanted = {"calibrated": family == "noise", "intervals": True}
    found = evaluate_representation(representation, scores, seed=number, **wanted)
    return [(each.value, each.low, each.high) for each in found.values()], list(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", default="mig,modularity")
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--replicates", type=int, default=300)
    parser.add_argument("--sizes", default="3,6,40,32,32")
    parser.add_argument("--families", default=",".join(FAMILIES))
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    print("score, family, n, replicates, expectation, its sd, median half width / sd, coverage")
    for family in arguments.families.split(","):
        started = time.process_time()
        names = []
        found = []
        for number in range(arguments.replicates):
            row, names = replicate(arguments.scores, family, arguments.n, sizes, number)
            found.append(row)
        table = np.array(found, dtype=float)
        for j, name in enumerate(names):
            value, low, high = table[:, j].T
            mean, sd = value.mean(), value.std(ddof=1)
            inside = (low - 1e-12 <= mean) & (mean <= high + 1e-12)
            width = np.median(high - low) / 2 / sd if sd > 0 else np.nan
            print(
                f"{name}, {family}, {arguments.n}, {len(table)}, {mean:.4f}, {sd:.5f}, "
                f"{width:.2f}, {inside.mean():.3f}",
                flush=True,
            )
        print(f"# {family}: {time.process_time() - started:.0f} CPU s", flush=True)


if __name__ == "__main__":
    main()
