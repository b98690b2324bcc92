"""Where ten codes of noise, and the true factors, lie between floor and ceiling.

python benchmarks/calibration.py --n 2000 --replicates 3

One line per score: the largest distance of calibrated noise from 0 and of the true factors from 1
over replicates, for the factor sizes of five data sets. The factors' codes are shuffled, and
shifted, so that the ceiling is not measured on the same arrays.
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

SIZES = {
    "dsprites": (3, 6, 40, 32, 32),
    "cars3d": (4, 24, 183),
    "smallnorb": (5, 9, 18, 6),
    "shapes3d": (10, 10, 10, 8, 4, 15),
    "mpi3d": (4, 4, 2, 3, 3, 40, 40),
}


def calibrated(kind, sizes, n, scores, number):
    rng = stream(number, kind, n, *sizes)
    factors, factors_test = (
        np.stack([rng.integers(size, size=rows) for size in sizes], axis=1) for rows in (n, n // 2)
    )
    if kind == "noise":
        codes, codes_test = rng.normal(size=(n, 10)), rng.normal(size=(n // 2, 10))
    else:
        codes, codes_test = factors[:, ::-1] * 1.0, factors_test[:, ::-1] * 1.0
    representation = Representation(
        codes=codes, factors=factors, codes_test=codes_test, factors_test=factors_test
    )
    found = evaluate_representation(representation, scores, seed=number, calibrated=True)
    return {name: each.calibrated for name, each in found.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", default="study")
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--replicates", type=int, default=3)
    parser.add_argument("--data", default=",".join(SIZES))
    arguments = parser.parse_args()
    print("data, score, n, replicates, worst |noise|, worst |truth - 1|")
    for name in arguments.data.split(","):
        started = time.process_time()
        rows = {}
        for kind, aim in (("noise", 0.0), ("truth", 1.0)):
            for number in range(arguments.replicates):
                found = calibrated(kind, SIZES[name], arguments.n, arguments.scores, number)
                for score, value in found.items():
                    off = np.nan if value is None else abs(value - aim)
                    rows.setdefault(score, {}).setdefault(kind, []).append(off)
        for score, off in rows.items():
            noise, truth = (max(off[kind]) for kind in ("noise", "truth"))
            sizes = f"{arguments.n}, {arguments.replicates}"
            print(f"{name}, {score}, {sizes}, {noise:.4f}, {truth:.4f}", flush=True)
        print(f"# {name}: {time.process_time() - started:.0f} CPU s", flush=True)


if __name__ == "__main__":
    main()
