"""Draw how the variance of gradients grows with the dimension of codes: theory and measurement.

python examples/gradient_variance.py FOLDER

Writes FOLDER/gradient_variance.svg: the gradient of E |h|^2 at zero, where h is N(mean, 1). Lines
are closed forms, dots are measured on 13,000 to 39,000 gradients. On the right, the same times the
evaluations of the cost.
"""

import sys
from pathlib import Path

import torch

from unbraid.report import axes
from unbraid.training.distributions import Gaussian
from unbraid.training.gradients import NORMAL
from unbraid.training.streams import torch_stream
from unbraid.training.variance import exact_variance, gradient_moments, squared_norm

# Estimator, draws, name, colour.
SHOWN = (
    ("score_function", 1, "score function", "#b3412f"),
    ("moving_average", 1, "less the mean cost", "#c98a1b"),
    ("optimal_baseline", 1, "less the best constant", "#5b8c3a"),
    ("leave_one_out", 4, "leave-one-out, 4 draws", "#2f6f9f"),
    ("reparametrised", 1, "reparametrised", "#7a4fa3"),
)
DIMENSIONS = (1, 2, 3, 5, 10, 20, 30, 50, 100)
WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM = 800, 330, 46, 340, 292


def measured(name: str, n_draws: int, d: int) -> float:
    """Return the variance in one mean, the average over them all."""
    zeros = torch.zeros(1, d, dtype=torch.float64)
    estimator = NORMAL[name].estimator(d, n_draws, torch_stream(0, "weights"))
    stream = torch_stream(0, "draws", d)
    for _ in range(3):  # what remembers past batches sees two of them first
        moments = gradient_moments(
            estimator, Gaussian(zeros, zeros), squared_norm, stream, n=2_000_000 // (50 + d)
        )
    return moments.variance["mean"].mean().item()


def exact(name: str, n_draws: int, d: int) -> float:
    """Return what theory says of it."""
    return exact_variance(name, torch.zeros(d), n_draws)[0].item()


def panel(title: str, dots: dict[str, dict[int, float]], *, per_evaluation: bool) -> str:
    """Return the drawing of one panel, with its left edge at zero."""
    grid = range(1, 101)
    factor = {name: draws if per_evaluation else 1 for name, draws, *_ in SHOWN}
    across = axes.fit(torch.tensor([1.0, 100.0]).numpy(), start=LEFT, end=RIGHT, log=True)
    upwards = axes.fit(torch.tensor([2.0, 2e4]).numpy(), start=BOTTOM, end=34, log=True)
    parts = [f'<text x="{LEFT}" y="18" font-weight="bold">{title}</text>']
    for place, text in across.labels():
        parts.append(f'<text x="{place}" y="{BOTTOM + 16}" text-anchor="middle">{text}</text>')
    for place, text in upwards.labels():
        parts.append(f'<path d="M{LEFT} {place}H{RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{place + 4}" text-anchor="end">{text}</text>')
    middle = (LEFT + RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">codes</text>')
    for name, draws, _, colour in SHOWN:
        line = " ".join(
            f"{across.place(d):.1f},{upwards.place(factor[name] * exact(name, draws, d)):.1f}"
            for d in grid
        )
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}"/>')
        for d, value in dots[name].items():
            x, y = across.place(d), upwards.place(factor[name] * value)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
    return "\n".join(parts)


def legend() -> str:
    """Return what each colour stands for."""
    return f'<rect x="{LEFT + 2}" y="36" width="160" height="84" fill="white"/>' + "\n".join(
        f'<circle cx="{LEFT + 10}" cy="{46 + 16 * place}" r="3" fill="{colour}"/>'
        f'<text x="{LEFT + 20}" y="{50 + 16 * place}">{text}</text>'
        for place, (_, _, text, colour) in enumerate(SHOWN)
    )


def main(folder: Path) -> None:
    """Write the drawing."""
    dots = {name: {d: measured(name, draws, d) for d in DIMENSIONS} for name, draws, *_ in SHOWN}
    left = panel("variance of a gradient", dots, per_evaluation=False)
    right = panel("times the evaluations of the cost", dots, per_evaluation=True)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "gradient_variance.svg"
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#222">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n'
        f'{left}\n{legend()}\n<g transform="translate(400 0)">\n{right}\n</g>\n</svg>\n',
        encoding="utf-8",
    )
    print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
