"""Scores of many samples: CPU seconds and memory as samples grow tenfold.

python benchmarks/scale.py [--samples 1000000] [--codes 64] [--factors 20]

Codes mix the factors, each of 10 values, with noise. Reported are CPU seconds by score at a
hundredth, a tenth and all of the samples, one process each, and the largest memory of that process
beside what the codes themselves take. Linear growth shows as a factor of 10 from column to column.
"""

import argparse
import os
import resource
import subprocess
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

SCORES = ("mig", "modularity", "sap_continuous", "probe_lr_1000", "probe_gbt_1000")


def measured(n, n_codes, n_factors):
    """Print the seconds of each score and the memory, as one line for the parent."""
    from unbraid import evaluate

    rng = np.random.default_rng(0)
    factors = rng.integers(10, size=(n, n_factors))
    codes = factors @ rng.normal(size=(n_factors, n_codes))
    codes += 0.1 * rng.normal(size=codes.shape)
    evaluate(codes[:2000], factors[:2000], SCORES)  # compile first
    for name in SCORES:
        start = time.process_time()
        value = evaluate(codes, factors, name)[name].value
        shown = "none" if value is None else f"{value:.3f}"
        print(f"{time.process_time() - start:.1f} {shown}", end=";")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{peak:.2f} {(codes.nbytes + factors.nbytes) / 2**30:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--codes", type=int, default=64)
    parser.add_argument("--factors", type=int, default=20)
    parser.add_argument("--one", action="store_true", help="measure here, and print one line")
    options = parser.parse_args()
    if options.one:
        measured(options.samples, options.codes, options.factors)
        return
    print(f"{options.codes} codes, {options.factors} factors of 10 values: CPU s (value)")
    print(f"{'samples':>10s}", *(f"{name:>16s}" for name in SCORES), "   memory (codes) GiB")
    for part in (100, 10, 1):
        n = options.samples // part
        sizes = ["--samples", str(n), "--codes", str(options.codes)]
        command = [sys.executable, __file__, "--one", *sizes, "--factors", str(options.factors)]
        line = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        *scores, memory = line.strip().split(";")
        cells = [f"{took} ({value})" for took, value in (each.split() for each in scores)]
        peak, held = memory.split()
        print(f"{n:10d}", *(f"{cell:>16s}" for cell in cells), f"   {peak} ({held})", flush=True)


if __name__ == "__main__":
    main()
