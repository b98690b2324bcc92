"""How good codes of dSprites are after how many steps, method by method, every seed shown.

python benchmarks/time_to_quality.py [--methods beta_vae,factor_vae] [--steps 1000,3000]
                                     [--seeds 5] [--schedule fast] [--out FOLDER]

Each budget is a training of its own, with the schedule for that many steps. Printed are the median
over seeds and each seed of the FactorVAE score and of MIG; the medians of beta-VAE in the study of
Locatello et al. (2019) are .66 and .10, after 300,000 steps. Runs are kept in the folder, so the
same command continues where it was stopped. A model takes some 0.1 CPU s a step.
"""

import argparse
from pathlib import Path

import numpy as np

from unbraid.cli._console import showing
from unbraid.results import RunFolder
from unbraid.study import execute_all, plan_runs

SCORES = ("factor_vae_score", "mig")
# The methods of the study; of DIP-VAE's two kinds, the learner's default.
METHODS = "beta_vae,factor_vae,dip_vae,beta_tc_vae,annealed_vae"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", default=METHODS)
    parser.add_argument("--steps", default="1000,3000")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--schedule", default="fast")
    parser.add_argument("--out", type=Path, default=Path("runs/time_to_quality"))
    options = parser.parse_args()
    print("method, steps: median of the FactorVAE score and of MIG (all seeds)")
    for method in options.methods.split(","):
        for steps in map(int, options.steps.split(",")):
            runs = plan_runs(
                options.out / str(steps),
                [method],
                dataset="dsprites",
                scores=SCORES,
                settings={"schedule": options.schedule},
                steps=steps,
                n_seeds=options.seeds,
            )
            with showing() as progress:
                execute_all(runs, progress=progress)
            found = [RunFolder(run.folder).read_scores() for run in runs]
            shown = []
            for name in SCORES:
                values = np.array([scores[name].value for scores in found])
                seeds = " ".join(f"{value:.3f}" for value in values)
                shown.append(f"{np.median(values):.3f} ({seeds})")
            print(f"  {method:14s} {steps:6d}  {shown[0]}   {shown[1]}", flush=True)


if __name__ == "__main__":
    main()
