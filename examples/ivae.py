"""Two sources behind a curved mixture: found if one knows the segments, and not without.

python examples/ivae.py [FOLDER]

Writes FOLDER/ivae.svg: the sources against the codes of `IVAE`, which is told each sample's
segment, and of `VAE`, which is not. Prints how well they are correlated. Takes half a minute.
"""

import sys
from pathlib import Path

import numpy as np

from unbraid.learners import IVAE, VAE
from unbraid.numerics.matching import correlations, match

SIDE, GAP, DOTS, STEPS = 200, 24, 500, 1500


def mixture(rng):
    """Return sources, louder and softer from segment to segment, their mixture, and segments."""
    segment = np.repeat(np.arange(20), 500)
    spread = rng.uniform(0.5, 3, size=(20, 2))
    sources = rng.normal(size=(len(segment), 2)) * spread[segment]
    x = sources @ np.array([[0.8, 0.5], [-0.6, 0.87]])
    x = (np.tanh(x) + 0.1 * x) @ np.array([[0.9, -0.4], [0.45, 0.9]])
    return sources, x / x.std(axis=0), segment


def panel(source, code, left, top):
    """Draw a source across and its code upwards."""
    both = np.stack([source, code * np.sign(np.corrcoef(source, code)[0, 1])])
    low, high = both.min(axis=1, keepdims=True), both.max(axis=1, keepdims=True)
    across, up = SIDE * (both - low) / (high - low)
    dots = "".join(
        f"M{left + a:.0f} {top + SIDE - u:.0f}h0" for a, u in zip(across, up, strict=True)
    )
    frame = f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" class="frame"/>'
    return f'{frame}<path d="{dots}"/>'


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    sources, x, segment = mixture(rng)
    shown = rng.choice(len(x), size=DOTS, replace=False)
    parts = []
    for row, kind in enumerate((IVAE, VAE)):
        model = kind(n_codes=2, n_steps=STEPS, learning_rate=5e-3, batch_size=256)
        codes = model.fit(x, segment).transform(x)
        likeness = correlations(codes, sources)
        pairs = match(likeness)
        print(f"{kind.__name__:5} correlation of codes and sources {likeness[pairs].mean():.3f}")
        top = 30 + row * (SIDE + 46)
        for code, source in zip(*pairs, strict=True):
            left = GAP + source * (SIDE + GAP)
            title = f"{kind.__name__}: source {source + 1} and its code, r = "
            parts.append(
                f'<text x="{left}" y="{top - 8}">{title}{likeness[code, source]:.2f}</text>'
            )
            parts.append(panel(sources[shown, source], codes[shown, code], left, top))
    width, height = 2 * SIDE + 3 * GAP, 2 * (SIDE + 46) + 6
    style = (
        "text{font:12px sans-serif;fill:#333}.frame{fill:none;stroke:#bbb}"
        "path{stroke:#2f6f9f;stroke-width:3;stroke-linecap:round;opacity:.5}"
    )
    path = folder / "ivae.svg"
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(parts)}</svg>\n"
    )
    print(path)


if __name__ == "__main__":
    main()
