"""The combinations of causes that are thought likeliest for each sample, and their chances."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from typing import no_type_check

import numpy as np
from jaxtyping import UInt8

from unbraid.numerics._kernel import kernel

# Sixteen chances are multiplied before a logarithm is taken: none is below 1e-12.
BLOCK = 16
# The hash of the state in which no cause is present; 0 is that of a place without a state.
_NONE_PRESENT = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beliefs:
    """The states that are thought likeliest for each sample; `expect` betters them in place.

    Parameters
    ----------
    states
        Which causes are present in each of S states of each sample, shape (n, S, k), 0 and 1.
    hashes
        A number for each state by which states are told apart, shape (n, S); 0 where there is no
        state, because fewer are left that differ.
    keys
        A random number per cause, from which hashes are made, shape (k,).
    """

    states: UInt8[np.ndarray, "samples states causes"]
    hashes: np.ndarray
    keys: np.ndarray

    def of(self, rows: np.ndarray) -> "Beliefs":
        """Return a copy of the beliefs about some samples."""
        return Beliefs(states=self.states[rows], hashes=self.hashes[rows], keys=self.keys)

    def put(self, rows: np.ndarray, beliefs: "Beliefs") -> None:
        """Replace the beliefs about some samples."""
        self.states[rows], self.hashes[rows] = beliefs.states, beliefs.hashes

    def without(self, cause: int) -> "Beliefs":
        """Return a copy from which a cause is gone; states that differed in it alone are one."""
        changed = self.hashes ^ np.where(self.states[:, :, cause] == 1, self.keys[cause], 0)
        hashes = np.where(self.hashes == 0, np.uint64(0), changed)
        order = np.argsort(hashes, axis=1, kind="stable")
        ordered = np.take_along_axis(hashes, order, axis=1)
        ordered[:, 1:][np.diff(ordered, axis=1) == 0] = 0
        np.put_along_axis(hashes, order, ordered, axis=1)
        return Beliefs(
            states=np.delete(self.states, cause, axis=2),
            hashes=hashes,
            keys=np.delete(self.keys, cause),
        )


def first_beliefs(n: int, k: int, n_states: int, rng: np.random.Generator) -> Beliefs:
    """Return the states with fewest causes present, the same for all samples.

    Parameters
    ----------
    n
        How many samples.
    k
        How many causes.
    n_states
        How many states per sample; all 2^k if they are fewer, and then inference is exact.
    rng
        The stream to draw keys from.

    Returns
    -------
    Beliefs
        The states.

    Examples
    --------
    >>> first_beliefs(1, 2, 9, np.random.default_rng(0)).states[0].tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    few = list(islice(_by_size(k), n_states))
    states = np.zeros((len(few), k), dtype=np.uint8)
    for state, present in zip(states, few, strict=True):
        state[list(present)] = 1
    keys = rng.integers(1, 2**63, size=k, dtype=np.uint64)
    hashes = np.bitwise_xor.reduce(np.where(states == 1, keys, np.uint64(0)), axis=1)
    hashes ^= _NONE_PRESENT
    return Beliefs(
        states=np.repeat(states[None], n, axis=0),
        hashes=np.repeat(hashes[None], n, axis=0),
        keys=keys,
    )


def _by_size(k: int) -> Iterator[tuple[int, ...]]:
    for size in range(k + 1):
        yield from combinations(range(k), size)


@kernel
@no_type_check  # numba compiles the function itself, not one that checks shapes
def gather(
    found: np.ndarray,
    failures: np.ndarray,
    leak: np.ndarray,
    at: np.ndarray,
    G: np.ndarray,
    H: np.ndarray,
    leak_at: np.ndarray,
) -> int:
    """Collect what belongs to the present findings of a sample, and return how many they are.

    Parameters
    ----------
    found
        Which findings are present, shape (d,).
    failures, leak
        Those of the network, shapes (k, d) and (d,).
    at
        Is filled with the numbers of the m present findings, shape (d,).
    G, H
        Are filled with their failures and with these inverted, shape (k, d).
    leak_at
        Is filled with their leaks, shape (d,).

    Returns
    -------
    int
        m.
    """
    m = 0
    for j in range(found.shape[0]):
        if found[j]:
            at[m] = j
            leak_at[m] = leak[j]
            m += 1
    for i in range(failures.shape[0]):
        for a in range(m):
            G[i, a] = failures[i, at[a]]
            H[i, a] = 1.0 / G[i, a]
    return m


@kernel
@no_type_check
def weigh(
    states: np.ndarray,
    hashes: np.ndarray,
    odds: np.ndarray,
    present: tuple[np.ndarray, np.ndarray],
    m: int,
    absent: np.ndarray,
    prior: np.ndarray,
    logs: np.ndarray,
) -> None:
    """Weigh the states of a sample.

    Parameters
    ----------
    states, hashes
        The states, shape (S, k), and their hashes, shape (S,).
    odds
        The log-odds of each cause given the absent findings, shape (k,).
    present, m
        ``leak_at`` and ``G``, as `gather` filled them for m present findings.
    absent
        Is filled with the chances that each present finding were absent, shape (S, d).
    prior
        Is filled with the summed log-odds of the causes that are present, shape (S,).
    logs
        Is filled with the log-chance of each state together with the findings, shape (S,);
        minus infinity where there is no state.
    """
    leak_at, G = present
    for s in range(states.shape[0]):
        prior[s] = 0.0
        for a in range(m):
            absent[s, a] = leak_at[a]
        for i in range(states.shape[1]):
            if states[s, i]:
                prior[s] += odds[i]
                for a in range(m):
                    absent[s, a] *= G[i, a]
        logs[s] = prior[s]
        for start in range(0, m, BLOCK):
            product = 1.0
            for a in range(start, min(start + BLOCK, m)):
                product *= 1.0 - absent[s, a]
            logs[s] += np.log(product)
        if hashes[s] == 0:
            logs[s] = -np.inf
