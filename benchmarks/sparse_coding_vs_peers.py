"""Sparse coding beside SPAMS and scikit-learn: CPU time, costs, and atoms recovered.

python benchmarks/sparse_coding_vs_peers.py [--patches 100000] [--trials 50]

1. Dictionaries of 256 atoms learned from 8x8 patches of two photographs that scikit-learn ships
   (mean removed, unit variance), penalty 1.2: mean cost of 5,000 held-out patches against CPU
   seconds.
2. Codes on one of these dictionaries, from sparse to dense: CPU microseconds per patch, and the
   relative duality gap that is left.
3. The protocol of Aharon, Elad & Bruckstein (2006): 50 atoms in 20 dimensions, 1,500 samples of
   exactly three, at four noise levels: atoms recovered (1 - |cos| < 0.01), mean and standard error
   over seeds 0, 1, ...

All on one thread. SPAMS is left out where it is not installed (pip install spams-bin).
"""

import argparse
import os
import time
from importlib.util import find_spec

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from sklearn.datasets import load_sample_image
from sklearn.decomposition import sparse_encode
from sklearn.feature_extraction.image import extract_patches_2d

from unbraid.learners import SparseCoding
from unbraid.numerics.lasso import lasso

PENALTY, ATOMS, BATCH = 1.2, 256, 256
SPAMS = find_spec("spams") is not None


def patches(n):
    taken = []
    for file in ("china.jpg", "flower.jpg"):
        grey = load_sample_image(file).mean(axis=2)
        some = extract_patches_2d(grey, (8, 8), max_patches=n // 2, random_state=0)
        taken.append(some.reshape(len(some), -1))
    X = np.concatenate(taken)
    X = X - X.mean(axis=1, keepdims=True)
    return np.random.default_rng(0).permutation(X / X.std())


def costs(X, atoms, codes, penalty):
    return 0.5 * ((X - codes @ atoms) ** 2).sum(axis=1) + penalty * np.abs(codes).sum(axis=1)


def learning(X, held_out):
    def report(name, seconds, atoms):
        cost = costs(held_out, atoms, lasso(held_out, atoms, PENALTY), PENALTY).mean()
        print(f"  {name:10s} {seconds:7.2f} s  {cost:8.4f}", flush=True)

    print("learning: CPU seconds, mean cost of held-out patches")
    for steps in (100, 200, 400, 800, 1600, 3200):
        start = time.process_time()
        model = SparseCoding(n_codes=ATOMS, penalty=PENALTY, n_steps=steps, batch_size=BATCH)
        model.fit(X)
        report("unbraid", time.process_time() - start, model.atoms_)
        if SPAMS:
            import spams

            columns = np.asfortranarray(X.T)
            start = time.process_time()
            settings = {"K": ATOMS, "lambda1": PENALTY, "batchsize": BATCH, "numThreads": 1}
            atoms = spams.trainDL(columns, iter=steps, verbose=False, **settings)
            seconds = time.process_time() - start
            report("SPAMS", seconds, np.ascontiguousarray(atoms.T))
    return model.atoms_


def gap(X, atoms, codes, penalty):
    left = X - codes @ atoms
    primal = costs(X, atoms, codes, penalty).sum()
    most = np.maximum(np.abs(left @ atoms.T).max(axis=1), 1e-300)
    dual = left * np.minimum(1.0, penalty / most)[:, None]
    return (primal - 0.5 * (X**2).sum() + 0.5 * ((X - dual) ** 2).sum()) / primal


def by_scikit_learn(X, atoms, penalty):
    return sparse_encode(X, atoms, algorithm="lasso_lars", alpha=penalty)


def by_spams(X, atoms, penalty):
    import spams

    samples, columns = np.asfortranarray(X.T), np.asfortranarray(atoms.T)
    return spams.lasso(samples, D=columns, lambda1=penalty, mode=2, numThreads=1).T.toarray()


def encoding(X, atoms):
    print("encoding: CPU microseconds per patch, relative duality gap")
    contenders = {"unbraid": (X, lasso), "scikit-learn": (X[:500], by_scikit_learn)}
    if SPAMS:
        contenders["SPAMS"] = (X, by_spams)
    for penalty in (1.2, 0.1, 0.05, 0.01):
        nonzero = np.count_nonzero(lasso(X, atoms, penalty), axis=1).mean()
        print(f"  penalty {penalty}: {nonzero:.1f} codes are not zero")
        for name, (some, encode) in contenders.items():
            best = np.inf
            for _ in range(3):
                start = time.process_time()
                codes = encode(some, atoms, penalty)
                best = min(best, time.process_time() - start)
            micro, left = 1e6 * best / len(some), gap(some, atoms, codes, penalty)
            print(f"    {name:13s} {micro:9.1f} {left:10.1e}", flush=True)


def recovery(trials):
    print(f"recovery: atoms found of 50, {trials} trials")
    for decibel in (10, 20, 30, np.inf):
        found = []
        for seed in range(trials):
            rng = np.random.default_rng(seed)
            atoms = rng.uniform(-1, 1, size=(50, 20))
            atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
            codes = np.zeros((1500, 50))
            for row in codes:
                row[rng.choice(50, 3, replace=False)] = rng.normal(size=3)
            X = codes @ atoms
            X = X + rng.normal(size=X.shape) * np.sqrt((X**2).mean() * 10 ** (-decibel / 10))
            settings = {"prior": "l0", "n_nonzero": 3, "n_steps": 1500, "batch_size": 300}
            model = SparseCoding(n_codes=50, random_state=seed, **settings).fit(X)
            found.append((1 - np.abs(atoms @ model.atoms_.T).max(axis=1) < 0.01).sum())
        error = np.std(found) / np.sqrt(trials)
        print(f"  {decibel:>4} dB {np.mean(found):6.2f} +- {error:.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patches", type=int, default=100_000)
    parser.add_argument("--trials", type=int, default=50)
    options = parser.parse_args()
    X = patches(options.patches)
    SparseCoding(n_codes=4, n_steps=2).fit(X[:100])  # compile first
    atoms = learning(X[5000:], X[:5000])
    encoding(X[:5000], atoms)
    recovery(options.trials)


if __name__ == "__main__":
    main()
