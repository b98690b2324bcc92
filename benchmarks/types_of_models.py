"""Types of models beside one another on dSprites, all seeds shown: the table of Higgins et al.

python benchmarks/types_of_models.py [--steps 1000] [--seeds 3] [--samples 10000]
                                     [--models identity,pca,ica,untrained_vae,vae,beta_vae]

The figure is the beta-VAE score, in percent. Theirs is the mean over 30 seeds of which the worse
half was dropped, of models trained to convergence (Higgins et al. 2017, table 1), and their linear
classifier and sample sizes are not those of the study that ours follows: the order of models can
be compared, not the third digit. Here no seed is dropped. --steps is small by default and is no
convergence; the study trains 300,000. DC-IGN, which is told factors while it trains, is left out:
see docs/learners/info_gan.md.

The same from the command line, with a report:
unbraid run --learners identity,pca,ica,untrained_vae,vae,beta_vae,info_gan --seeds 3
"""

import argparse
import time

import numpy as np
import torch

from unbraid import evaluate, learners
from unbraid.core.rng import stream
from unbraid.data import load_dataset

# The model, its settings, and Higgins et al.'s percentage.
MODELS = {
    "identity": ("identity", {}, "45.75 +- 0.8 (raw pixels)"),
    "pca": ("pca", {}, "84.9 +- 0.4"),
    "ica": ("ica", {}, "42.03 +- 10.6"),
    "untrained_vae": ("untrained_vae", {}, "44.14 +- 2.5"),
    "vae": ("vae", {}, "61.58 +- 0.5"),
    "beta_vae": ("beta_vae", {"beta": 4.0}, "99.23 +- 0.1"),
    "info_gan": ("info_gan", {}, "73.5 +- 0.9"),
}
SCORES = ("beta_vae_score", "factor_vae_score", "mig")


def measured(name, dataset, rows, seed, steps):
    """Return the scores of one model and the CPU seconds of its fit."""
    kind, settings, _ = MODELS[name]
    known = learners.make(kind).get_params()
    rest = {"n_steps": steps, "random_state": seed}
    learner = learners.make(kind, **{k: v for k, v in rest.items() if k in known} | settings)
    start = time.process_time()
    learner.fit(dataset.images)
    took = time.process_time() - start
    codes = learner.transform(dataset.images[rows])
    found = evaluate(codes, dataset.factors[rows], scores=SCORES, seed=seed)
    return [found[score].value for score in SCORES], took


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--models", default=",".join(MODELS))
    given = parser.parse_args()
    torch.set_num_threads(1)
    dataset = load_dataset("dsprites")
    print(f"dSprites, {given.steps} steps, {given.samples} samples; beta-VAE score in %")
    seeds = f"{'each seed':>{7 * given.seeds}}"
    print(f"{'model':14}{seeds}  FactorVAE    MIG  CPU s  Higgins et al.")
    for name in given.models.split(","):
        lines = []
        for seed in range(given.seeds):
            rows = np.sort(stream(seed, "rows").permutation(len(dataset))[: given.samples])
            lines.append(measured(name, dataset, rows, seed, given.steps))
        values = np.array([[np.nan if v is None else v for v in scores] for scores, _ in lines])
        each = "".join(f"{100 * value:7.1f}" for value in values[:, 0])
        factor, mig = values[:, 1].mean(), values[:, 2].mean()
        took = np.mean([seconds for _, seconds in lines])
        print(
            f"{name:14}{each}  {factor:9.3f} {mig:6.3f} {took:6.0f}  {MODELS[name][2]}", flush=True
        )


if __name__ == "__main__":
    main()
