"""Nonlinear ICA with and without what is known beside the samples: IVAE, VAE, ICA and chance.

python benchmarks/ivae.py [--seeds 5] [--steps 10000] [--activation xtanh|lrelu]

Five normal sources in 40 segments of 1000 samples, with a standard deviation per segment and
source from U(0.5, 3), mixed by three layers of one well-conditioned matrix: the setting of
Khemakhem et al. (2020), arXiv:1907.04809. Features are scaled to unit variance. The figure is the
mean correlation of codes and sources, matched one to one; the bar is 0.9, where a VAE stays near
0.6 to 0.7. Chance is the same codes with their rows in random order.
"""

import argparse
import time

import numpy as np
import torch

from unbraid.core.rng import stream
from unbraid.learners import ICA, IVAE, VAE
from unbraid.numerics.matching import correlations, match

N_SOURCES, N_SEGMENTS, N_EACH, N_LAYERS = 5, 40, 1000, 3


def unit_columns(rng):
    matrix = rng.uniform(-1, 1, (N_SOURCES, N_SOURCES))
    return matrix / np.linalg.norm(matrix, axis=0)


def mixing(rng):
    """The first matrix that is among the best conditioned quarter."""
    drawn = [unit_columns(rng) for _ in range(2000)]
    condition = np.array([np.linalg.cond(matrix) for matrix in drawn])
    return drawn[int(np.argmax(condition < np.percentile(condition, 25)))]


def data(seed, activation):
    rng = stream(seed, "ivae")
    segment = np.repeat(np.arange(N_SEGMENTS), N_EACH)
    spread = rng.uniform(0.5, 3, size=(N_SEGMENTS, N_SOURCES))
    sources = rng.normal(size=(len(segment), N_SOURCES)) * spread[segment]
    matrix, x = mixing(rng), sources
    for layer in range(N_LAYERS):
        x = x @ matrix
        if layer < N_LAYERS - 1:
            x = np.tanh(x) + 0.1 * x if activation == "xtanh" else np.where(x > 0, x, 0.1 * x)
    return sources, x / x.std(axis=0), segment


def recovered(codes, sources):
    likeness = correlations(codes, sources)
    return likeness[match(likeness)].mean()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--activation", choices=("xtanh", "lrelu"), default="xtanh")
    given = parser.parse_args()
    torch.set_num_threads(1)
    settings = {"n_codes": N_SOURCES, "n_steps": given.steps, "decoder": "gaussian"}
    settings |= {"batch_size": 256, "learning_rate": 5e-3}
    print(f"{given.steps} steps of 256, {given.activation}; bar 0.9 for ivae, VAE near 0.6 to 0.7")
    print("seed    ivae  bound     vae     ica  chance   CPU s of ivae")
    rows = []
    for seed in range(given.seeds):
        sources, x, segment = data(seed, given.activation)
        start = time.process_time()
        model = IVAE(random_state=seed, **settings).fit(x, segment)
        took = time.process_time() - start
        others = VAE(random_state=seed, **settings), ICA(n_codes=N_SOURCES, random_state=seed)
        codes = [m.transform(x) for m in (model, *(other.fit(x) for other in others))]
        shuffled = stream(seed, "chance").permutation(codes[0])
        row = [recovered(each, sources) for each in (*codes, shuffled)]
        bound = model.score(x, segment)
        print(
            f"{seed:4} {row[0]:7.3f} {bound:6.2f} {row[1]:7.3f} {row[2]:7.3f} {row[3]:7.3f}"
            f" {took:8.0f}",
            flush=True,
        )
        rows.append(row)
    print("mean " + "{:7.3f}        {:7.3f} {:7.3f} {:7.3f}".format(*np.mean(rows, axis=0)))


if __name__ == "__main__":
    main()
