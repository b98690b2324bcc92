"""Olshausen and Field's experiment as a number: how many atoms are Gabor functions.

python benchmarks/olshausen_field.py [--patches 50000] [--steps 600] [--every 1]

192 atoms of 16x16 pixels are learned from whitened patches of two photographs that scikit-learn
ships. Each is fitted by a Gabor function from several starts; reported is the fraction of atoms
of which the fit leaves less than 20% of the energy unexplained, and the median of what it leaves.
Principal components are the control. --every 4 fits a quarter of the atoms.
"""

import argparse
import time

import numpy as np
from scipy.optimize import least_squares
from sklearn.datasets import load_sample_image

from unbraid.data._patches import patches, whitened
from unbraid.learners import PCA, SparseCoding

SIDE = 16
Y, X = np.mgrid[:SIDE, :SIDE]
LOW = [-4, -4, -9, 0, -9, 0.4, 0.4, 0]
HIGH = [20, 20, 9, 0.75, 9, 16, 16, 9]


def gabor(parameters):
    x, y, angle, frequency, phase, across, along, height = parameters
    u = (X - x) * np.cos(angle) + (Y - y) * np.sin(angle)
    v = (Y - y) * np.cos(angle) - (X - x) * np.sin(angle)
    envelope = np.exp(-0.5 * (u / across) ** 2 - 0.5 * (v / along) ** 2)
    return height * envelope * np.cos(2 * np.pi * frequency * u + phase)


def starts(atom):
    energy = atom**2
    x, y = (energy * X).sum() / energy.sum(), (energy * Y).sum() / energy.sum()
    spectrum = np.abs(np.fft.fft2(atom, (64, 64)))
    spectrum[32:] = 0  # a real image has each wave twice
    row, column = np.unravel_index(spectrum.argmax(), spectrum.shape)
    fy, fx = np.fft.fftfreq(64)[[row, column]]
    angle = np.arctan2(fy, fx)
    for frequency, turn in ((np.hypot(fx, fy), 0), (0.1, 0), (0.1, np.pi / 2)):
        for phase in (0, np.pi / 2, np.pi, -np.pi / 2):
            for width in (2, 4):
                yield [x, y, angle + turn, frequency, phase, width, width, np.abs(atom).max()]


def unexplained(atom):
    atom = atom.reshape(SIDE, SIDE)
    best = 1.0
    for start in starts(atom):
        fit = least_squares(
            lambda parameters: (gabor(parameters) - atom).ravel(),
            np.clip(start, LOW, HIGH),
            bounds=(LOW, HIGH),
            max_nfev=60,
        )
        best = min(best, 2 * fit.cost / (atom**2).sum())
        if best < 0.1:  # good enough to count, and the rest takes long
            break
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patches", type=int, default=50_000)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    photographs = [load_sample_image(name).mean(axis=2) for name in ("china.jpg", "flower.jpg")]
    images = [whitened(photograph) for photograph in photographs]
    taken = patches(images, options.patches, SIDE, np.random.default_rng(0))
    samples = taken.reshape(len(taken), -1)
    samples = samples - samples.mean(axis=1, keepdims=True)
    start = time.process_time()
    sparse = SparseCoding(n_codes=192, penalty=1.5, n_steps=options.steps).fit(samples)
    print(f"learned in {time.process_time() - start:.1f} CPU s, seed 0")
    for name, atoms in (
        ("sparse coding", sparse.atoms_),
        ("PCA", PCA(n_codes=192).fit(samples).components_),
    ):
        left = np.array([unexplained(atom) for atom in atoms[:: options.every]])
        share = (left < 0.2).mean()
        print(f"{name:14s} {100 * share:5.1f}% are Gabor, median left {np.median(left):.3f}")


if __name__ == "__main__":
    main()
