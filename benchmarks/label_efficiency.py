"""How often the intervals of label-efficiency curves cover, and how often tuning looks ahead.

python benchmarks/label_efficiency.py --replicates 60

Codes are normal around one of three centres, so the best that can be read is known by a large
sample. Each replicate draws rows to learn from (4,000, so that they stand for all) and 500 held
out, and measures the curve; the truth is the mean accuracy of fresh readers on 20,000 rows. The
second table reads noise: a reader whose tuning saw the held-out rows would be above chance.
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
from unbraid.evaluation.label_efficiency import Protocol, label_efficiency

SIZES = (10, 30, 100)
CENTRES = np.array([[0.0, 0.0], [1.5, 0.0], [0.0, 1.5]])


def draw(rng, n, *, known=True):
    labels = rng.integers(3, size=n)
    spare = rng.normal(size=(n, 3))
    codes = CENTRES[labels] * known + rng.normal(size=(n, 2))
    return np.hstack([codes, spare]), labels[:, None]


def measured(number, n_held_out, n_repeats, *, known=True):
    rng = stream(number, "label efficiency", n_held_out, known)
    codes, labels = draw(rng, 4000, known=known)
    others, truth = draw(rng, n_held_out, known=known)
    given = Representation(codes=codes, factors=labels, codes_test=others, factors_test=truth)
    protocol = Protocol(sizes=SIZES, n_repeats=n_repeats, reach=0.65, seed=number)
    return label_efficiency(given, protocol=protocol)["0"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=10)
    arguments = parser.parse_args()
    started = time.process_time()
    # The truth: many readers, each of labels drawn anew.
    rows = [measured(10_000 + i, 5000, 10) for i in range(20)]
    truth = np.mean([curve.values for curve in rows], axis=0)
    area = np.mean([curve.area[0] for curve in rows])
    needed = np.exp(np.mean([np.log(curve.needed[0]) for curve in rows]))
    found = [measured(i, 500, arguments.repeats) for i in range(arguments.replicates)]
    print("what, truth, mean, coverage of the 95% interval")
    for j, size in enumerate(SIZES):
        inside = [curve.low[j] <= truth[j] <= curve.high[j] for curve in found]
        mean = np.mean([curve.values[j] for curve in found])
        print(f"accuracy at {size}, {truth[j]:.4f}, {mean:.4f}, {np.mean(inside):.3f}")
    inside = [curve.area[1] <= area <= curve.area[2] for curve in found]
    mean = np.mean([curve.area[0] for curve in found])
    print(f"area, {area:.4f}, {mean:.4f}, {np.mean(inside):.3f}")
    inside = [curve.needed[1] <= needed <= curve.needed[2] for curve in found]
    mean = np.median([curve.needed[0] for curve in found])
    print(f"labels to reach 0.65, {needed:.1f}, {mean:.1f} (median), {np.mean(inside):.3f}")
    noise = [measured(i, 500, arguments.repeats, known=False) for i in range(20)]
    values = np.mean([curve.values for curve in noise], axis=0)
    error = np.std([curve.values for curve in noise], axis=0, ddof=1) / np.sqrt(20)
    for value, half, size in zip(values, 2 * error, SIZES, strict=True):
        print(f"noise, of which 0.3333 can be read: {value:.4f} +- {half:.4f} at {size}")
    print(f"# {time.process_time() - started:.0f} CPU s")


if __name__ == "__main__":
    main()
