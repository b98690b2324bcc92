"""Models trained as one program beside the same models trained one after the other.

python benchmarks/stacked_training.py [--models 1 4] [--steps 12] [--rounds 3] [--device cpu]
                                      [--float32] [--samples dsprites|vectors] [--width 16]

All are `BetaVAE` with the study's grid of beta. On the CPU they are trained one by one by `fit`;
on another device one by one is `fit_together` with a single model. The two ways take turns. The
second half of `--steps` steps counts, so that setting up does not. On the CPU process time on one
thread is counted, and on another device time on the clock. Printed are model-steps per second, the
time of the study at that rate (6 methods x 6 settings x 50 seeds x 7 data sets = 12,600 models,
300,000 steps each), and the largest relative difference of a loss, and of a code, from `fit` on
the CPU within the first `--compared` steps, of up to four models. `--samples vectors` takes tiny
networks (the multilayer perceptron on `--width` features) in place of the study's network on
dSprites.
"""

import argparse
import os
import statistics
import time
from itertools import pairwise

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

from unbraid.data import load_dataset
from unbraid.learners import BetaVAE, fit_together

MODELS, STEPS = 12_600, 300_000
BETAS = (1.0, 2.0, 4.0, 6.0, 8.0, 16.0)


def samples(settings):
    rng = np.random.default_rng(0)
    if settings.samples == "vectors":
        return rng.uniform(size=(10_000, settings.width))
    data = load_dataset("dsprites")
    return data.images[np.sort(rng.integers(len(data), size=10_000))]


def learners(k, n_steps):
    return [
        BetaVAE(
            beta=BETAS[i % len(BETAS)],
            n_steps=n_steps,
            schedule="constant",
            random_state=i // len(BETAS),
        )
        for i in range(k)
    ]


def one_by_one(k, n_steps, x, settings, progress):
    if settings.device == "cpu":
        for learner in learners(k, n_steps):
            learner.fit(x, progress=progress)
    else:  # each takes as long as the first
        together(1, n_steps, x, settings, progress)


def together(k, n_steps, x, settings, progress):
    bfloat16 = False if settings.float32 else None
    return fit_together(
        learners(k, n_steps), x, device=settings.device, bfloat16=bfloat16, progress=progress
    )


def rate(train, k, x, settings, clock):
    """Return model-steps per second, in the second half of training."""
    seen = []
    train(k, settings.steps, x, settings, lambda word: seen.append((word.done, clock())))
    late = [
        (after - before, end - start)
        for (before, start), (after, end) in pairwise(seen)
        if settings.steps / 2 <= before < after
    ]
    steps, spent = (sum(numbers) for numbers in zip(*late, strict=True))
    return (k if train is together else 1) * steps / spent


def difference(k, x, settings):
    """Return the largest relative difference of a loss, and of a code, from `fit` on the CPU."""
    k, n_steps = min(k, 4), settings.compared
    alone = [learner.fit(x) for learner in learners(k, n_steps)]
    stacked = together(k, n_steps, x, settings, lambda _: None)
    pairs = list(zip(alone, stacked, strict=True))
    losses = max(abs(a.loss_curve_ / b.loss_curve_ - 1).max() for a, b in pairs)
    codes = [(a.transform(x[:256]), b.transform(x[:256])) for a, b in pairs]
    return losses, max(abs(a - b).max() / a.std() for a, b in codes)


def days(rate):
    return MODELS * STEPS / rate / 86_400


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--compared", type=int, default=8)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--float32", action="store_true", help="no products in bfloat16")
    parser.add_argument("--samples", choices=("dsprites", "vectors"), default="dsprites")
    parser.add_argument("--width", type=int, default=16)
    settings = parser.parse_args()
    x = samples(settings)
    clock = time.process_time if settings.device == "cpu" else time.perf_counter
    print(f"BetaVAE on {x.shape[1:]}, together on {settings.device}; medians of {settings.rounds}")
    print("models  way         model-steps/s  ratio  days of the study  apart: loss, codes")
    for k in settings.models:
        found = {one_by_one: [], together: []}
        for round_ in range(settings.rounds + 1):
            for train, rates in found.items():
                own = rate(train, k, x, settings, clock)
                if round_:  # the first warms up
                    rates.append(own)
        base = found[one_by_one]
        apart = difference(k, x, settings)
        for train, rates in found.items():
            middle = statistics.median(rates)
            ratio = statistics.median(a / b for a, b in zip(rates, base, strict=True))
            tail = "  {:.1e}, {:.1e}".format(*apart) if train is together else ""
            name = train.__name__.replace("_", " ")
            study = f"{days(middle):.0f}" if settings.samples == "dsprites" else "-"
            print(f"{k:6}  {name:10}  {middle:13.2f}  {ratio:5.2f}  {study:>17}{tail}", flush=True)


if __name__ == "__main__":
    main()
