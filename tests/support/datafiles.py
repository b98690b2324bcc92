"""Small files in the forms that data sets are published in."""

import gzip
import io
import tarfile

import numpy as np


def idx_bytes(array):
    """Write an array of uint8 as an idx file."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.tobytes()


def idx_arrays(seed=0):
    """Draw 30 + 20 images of 28x28 with their classes, by the names of the files."""
    rng = np.random.default_rng(seed)
    return {
        "train-images-idx3-ubyte": rng.integers(256, size=(30, 28, 28), dtype=np.uint8),
        "train-labels-idx1-ubyte": rng.permutation(30).astype(np.uint8) % 10,
        "t10k-images-idx3-ubyte": rng.integers(256, size=(20, 28, 28), dtype=np.uint8),
        "t10k-labels-idx1-ubyte": rng.permutation(20).astype(np.uint8) % 10,
    }


def write_idx(folder, zipped=False, dotted=False):
    """Write the four files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in idx_arrays().items():
        file = name.replace("-idx", ".idx") if dotted else name
        content = idx_bytes(array)
        if zipped:
            file, content = f"{file}.gz", gzip.compress(content)
        (folder / file).write_bytes(content)
    return folder


def write_idx_package(file):
    """Write the four files as an npm package holds them."""
    with tarfile.open(file, "w:gz") as archive:
        for name, array in idx_arrays().items():
            content = idx_bytes(array)
            member = tarfile.TarInfo(f"package/data/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file


def write_arrays(file, n=30):
    """Write images with a factor of every kind."""
    rng = np.random.default_rng(0)
    turns = np.arange(n) % 5
    np.savez(
        file,
        images=rng.random((n, 6, 6)),
        factors=np.stack([turns % 3, turns, rng.random(n)], axis=1),
        factor_names=["side", "turn", "size"],
        factor_kinds=["categorical", "periodic", "continuous"],
    )
    return file
