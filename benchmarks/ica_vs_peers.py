"""ICA beside scikit-learn's FastICA and picard: CPU time, and how close they come.

python benchmarks/ica_vs_peers.py [--samples 100000] [--sources 50] [--rounds 3] [--passes 100]

1. A model that holds: independent Laplace sources, mixed at random. Reported are CPU seconds (the
   least of the rounds, in which the contenders take turns) and both Amari distances.
2. A model that does not: 8x8 patches of two photographs that scikit-learn ships, whitened to 50
   dimensions. Reported are the mean negative log-likelihood under secant sources (rows rescaled to
   suit it), and sum E log cosh of the codes at unit variance; lower is better.
3. The error of a matched density as a fraction of the Cramer-Rao bound, and that of FastICA.

All on one thread. picard is left out where it is not installed (pip install python-picard).
"""

import argparse
import os
import time
import warnings
from importlib.util import find_spec

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from sklearn.datasets import load_sample_image
from sklearn.decomposition import FastICA
from sklearn.feature_extraction.image import extract_patches_2d

from unbraid.learners import ICA
from unbraid.numerics.amari import amari_distance
from unbraid.numerics.ica import losses, settle

PICARD = find_spec("picard") is not None


def unbraid_ica(method, **settings):
    def fit(X):
        return ICA(n_codes=X.shape[1], method=method, **settings).fit(X).unmixing_

    return fit


def fast_ica(X, passes=200, tolerance=1e-4):
    model = FastICA(whiten_solver="eigh", random_state=0, max_iter=passes, tol=tolerance)
    return model.fit(X).components_


def picard_ica(ortho, passes=200):
    from picard import picard

    def fit(X):
        K, W, _ = picard(X.T, ortho=ortho, random_state=0, max_iter=passes, tol=1e-7)
        return W @ K

    return fit


def best_of(contenders, X, rounds):
    """Return the least CPU seconds and the unmixing matrix of each contender."""
    best = {}
    for _ in range(rounds):
        for name, fit in contenders.items():
            start = time.process_time()
            W = fit(X)
            seconds = time.process_time() - start
            best[name] = min(best.get(name, (np.inf, W)), (seconds, W), key=lambda pair: pair[0])
    return best


def where_the_model_holds(k, n, rounds):
    rng = np.random.default_rng(0)
    sources, A = rng.laplace(size=(n, k)), rng.normal(size=(k, k))
    contenders = {
        "unbraid likelihood": unbraid_ica("likelihood"),
        "unbraid fast": unbraid_ica("fast"),
        "FastICA (eigh)": fast_ica,
    }
    if PICARD:
        contenders |= {"picard": picard_ica(False), "picard-O": picard_ica(True)}
    print(f"{k} x {n} Laplace sources: CPU s, Amari distance (absolute), (squared)")
    for name, (seconds, W) in best_of(contenders, sources @ A.T, rounds).items():
        absolute, squared = (amari_distance(W, A, variant=one) for one in ("absolute", "squared"))
        print(f"  {name:20s} {seconds:8.2f} {absolute:10.6f} {squared:10.6f}", flush=True)


def patches(n, size=8, k=50):
    taken = []
    for file in ("china.jpg", "flower.jpg"):
        grey = load_sample_image(file).mean(axis=2)
        some = extract_patches_2d(grey, (size, size), max_patches=n // 2, random_state=0)
        taken.append(some.reshape(len(some), -1))
    X = np.concatenate(taken)
    X = X - X.mean(axis=1, keepdims=True)
    X = X - X.mean(axis=0)
    variances, directions = np.linalg.eigh(X.T @ X / len(X))
    return X @ (directions[:, -k:] / np.sqrt(variances[-k:]))


def where_it_does_not(n, passes):
    X = patches(n)
    contenders = {
        "unbraid likelihood": unbraid_ica("likelihood", density="super", max_iterations=passes),
        "FastICA (eigh)": lambda X: fast_ica(X, passes, 1e-12),
    }
    if PICARD:
        contenders |= {
            "picard": picard_ica(False, passes),
            "picard-O": picard_ica(True, passes),
        }
    print(f"{n} patches, at most {passes} passes: CPU s, negative log-likelihood, sum E log cosh")
    for name, (seconds, W) in best_of(contenders, X, 1).items():
        Y = W @ X.T
        unit = Y / Y.std(axis=1, keepdims=True)
        contrast = np.logaddexp(unit, -unit).mean(axis=1).sum() - len(W) * np.log(2)
        scaled, sub = settle(W, X.T, kinds="super")
        loss = losses(scaled @ X.T, sub).mean(axis=1).sum() - np.linalg.slogdet(scaled)[1]
        print(f"  {name:20s} {seconds:8.2f} {loss:10.4f} {contrast:10.4f}", flush=True)


def efficiency(repeats, n=2000, k=4):
    kappa = np.pi**2 / 8
    print(f"error as a fraction of the Cramer-Rao bound, {repeats} x {k} secant sources x {n}")
    for method in ("likelihood", "fast"):
        squares = []
        for seed in range(repeats):
            uniform = np.random.default_rng(seed).uniform(size=(n, k))
            W = unbraid_ica(method, density="super")(np.log(np.tan(np.pi / 2 * uniform)))
            gain = W[np.argsort(np.abs(W).argmax(axis=1))]
            gain = gain / np.diag(gain)[:, None]
            squares.append(gain[~np.eye(k, dtype=bool)] ** 2)
        print(f"  {method:20s} {kappa / (kappa**2 - 1) / n / np.mean(squares):8.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--sources", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--passes", type=int, default=100)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # contenders that do not converge say so at length
    unbraid_ica("likelihood")(np.random.default_rng(0).laplace(size=(100, 2)))  # compile first
    where_the_model_holds(options.sources, options.samples, options.rounds)
    where_it_does_not(options.samples, options.passes)
    efficiency(300)


if __name__ == "__main__":
    main()
