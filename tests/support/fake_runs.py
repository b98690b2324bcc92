"""Folders of runs that nobody ran, with everything in them that a report can show."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from unbraid.core.rng import stream
from unbraid.core.scoring import Undefined
from unbraid.core.values import Dataset, Representation, Score
from unbraid.results import RunFolder, provenance
from unbraid.views import get, names

FACTORS = ("shape", "scale", "orientation", "position x", "position y")
SIZES = (3, 6, 40, 32, 32)
SIX = (
    "beta_vae_score",
    "factor_vae_score",
    "mig",
    "dci_disentanglement",
    "modularity",
    "sap",
)
MORE = ("dci_completeness", "dci_informativeness", "explicitness", "probe_lr_10", "probe_lr_100")


def sprites(factors, size, blur=0.02):
    """Draw ellipses, squares and diamonds, (m, 5) -> (m, size, size); blur softens the edge."""
    shape, scale, turn, x, y = (np.asarray(column, float)[:, None, None] for column in factors.T)
    axis = (np.arange(size) + 0.5) / size
    down, across = axis[None, :, None], axis[None, None, :]
    radius = 0.1 + 0.1 * scale / 5
    u = (across - 0.22 - 0.56 * x / 31) / radius
    v = (down - 0.22 - 0.56 * y / 31) / radius
    angle = 2 * np.pi * turn / 40
    u, v = np.cos(angle) * u + np.sin(angle) * v, np.cos(angle) * v - np.sin(angle) * u
    norms = [np.maximum(abs(u), abs(v)) * 1.1, np.hypot(u, 1.6 * v), (abs(u) + abs(v)) * 0.9]
    norm = np.choose(np.clip(np.rint(shape), 0, 2).astype(int), norms)
    return 1 / (1 + np.exp(np.clip((norm - 1) * radius / blur, -40, 40)))


def dataset(size=16, n=60, channels=0):
    rng = stream(0, "fake data")
    factors = np.stack([rng.integers(s, size=n) for s in SIZES], axis=1)
    images = sprites(factors, size, blur=1e-3).round().astype(np.uint8)
    if channels:
        colour = rng.uniform(0.5, 1, size=(n, 1, 1, channels))
        images = (images[..., None] * colour).astype(np.float32)
    return Dataset(
        name="fake sprites",
        images=images,
        factors=factors,
        factor_names=FACTORS,
        factor_kinds=("categorical", "ordinal", "periodic", "ordinal", "ordinal"),
        factor_sizes=SIZES,
        source="sprites drawn for a test",
        fingerprint="0" * 64,
    )


def representation(data, n_codes, mixing, seed):
    """Return codes that mix the factors, and a decoder that undoes the mixing with a blur."""
    rng = stream(seed, "fake codes")
    weights = np.eye(n_codes, len(SIZES)) * (1 - mixing)
    weights += mixing * rng.normal(size=(n_codes, len(SIZES)))
    middle, spread = (np.array(SIZES) - 1) / 2, np.array(SIZES) / 3.4
    codes = (data.factors - middle) / spread @ weights.T
    codes += 0.05 * rng.normal(size=codes.shape)
    back = np.linalg.pinv(weights)
    size = data.images.shape[1]
    known = {image.tobytes(): place for place, image in enumerate(data.images)}

    def encode(images):
        places = [known.get(image.tobytes()) for image in images]
        return np.stack([0 * codes[0] if place is None else codes[place] for place in places])

    def decode(given):
        found = np.clip(given @ back.T * spread + middle, 0, np.array(SIZES) - 1)
        drawn = sprites(found, size, blur=0.02)
        return drawn if data.images.ndim == 3 else np.repeat(drawn[..., None], 3, axis=3) * 0.8

    return Representation(
        codes=codes,
        factors=data.factors,
        factor_names=FACTORS,
        factor_kinds=data.factor_kinds,
        encode=encode,
        decode=decode,
    )


def scores(quality, n_codes, seed, only=SIX + MORE, **given):
    rng = stream(seed, "fake scores")
    information = rng.uniform(0, 0.15, size=(n_codes, len(SIZES)))
    importance = rng.uniform(0, 0.1, size=(n_codes, len(SIZES)))
    for factor in range(min(n_codes, len(SIZES))):
        information[factor, factor] += quality * 0.8 * np.log(SIZES[factor])
        importance[factor, factor] += quality
    importance /= importance.sum(axis=0)
    parts = {
        "mig": {"mutual_information": information, "entropies": np.log(SIZES)},
        "modularity": {"mutual_information": information, "entropies": np.log(SIZES)},
        "dci_disentanglement": {"importance": importance},
        "dci_completeness": {"importance": importance},
    }
    made = {}
    for name in only:
        value = float(np.clip(quality + rng.normal(scale=0.08), 0, 1))
        made[name] = Score(
            name=name,
            value=value,
            unit="accuracy" if name.startswith(("probe", "beta", "factor")) else "fraction",
            better="higher",
            seconds=0.1,
            parts=parts.get(name, {}),
            **{key: change(value) for key, change in given.items()},
        )
    return made


def training_log(n_records, n_codes, seed):
    rng = stream(seed, "fake log")
    for number in range(n_records):
        part = (number + 1) / n_records
        kl = [
            max(0.0, float(3 * part * (5 - code) / 5 + rng.normal(scale=0.05)))
            for code in range(n_codes)
        ]
        yield {
            "step": 20 * (number + 1),
            "loss": 700 * np.exp(-6 * part) + 40 + sum(kl),
            "reconstruction": 700 * np.exp(-6 * part) + 40 + rng.normal(scale=2),
            "kl": sum(kl),
            "kl_per_code": kl,
            "seconds": 0.2 * number,
        }


def write_run(path, data, *, quality, mixing, seed=0, n_codes=6, n_records=12, **given):
    """Write a complete run."""
    run = RunFolder(path)
    run.write_config(
        {"learner": run.name, "dataset": data.name, "seed": seed, "params": {"beta": 4.0}}
    )
    if n_records:
        lines = [json.dumps(record) + "\n" for record in training_log(n_records, n_codes, seed)]
        run.train_file.write_text("".join(lines))
    held = representation(data, n_codes, mixing, seed)
    run.write_representation(held)
    run.write_scores(scores(quality, n_codes, seed, **given))
    reasons = {}
    for name in names():
        try:
            run.write_view(get(name)(held, data, stream(seed, name)))
        except Undefined as undefined:
            reasons[name] = str(undefined)
    run.write_view_reasons(reasons)
    started = datetime.now(UTC)
    run.write_provenance(provenance(started=started, dataset=data, seeds={"run": seed}))
    run.finish()
    return run


def write_study(folder: Path, learners, data=None, **given):
    """Write the folder of several runs; learners gives a quality in [0, 1] by name."""
    data = dataset() if data is None else data
    folder.mkdir(parents=True, exist_ok=True)
    top = RunFolder(folder)
    top.write_config({"dataset": data.name, "learners": list(learners), "seed": 0})
    top.write_provenance(provenance(started=datetime.now(UTC), dataset=data, seeds={"run": 0}))
    for number, (name, quality) in enumerate(learners.items()):
        write_run(
            folder / name, data, quality=quality, mixing=0.4 * (1 - quality), seed=number, **given
        )
    return folder
