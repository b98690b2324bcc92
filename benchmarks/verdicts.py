"""How often a comparison calls one of equally good codes better, and tells unequal ones apart.

python benchmarks/verdicts.py --scores mig,modularity,sap_continuous --n 600 --replicates 300

Three factors of four values each. Contenders are equally good by construction: ``noisy`` are the
factors with independent noise of one size; ``mixed`` mix the factors in one way up to the names of
the factors, which are drawn alike; ``apart`` are noisy, on rows of their own. ``better`` has one
contender with less noise than the others. A replicate is wrong if any pair of equals is decided,
after Holm's correction, at 0.05; two standard errors of 0.05 are 0.025 with 300 replicates.
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
from unbraid.evaluation import compare

FAMILIES = ("noisy", "mixed", "apart", "better")
MIXING = np.array([[1.0, 0.3, 0.0], [0.0, 1.0, 0.6], [0.2, 0.0, 1.0]])


def contenders(family, n, count, number):
    rng = stream(number, "verdicts", family, n)
    factors = rng.integers(4, size=(n, 3))
    found = {}
    for name in "ABCDEFGH"[:count]:
        if family == "apart":
            factors = rng.integers(4, size=(n, 3))
        codes = factors.astype(float)
        if family == "mixed":
            order = rng.permutation(3)
            codes = codes[:, order] @ MIXING
        level = 0.45 if family == "better" and name == "A" else 0.6
        codes = codes + level * rng.normal(size=codes.shape)
        found[name] = Representation(codes=codes, factors=factors)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", default="mig,modularity,sap_continuous")
    parser.add_argument("--n", type=int, default=600)
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--contenders", type=int, default=2)
    parser.add_argument("--families", default=",".join(FAMILIES))
    arguments = parser.parse_args()
    print("family, score, n, contenders, replicates, share decided among equals (or A told best)")
    for family in arguments.families.split(","):
        started = time.process_time()
        decided = {}
        for number in range(arguments.replicates):
            given = contenders(family, arguments.n, arguments.contenders, number)
            found = compare(given, arguments.scores, seed=number)
            for score in found.values:
                mine = [each for each in found.verdicts if each.score == score]
                about = [each for each in mine if {each.first, each.second} <= set(given)]
                if family == "better":
                    hit = all(each.decided for each in about if each.first == "A")
                    hit = hit and found.ranks[score]["A"] == (1, 1)
                else:
                    hit = any(each.decided for each in about)
                decided.setdefault(score, []).append(hit)
        for score, hits in decided.items():
            sizes = f"{arguments.n}, {arguments.contenders}, {len(hits)}"
            print(f"{family}, {score}, {sizes}, {np.mean(hits):.3f}", flush=True)
        print(f"# {family}: {time.process_time() - started:.0f} CPU s", flush=True)


if __name__ == "__main__":
    main()
