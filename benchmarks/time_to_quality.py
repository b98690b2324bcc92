"""How good codes of dSprites are after how many steps, method by method, every seed shown.

python benchmarks/time_to_quality.py [--methods beta_vae,dip_vae:ii,...] [--steps 1000,3000]
                                     [--seeds 5] [--schedule fast] [--out FOLDER] [--device cuda]

Each budget is a training of its own, with the schedule for that many steps, and a method's default
settings. Printed are the median over seeds and each seed of the FactorVAE score and of MIG, and
drawn is OUT/curves.svg; the medians of beta-VAE in the study of Locatello et al. (2019) are .66
and .10, after 300,000 steps. Runs are kept in the folder, so the same command continues where it
was stopped, and one with fewer methods, steps or seeds only shows them. A model takes some 0.1 CPU
s a step.
"""

import argparse
from pathlib import Path

import numpy as np
from _scored import scored

from unbraid.report import axes
from unbraid.study import plan_runs

SCORES = {"factor_vae_score": ("FactorVAE score", 0.66), "mig": ("MIG", 0.10)}
METHODS = {
    "beta_vae": ("β-VAE", "#b3412f"),
    "factor_vae": ("FactorVAE", "#c98a1b"),
    "dip_vae:i": ("DIP-VAE I", "#5b8c3a"),
    "dip_vae:ii": ("DIP-VAE II", "#1f8a8a"),
    "beta_tc_vae": ("β-TCVAE", "#2f6f9f"),
    "annealed_vae": ("AnnealedVAE", "#7a4fa3"),
}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 320, 46, 350, 34, 280


def runs_of(method, steps, options):
    name, _, variant = method.partition(":")
    settings = {"schedule": options.schedule} | ({"variant": variant} if variant else {})
    return plan_runs(
        options.out / str(steps) / variant,
        [name],
        dataset="dsprites",
        scores=tuple(SCORES),
        settings=settings,
        steps=steps,
        n_seeds=options.seeds,
    )


def panel(score, found):
    """Draw a score against the steps: a dot for each seed, a line through the medians."""
    title, published = SCORES[score]
    steps = sorted({step for _, step in found})
    values = np.concatenate([each[score] for each in found.values()])
    reach = np.array([steps[0] * 0.8, steps[-1] * 1.25])
    across = axes.fit(reach, start=LEFT, end=RIGHT, log=True)
    top = np.array([0.0, max(published, values.max())])
    upwards = axes.fit(top, start=BOTTOM, end=TOP)
    parts = [f'<text x="{LEFT}" y="18" font-weight="bold">{title}</text>']
    for step in steps:
        place = across.place(float(step))
        parts.append(f'<text x="{place:.1f}" y="{BOTTOM + 16}" text-anchor="middle">{step}</text>')
    for place, text in upwards.labels():
        parts.append(f'<path d="M{LEFT} {place}H{RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{place + 4}" text-anchor="end">{text}</text>')
    high = upwards.place(published)
    parts.append(f'<path d="M{LEFT} {high}H{RIGHT}" stroke="#555" stroke-dasharray="5 4"/>')
    middle = (LEFT + RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">steps</text>')
    for number, (method, (_, colour)) in enumerate(METHODS.items()):
        mine = [(step, found[method, step][score]) for step in steps if (method, step) in found]
        aside = 2.5 * (number - 2.5)  # so that methods do not cover one another
        line = [(across.place(s) + aside, upwards.place(np.median(v))) for s, v in mine]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
        for step, each in mine:
            for y in upwards.place(np.asarray(each)):
                x = across.place(float(step)) + aside
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>')
    return "\n".join(parts)


def drawing(found):
    shown = [METHODS[m] for m in METHODS if any(m == method for method, _ in found)]
    legend = [
        f'<circle cx="6" cy="{44 + 20 * i}" r="4" fill="{colour}"/>'
        f'<text x="16" y="{48 + 20 * i}">{name}</text>'
        for i, (name, colour) in enumerate(shown)
    ]
    rest = 60 + 20 * len(shown)
    legend.append(f'<path d="M0 {rest}h14" stroke="#555" stroke-dasharray="5 4"/>')
    legend.append(f'<text x="18" y="{rest + 4}">β-VAE in the study,</text>')
    legend.append(f'<text x="18" y="{rest + 20}">300,000 steps</text>')
    panels = [
        f'<g transform="translate({375 * i} 0)">{panel(score, found)}</g>'
        for i, score in enumerate(SCORES)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f"{''.join(panels)}<g transform='translate(745 0)'>{''.join(legend)}</g></svg>\n"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--steps", default="1000,3000")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--schedule", default="fast")
    parser.add_argument("--jobs", type=int, default=None)
    parser.add_argument("--device", help="where to train all seeds of a method as one program")
    parser.add_argument("--out", type=Path, default=Path("runs/time_to_quality"))
    options = parser.parse_args()
    print("method, steps: median of the FactorVAE score and of MIG (all seeds)")
    found = {}
    for method in options.methods.split(","):
        for steps in map(int, options.steps.split(",")):
            scores = scored(runs_of(method, steps, options), options)
            found[method, steps] = {name: [s[name].value for s in scores] for name in SCORES}
            shown = [
                f"{np.median(values):.3f} ({' '.join(f'{value:.3f}' for value in values)})"
                for values in found[method, steps].values()
            ]
            print(f"  {method:14s} {steps:6d}  {shown[0]}   {shown[1]}", flush=True)
    (options.out / "curves.svg").write_text(drawing(found))


if __name__ == "__main__":
    main()
