"""What dSprites cost: a random batch drawn, one read from the packed copy, and the whole set.

python benchmarks/dsprites.py
"""

import os
import statistics
import tempfile
import time

import numpy as np

from unbraid.data import _sprites, load_dataset

BATCH = 64
ROUNDS = 7


def median_seconds(run, times):
    """Return the median over rounds of the CPU seconds of one call."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(times):
            run()
        seconds.append((time.process_time() - start) / times)
    return statistics.median(seconds)


def draw_all():
    factors = _sprites.grid()
    for start in range(0, len(factors), 12_288):
        _sprites.draw(factors[start : start + 12_288])


def main():
    rng = np.random.default_rng(0)
    names = ("dsprites", "color_dsprites", "noisy_dsprites", "photo_dsprites")
    data = {name: load_dataset(name) for name in names}
    print(f"CPU ms per random batch of {BATCH}")
    for name, dataset in data.items():
        dataset.images[:1]
        rows = rng.integers(len(dataset), size=(ROUNDS * 50, BATCH))
        batches = iter(rows)
        took = median_seconds(lambda d=dataset, b=batches: d.images[next(b)], 50)
        print(f"  {name:16} drawn        {1000 * took:8.3f}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["UNBRAID_CACHE"] = folder
        start = time.process_time()
        packed = load_dataset("dsprites", cache=True)
        made = time.process_time() - start
        start = time.process_time()
        packed = load_dataset("dsprites", cache=True)
        opened = time.process_time() - start
        batches = iter(rng.integers(len(packed), size=(ROUNDS * 50, BATCH)))
        took = median_seconds(lambda: packed.images[next(batches)], 50)
        print(f"  {'dsprites':16} packed copy  {1000 * took:8.3f}")
    print("CPU s for all 737,280 images")
    print(f"  drawn and packed in memory    {median_seconds(draw_all, 1):8.3f}")
    print(f"  drawn into the packed copy    {made:8.3f}")
    print(f"  opening and checking the copy {opened:8.3f}")


if __name__ == "__main__":
    main()
