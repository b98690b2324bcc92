"""The cocktail party: three voices, three microphones, and ICA that parts them.

python examples/cocktail_party.py [FOLDER]

Writes voices, what the microphones hear and what ICA makes of it as wav files, draws them as
ica.svg, and prints by how many decibels the loudest voice of each stands out. The voices are
synthetic: pulses at a speaker's pitch, shaped by formants that change from syllable to syllable.
"""

import sys
import wave
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from unbraid.learners import ICA

RATE, SECONDS = 16_000, 6
# Pitch in Hz, and syllables per second.
SPEAKERS = ((110, 3.1), (196, 4.3), (152, 3.7))
# First and second formants of five vowels, in Hz.
VOWELS = ((730, 1090), (270, 2290), (300, 870), (530, 1840), (570, 840))


def voice(pitch, tempo, rng):
    """Return speech-like sound, shape (samples,), of unit variance."""
    n = RATE * SECONDS
    melody = pitch * (1 + 0.15 * np.sin(2 * np.pi * 0.4 * np.arange(n) / RATE + rng.uniform(0, 6)))
    phase = np.cumsum(melody) / RATE
    pulses = np.diff(np.floor(phase), prepend=0.0) + 0.02 * rng.normal(size=n)
    sound = np.zeros(n)
    syllable = int(RATE / tempo)
    for start in range(0, n, syllable):
        part = pulses[start : start + syllable]
        if rng.uniform() < 0.25:  # a pause
            continue
        for formant in VOWELS[rng.integers(len(VOWELS))]:
            width, turn = np.exp(-np.pi * 90 / RATE), 2 * np.pi * formant / RATE
            part = lfilter([1.0], [1.0, -2 * width * np.cos(turn), width**2], part)
        sound[start : start + len(part)] = part * np.hanning(len(part))
    return sound / sound.std()


def separation(sounds, voices):
    """Return the ratio of the loudest voice to all others in each sound, in dB."""
    weights = np.linalg.lstsq(voices, sounds, rcond=None)[0] ** 2
    loudest = weights.max(axis=0)
    return 10 * np.log10(loudest / (weights.sum(axis=0) - loudest))


def write(path, sound):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((sound / np.abs(sound).max() * 32_000).astype("<i2").tobytes())


def draw(path, columns):
    """Draw the loudness of sounds over time, a column for each kind of sound."""
    parts = []
    for c, (name, sounds) in enumerate(columns.items()):
        parts.append(f'<text x="{10 + 300 * c}" y="18">{name}</text>')
        for r, sound in enumerate(sounds.T):
            loud = np.abs(sound[: len(sound) // 280 * 280]).reshape(280, -1).max(axis=1)
            up = 30 * loud / loud.max()
            middle, left = 60 + 76 * r, 10 + 300 * c
            points = [f"{left + x},{middle - y:.1f}" for x, y in enumerate(up)]
            points += [f"{left + x},{middle + up[x]:.1f}" for x in reversed(range(280))]
            parts.append(f'<polygon points="{" ".join(points)}"/>')
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="260" fill="#2f6f9f"'
    style = 'font-family="sans-serif" font-size="14"'
    ground = '<rect width="900" height="260" fill="#ffffff"/>'
    path.write_text(f"{head} {style}>{ground}{''.join(parts)}</svg>\n")


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "cocktail_party")
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    voices = np.stack([voice(pitch, tempo, rng) for pitch, tempo in SPEAKERS], axis=1)
    room = rng.uniform(0.4, 1.0, size=(3, 3))
    heard = voices @ room.T
    parted = ICA(n_codes=3).fit(heard).transform(heard)
    for name, sounds in (("voice", voices), ("heard", heard), ("parted", parted)):
        for n, sound in enumerate(sounds.T, 1):
            write(folder / f"{name}_{n}.wav", sound)
    draw(folder / "ica.svg", {"voices": voices, "microphones": heard, "ICA": parted})
    print("loudest voice over the others, in dB")
    print("  heard ", separation(heard, voices).round(1))
    print("  parted", separation(parted, voices).round(1))
    print(f"wav files in {folder}")


if __name__ == "__main__":
    main()
