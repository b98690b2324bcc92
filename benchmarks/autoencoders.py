"""Autoencoders: how exact the linear ones are, and the k-sparse ones on MNIST.

python benchmarks/autoencoders.py [--mnist PATH] [--train 10000] [--steps 3000] [--kept 10 25]

1. On the digits of scikit-learn, the largest angle between the codes of a linear bottleneck and
   the principal components, and its error beside the eigenvalues that are lost; with weight decay,
   how far the decoder is from the encoder transposed, and its singular values from theory.
2. On MNIST (skipped without its files), the error of logistic regression on the codes of k-sparse
   autoencoders, by k. The regression's strength is chosen on the last sixth of the training
   samples. Makhzani and Frey (2014) report 2.10, 1.35 and 1.54% for k = 10, 25 and 40 with 1,000
   codes and all 60,000 training images: --train 60000.

All on one thread; CPU seconds are printed.
"""

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch
from scipy.linalg import subspace_angles
from sklearn.linear_model import LogisticRegression

from unbraid.core.errors import StoreError
from unbraid.data import load_dataset
from unbraid.learners import SparseAutoencoder, UndercompleteAutoencoder

PUBLISHED = {10: "2.10", 25: "1.35", 40: "1.54"}


def linear(steps, n_codes=10):
    X = load_dataset("digits").images.reshape(-1, 64).astype(float)
    X = 4 * (X - X.mean(axis=0))  # not clipped to [0, 1]; the largest eigenvalue is near 50
    values, axes = np.linalg.eigh(X.T @ X / len(X))
    values, axes = values[::-1], axes[:, ::-1]
    settings = {"network": "linear", "batch_size": None, "n_steps": steps, "learning_rate": 0.01}
    start = time.process_time()
    model = UndercompleteAutoencoder(n_codes=n_codes, **settings).fit(X)
    angle = subspace_angles(model.decoder_weights_, axes[:, :n_codes]).max()
    over = -model.score(X) / values[n_codes:].sum() - 1
    print(f"digits, {n_codes} codes, {steps} steps: largest angle {angle:.1e}", end=", ")
    print(f"error / lost eigenvalues - 1 = {over:.1e}", end=", ")
    print(f"{time.process_time() - start:.0f} CPU s")
    decay = 0.2 * values[n_codes - 1]
    start = time.process_time()
    model = UndercompleteAutoencoder(n_codes=n_codes, weight_decay=decay, **settings).fit(X)
    apart = np.abs(model.encoder_weights_ - model.decoder_weights_.T).max()
    found = np.linalg.svd(model.decoder_weights_)[1]
    off = np.abs(found - np.sqrt(1 - decay / values[:n_codes])).max()
    print(f"with weight decay: encoder less decoder transposed {apart:.1e}", end=", ")
    print(f"singular values off by {off:.1e}, {time.process_time() - start:.0f} CPU s")


def error(codes, labels, codes_test, labels_test):
    """The test error of logistic regression in percent, and the strength it chose."""
    scale = 10 * codes.std()
    codes, codes_test = codes / scale, codes_test / scale
    cut = len(codes) * 5 // 6

    def fit(strength, rows):
        return LogisticRegression(C=strength, max_iter=300).fit(codes[rows], labels[rows])

    held_out = [fit(c, slice(cut)).score(codes[cut:], labels[cut:]) for c in (0.5, 2.0, 8.0)]
    best = (0.5, 2.0, 8.0)[int(np.argmax(held_out))]
    wrong = 1 - fit(best, slice(None)).score(codes_test, labels_test)
    return 100 * wrong, best


def k_sparse(options):
    train = load_dataset("mnist", path=options.mnist)
    test = load_dataset("mnist", path=options.mnist, split="test")
    rows = np.sort(np.random.default_rng(0).permutation(len(train))[: options.train])
    images, labels = train.images[rows], train.factors[rows, 0]
    X, X_test = (np.asarray(x).reshape(len(x), -1) for x in (images, test.images))
    print(
        f"MNIST, {len(X):,} training images, {options.codes} codes, {options.steps} steps, seed 0"
    )
    print("  k   dead   error with k codes   with 2k codes   published, 60,000 images   CPU s")
    for kept in options.kept:
        start = time.process_time()
        settings = {"n_codes": options.codes, "n_nonzero": kept, "batch_size": 100}
        model = SparseAutoencoder(n_steps=options.steps, n_encoded=2 * kept, **settings).fit(X)
        twice = [model.transform(x) for x in (X, X_test)]
        once = [largest(codes, kept) for codes in twice]
        dead = int((once[0] == 0).all(axis=0).sum())
        errors = [error(a, labels, b, test.factors[:, 0]) for a, b in (once, twice)]
        said = "   ".join(f"{wrong:5.2f} (C = {best:g})" for wrong, best in errors)
        took = time.process_time() - start
        print(
            f"{kept:3d}  {dead:5d}   {said}   {PUBLISHED.get(kept, '-')}   {took:.0f}", flush=True
        )


def largest(codes, kept):
    return np.where(codes >= np.sort(codes, axis=1)[:, [-kept]], codes, 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", default=None, help="a folder or tgz of idx files")
    parser.add_argument("--train", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--codes", type=int, default=1000)
    parser.add_argument("--kept", type=int, nargs="+", default=[10, 25, 40, 70])
    parser.add_argument("--skip-linear", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if not options.skip_linear:
        linear(1500)
    try:
        k_sparse(options)
    except StoreError as missing:
        print(f"no MNIST: {missing}")


if __name__ == "__main__":
    main()
