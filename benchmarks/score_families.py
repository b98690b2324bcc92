"""What every score says of perfect, rotated and useless codes.

python benchmarks/score_families.py --scores information,identifiability --n 10000

One line per score: its value on codes that are the factors (perfect), the factors beside five
codes of noise, a random rotation of the factors, ten normal codes (noise), and three constant
codes; a dash where it has none. dSprites' factor sizes, half as many samples held out.
"""

# ruff: noqa: E402 (the number of threads is set before numpy is loaded)
import argparse
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np

from unbraid.core.rng import stream
from unbraid.core.values import Representation
from unbraid.evaluation import evaluate_representation

SIZES = (3, 6, 40, 32, 32)


def families(n):
    rng = stream(0, "families")
    factors = np.stack([rng.integers(size, size=n + n // 2) for size in SIZES], axis=1)
    perfect = 3 * (factors / (np.array(SIZES) - 1) - 0.5)
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    codes = {
        "perfect": perfect,
        "+ noise": np.hstack([perfect, rng.normal(size=(len(factors), 5))]),
        "rotated": perfect @ turn,
        "noise": rng.normal(size=(len(factors), 10)),
        "constant": np.full((len(factors), 3), 2.0),
    }
    return {
        name: Representation(
            codes=each[:n], factors=factors[:n], codes_test=each[n:], factors_test=factors[n:]
        )
        for name, each in codes.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", default="all")
    parser.add_argument("--n", type=int, default=10_000)
    arguments = parser.parse_args()
    found = {
        name: evaluate_representation(each, arguments.scores)
        for name, each in families(arguments.n).items()
    }
    print("score", *found, sep=", ")
    for score in found["perfect"]:
        values = [each[score].value for each in found.values()]
        print(score, *("-" if v is None else f"{v:.3f}" for v in values), sep=", ")


if __name__ == "__main__":
    main()
