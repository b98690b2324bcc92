"""How often the 95% interval of a score covers the score's expectation.

python benchmarks/interval_coverage.py build/coverage --scores mig,modularity --n 500

Each data set is drawn anew (n rows to learn on, n / 2 held out), scored, and its intervals are
measured; the expectation is the mean over data sets. What is measured is appended to a file in the
folder at once, and data sets that are there already are not measured again, so a run can be
stopped at any time, continued with more data sets, or only shown (--data-sets 0). Files do not
know of the code that made them: after a change of the method, name another folder.

The table has one line per score and family: the expectation, the standard deviation of the score,
that of the method (root mean square) and the median half width, both as shares of it, and the
coverage with its 95% interval (Wilson's).
"""

# ruff: noqa: E402 (the number of threads is set before numpy is loaded)
import argparse
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import json
import time
from pathlib import Path

import numpy as np

from unbraid.core.rng import stream
from unbraid.core.values import Representation
from unbraid.evaluation import evaluate_representation, select

FAMILIES = ("perfect", "rotated", "nonlinear", "noise")
AIM = (0.93, 0.98)
HEADER = "score, family, n, data sets, expectation, its sd, sd found, half width, coverage"


def draw(family, n, sizes, rng):
    """Return codes of a family and their factors, which are uniform and independent."""
    factors = np.stack([rng.integers(size, size=n) for size in sizes], axis=1)
    scaled = 3 * (factors / (np.array(sizes) - 1) - 0.5)
    world = np.random.default_rng(7)  # the same representation in every data set
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


def measured(scores, family, n, sizes, number):
    """Return for each score its value, the ends of its interval and its spread, as numbers."""
    rng = stream(number, family, n)
    (codes, factors), (codes_test, factors_test) = (
        draw(family, rows, sizes, rng) for rows in (n, n // 2)
    )
    representation = Representation(
        codes=codes, factors=factors, codes_test=codes_test, factors_test=factors_test
    )
    # Only codes that know nothing take their interval from random pairings.
    found = evaluate_representation(
        representation, scores, seed=number, calibrated=family == "noise", intervals=True
    )
    return {
        name: [each.value, each.low, each.high, float(each.parts["sd"][0])]
        for name, each in found.items()
        if each.low is not None
    }


def path_of(folder, family, n, sizes):
    return folder / f"{family}-{n}-{'_'.join(map(str, sizes))}.jsonl"


def kept(path):
    """Return what a file holds: for each data set, what was found by score."""
    found = {}
    if path.exists():
        for line in path.read_text().splitlines():
            each = json.loads(line)
            found.setdefault(each["number"], {}).update(each["found"])
    return found


def extend(path, scores, family, n, sizes, n_sets, until):
    """Measure the data sets that the file lacks, and append each."""
    found = kept(path)
    for number in range(n_sets):
        lacking = [name for name in scores if name not in found.get(number, {})]
        if time.process_time() > until:
            return
        if lacking:
            line = {"number": number, "found": measured(lacking, family, n, sizes, number)}
            with path.open("a") as file:
                file.write(json.dumps(line) + "\n")


def wilson(inside):
    n, z = len(inside), 1.96
    centre = (inside.sum() + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(n * inside.mean() * (1 - inside.mean()) + z**2 / 4)
    return centre - half, centre + half


def line_of(name, family, n, rows):
    value, low, high, found = np.array(rows, dtype=float).T
    mean, sd = value.mean(), value.std(ddof=1)
    inside = (low - 1e-12 <= mean) & (mean <= high + 1e-12)
    width, ratio = np.median(high - low) / 2, np.sqrt(np.mean(found**2))
    shares = f"{ratio / sd:.2f}, {width / sd:.2f}" if sd > 1e-12 else "-, -"
    star = "" if AIM[0] <= inside.mean() <= AIM[1] else " *"
    low, high = wilson(inside)
    return (
        f"{name}, {family}, {n}, {len(rows)}, {mean:.4f}, {sd:.5f}, {shares}, "
        f"{inside.mean():.3f} [{low:.3f}, {high:.3f}]{star}"
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", default=Path("runs/interval_coverage"), type=Path)
    parser.add_argument("--scores", default="mig,modularity")
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--data-sets", type=int, default=300)
    parser.add_argument("--sizes", default="3,6,40,32,32")
    parser.add_argument("--families", default=",".join(FAMILIES))
    parser.add_argument("--cpu-seconds", type=float, default=np.inf, help="stop after so many")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    sizes = [int(size) for size in given.sizes.split(",")]
    scores = select(given.scores)
    for family in given.families.split(","):
        path = path_of(given.folder, family, given.n, sizes)
        extend(path, scores, family, given.n, sizes, given.data_sets, given.cpu_seconds)
    print(HEADER)
    for family in given.families.split(","):
        found = kept(path_of(given.folder, family, given.n, sizes)).values()
        for name in scores:
            rows = [each[name] for each in found if name in each]
            if len(rows) > 1:
                print(line_of(name, family, given.n, rows))
    print("* outside", *AIM)


if __name__ == "__main__":
    main()
