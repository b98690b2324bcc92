"""Whether a short training tells which of two settings is better as a long one does.

python benchmarks/rank_agreement.py [--learner beta_vae] [--setting beta] [--values 1,4,16]
                                    [--short 300] [--long 6000] [--seeds 2] [--out FOLDER]
                                    [--device cuda]

Each setting is trained on dSprites for few steps by a schedule (`--schedule`) and for many by
another (`--reference`), by each seed, and scored by six scores. Of each score are printed every
setting's values, short and long, and for each pair of settings whether the means of both order it
in the same way; "decided" are pairs that all seeds of the long training order alike. Runs are kept
in the folder, so the same command continues where it was stopped.
"""

import argparse
from itertools import combinations
from pathlib import Path

import numpy as np
from _scored import scored

from unbraid.study import plan_runs

SCORES = (
    "beta_vae_score",
    "factor_vae_score",
    "mig",
    "sap",
    "modularity",
    "dci_disentanglement",
)


def values_of(options, schedule, steps):
    """Return for each score its values, settings by seeds, of trainings of so many steps."""
    runs = [
        run
        for value in options.values
        for run in plan_runs(
            options.out / f"{schedule}-{steps}" / f"{value:g}",
            [options.learner],
            dataset="dsprites",
            scores=SCORES,
            settings={options.setting: value, "schedule": schedule},
            steps=steps,
            n_seeds=options.seeds,
        )
    ]
    found = scored(runs, options)
    return {
        name: np.reshape([each[name].value for each in found], (-1, options.seeds))
        for name in SCORES
    }


def shown(values):
    return "   ".join(" ".join(f"{each:.3f}" for each in row) for row in values)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learner", default="beta_vae")
    parser.add_argument("--setting", default="beta")
    parser.add_argument("--values", default="1,4,16")
    parser.add_argument("--short", type=int, default=300)
    parser.add_argument("--schedule", default="separable")
    parser.add_argument("--long", type=int, default=6000)
    parser.add_argument("--reference", default="constant")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=None)
    parser.add_argument("--device", help="where to train all models of a length as one program")
    parser.add_argument("--out", type=Path, default=Path("runs/rank_agreement"))
    options = parser.parse_args()
    options.values = [float(value) for value in options.values.split(",")]
    short = values_of(options, options.schedule, options.short)
    long = values_of(options, options.reference, options.long)
    print(f"{options.setting} = {options.values}, seeds 0 to {options.seeds - 1}")
    alike = decided = alike_decided = 0
    pairs = list(combinations(range(len(options.values)), 2))
    for name in SCORES:
        gaps = np.array(
            [[each[name][b] - each[name][a] for a, b in pairs] for each in (short, long)]
        )
        same = np.sign(gaps[0].mean(axis=1)) == np.sign(gaps[1].mean(axis=1))
        sure = (np.sign(gaps[1]) == np.sign(gaps[1][:, :1])).all(axis=1)
        alike, decided = alike + same.sum(), decided + sure.sum()
        alike_decided += (same & sure).sum()
        print(f"  {name:20s} {options.short:6d}  {shown(short[name])}")
        print(f"  {'':20s} {options.long:6d}  {shown(long[name])}   {same.sum()} of {len(pairs)}")
    print(f"pairs ordered alike: {alike} of {len(SCORES) * len(pairs)}", end="; ")
    print(f"of those decided: {alike_decided} of {decided}")


if __name__ == "__main__":
    main()
