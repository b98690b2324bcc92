"""Compiled kernels of boosting that find the splits of eight trees at a time.

Every column is sorted once. Per round and class the residuals become 26-bit integers, so that
sums of them are exact whatever their order.

A split is sought in two passes, and is the best of *all* splits:

1. sums over cells of `CELL` consecutive samples of a sorted column, and for each cell an upper
   bound on the gain of any split inside it. With D the sum of centred residuals to the left of a
   split of n samples into c and n - c, the gain is D^2 / (c (n - c)) times a constant; c (n - c)
   is least at an end of the cell, and D leaves the interval of its values at the two ends by no
   more than the smaller of the cell's total rise and total fall;
2. sample by sample through the few cells whose bound reaches the best gain known so far.

No kernel here calls one of another file: numba's cache would not notice that file change.
"""

from typing import no_type_check

import numpy as np

from unbraid.numerics._cells import CELL
from unbraid.numerics._kernel import kernel

__all__ = ["GAP", "split_level"]

GAP = np.float32(1e-7)
"""Values closer than this are one value, as scikit-learn's FEATURE_THRESHOLD has it."""
_EPSILON = 2.220446049250313e-16  # residuals that vary less make a leaf, as in scikit-learn
_ZERO, _ONE = np.float32(0.0), np.float32(1.0)


@kernel
@no_type_check
def _rises(
    cell: np.ndarray,
    members: np.ndarray,
    q: np.ndarray,
    node: np.ndarray,
    least: float,
    rises: np.ndarray,
) -> np.ndarray:
    """Sum, per node and cell, how far the class lies above all others; return its sizes."""
    sizes = np.zeros(len(rises), np.int64)
    rises[:] = 0.0
    for i in members:
        rise = np.float32(q[i] - least)
        t = node[i]
        sizes[t] += 1
        for f in range(cell.shape[1]):
            rises[t, f, cell[i, f]] += rise
    return sizes


@kernel
@no_type_check
def _largest_bits(x: np.ndarray) -> int:
    """Return the bits of the largest of numbers >= 0."""
    bits = x.view(np.int32)
    top = np.int32(0)
    for i in range(bits.size):
        top = max(top, bits[i])
    return top


@kernel
@no_type_check
def _bounds(
    sums: np.ndarray,
    counts: np.ndarray,
    rises: np.ndarray,
    least: float,
    columns: tuple,
    room: tuple,
) -> float:
    """Bound the gain within each cell, and return the largest gain at a cell's border."""
    bound, edge, tops = room[7], room[8], room[9]
    n = counts[0, -1]
    mean = sums[0, -1] / n
    creep = max(least - mean, 0.0)
    least_u = np.float32(n - 1.0)
    best = np.int32(0)
    for f in range(len(sums)):
        s, c, rise, out = sums[f], counts[f], rises[f], bound[f]
        border, opened = columns[4][f], columns[5][f]
        for b in range(out.size):
            d0 = s[b] - mean * c[b]
            d1 = s[b + 1] - mean * c[b + 1]
            fall = d0 - d1 if d1 > d0 else 0.0
            slack = np.float32(fall + creep * (c[b + 1] - c[b])) + rise[b]
            e0, e1 = abs(np.float32(d0)), abs(np.float32(d1))
            e = e0 if e0 > e1 else e1  # noqa: FURB136  (max is not vectorised)
            e += slack if slack > _ZERO else _ZERO  # noqa: FURB136
            u0, u1 = np.float32(c[b] * (n - c[b])), np.float32(c[b + 1] * (n - c[b + 1]))
            u = u0 if u0 < u1 else u1  # noqa: FURB136
            u = u if u > least_u else least_u  # noqa: FURB136
            u1 = u1 if u1 > least_u else least_u  # noqa: FURB136
            # A cell without a sample of the node matters only if a tie reaches into it.
            keep = opened[b] if c[b + 1] > c[b] else opened[b] * (_ONE - border[b])
            out[b] = e * e / u * keep
            edge[b] = e1 * e1 / u1 * border[b + 1]
        tops[f] = np.array([_largest_bits(out)], np.int32).view(np.float32)[0]
        best = max(best, _largest_bits(edge))
    return np.array([best], np.int32).view(np.float32)[0]


@kernel
@no_type_check
def _consider(
    order: np.ndarray,
    values: np.ndarray,
    node: np.ndarray,
    where: tuple,
    gain: float,
    priority: float,
    best: np.ndarray,
) -> None:
    """Take a split if it is better, and not between values that count as one."""
    if gain < best[0] or (gain == best[0] and priority <= best[4]):
        return
    tree_node, f, below = where
    above = below + 1
    while node[order[below]] != tree_node:
        below -= 1
    while node[order[above]] != tree_node:
        above += 1
    if values[above] > values[below] + GAP:
        best[0] = gain
        best[1] = f
        best[2] = above
        best[3] = values[below] / 2.0 + values[above] / 2.0
        best[4] = priority


@kernel
@no_type_check
def _scan(
    order: np.ndarray,
    values: np.ndarray,
    q: np.ndarray,
    node: np.ndarray,
    where: tuple,
    start: tuple,
    priority: float,
    best: np.ndarray,
) -> None:
    """Try every split within a cell; `start` is sum, count, node's sum and node's count."""
    tree_node, f, cell = where
    s, c, total, n = np.int64(start[0]), np.int64(start[1]), start[2], start[3]
    limit = best[0] * (1.0 - 1e-12)
    tried = np.int64(0)
    for place in range(cell * CELL, min(order.size - 1, (cell + 1) * CELL)):
        i = order[place]
        inside = np.int64(node[i] == tree_node)
        s += q[i] * inside
        c += inside
        d = float(s) * n - total * float(c)
        if d * d >= limit * (float(c) * (n - float(c))):  # noqa: SIM102
            if values[place + 1] > values[place] and tried < c < n:
                tried = c
                gain = d * d / (float(c) * (n - float(c)))
                split = (tree_node, f, place)
                _consider(order, values, node, split, gain, priority, best)
                limit = best[0] * (1.0 - 1e-12)


@kernel
@no_type_check
def _mix(a: int, b: int) -> int:
    """Return a hash of two numbers (the finaliser of SplitMix64)."""
    x = np.uint64(a) ^ (np.uint64(b) * np.uint64(0x9E3779B97F4A7C15))
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@kernel
@no_type_check
def _largest_inside(q: np.ndarray, node: np.ndarray, tree_node: int) -> int:
    top = np.int32(-(2**31 - 1))
    for i in range(q.size):
        top = max(top, q[i] if node[i] == tree_node else np.int32(-(2**31 - 1)))
    return top


@kernel
@no_type_check
def _is_constant(
    q: np.ndarray, node: np.ndarray, tree_node: int, mean: float, limit: float
) -> bool:
    """Tell whether the squared residuals about their mean sum to no more than a limit."""
    squares = 0.0
    for i in range(q.size):
        if node[i] == tree_node:
            squares += (q[i] - mean) ** 2
            if squares > limit:
                return False
    return True


@kernel
@no_type_check
def _search(
    columns: tuple,
    room: tuple,
    q: np.ndarray,
    node: np.ndarray,
    prefix: tuple,
    tree_node: int,
    key: int,
) -> None:
    """Scan the cells that may hold the best split: first the likeliest of each column."""
    bounds, tops, best = room[7], room[9], room[10]
    sums, counts = prefix
    total, n = sums[0, -1], counts[0, -1]
    unit = n * n * (1.0 + 1e-5)  # the bounds are float32
    ranked = np.argsort(-tops)
    for whole_column in (False, True):
        for f in ranked:
            if tops[f] * unit < best[0] or tops[f] == 0.0:
                break
            order, values, bound = columns[0][f], columns[3][f], bounds[f]
            priority = float(_mix(columns[6][f], key) >> np.uint64(12))
            for cell in range(bound.size):
                sought = bound[cell] * unit >= best[0] and bound[cell] > 0.0
                if sought and (whole_column or bound[cell] == tops[f]):
                    where = (tree_node, f, cell)
                    start = (sums[f, cell], counts[f, cell], total, n)
                    _scan(order, values, q, node, where, start, priority, best)
                    bound[cell] = 0.0
                    if not whole_column:
                        break


@kernel
@no_type_check
def _split(
    columns: tuple,
    room: tuple,
    q: np.ndarray,
    node: np.ndarray,
    scales: np.ndarray,
    where: tuple,
    key: int,
) -> None:
    """Find the best split of a node: best[1] is its column, or -1."""
    now, tree_node, lane, n_inside = where
    sums, counts = room[4][now, tree_node, lane], room[5][now, tree_node, lane]
    rises, best = room[6][tree_node], room[10]
    scale, least = scales[lane]
    best[:] = -1.0
    total, n = sums[0, -1], counts[0, -1]
    if n < 2.0:
        return
    if n_inside in (0, int(n)):  # one class: residuals are nearly or wholly equal
        if _is_constant(q, node, tree_node, total / n, _EPSILON * n * scale**2):
            return
        least = _largest_inside(q, node, tree_node)
        rises[:] = 0.0
    edge = _bounds(sums, counts, rises, least, columns, room)
    best[0] = (1.0 - 1e-5) * n * n * edge
    _search(columns, room, q, node, (sums, counts), tree_node, key)


@kernel
@no_type_check
def _route(
    rank: np.ndarray, features: np.ndarray, places: np.ndarray, node: np.ndarray, tags: np.ndarray
) -> None:
    """Send samples to the children of their nodes; `tags` is where a lane's are side by side."""
    if features.size == 1:
        row, place = rank[features[0]], places[0]
        for i in range(node.size):
            node[i] = row[i] >= place
    else:
        flat = rank.reshape(-1)
        offsets = features * node.size
        for i in range(node.size):
            t = node[i]
            node[i] = 2 * t + (flat[offsets[t] + i] >= places[t])
    if tags.size > 0:
        for i in range(node.size):
            tags[i] = node[i]


@kernel
@no_type_check
def _split_tree(
    columns: tuple,
    room: tuple,
    q: np.ndarray,
    scales: np.ndarray,
    place: tuple,
    key: int,
    tree: tuple,
) -> None:
    """Split all nodes of a level of one tree, and send the samples on."""
    lane, level, sizes = place
    features, thresholds, gains = tree
    node, tags, best = room[0][lane], room[1], room[10]
    n_nodes = 2**level
    split = np.zeros(n_nodes, np.int64)
    places = np.full(n_nodes, node.size, np.int32)
    for t in range(n_nodes):
        at = n_nodes - 1 + t
        _split(columns, room, q, node, scales, (level % 2, t, lane, sizes[t]), (key << 16) + at)
        if best[1] >= 0.0:
            features[at] = split[t] = np.int64(best[1])
            thresholds[at] = best[3]
            gains[at] = best[0] / room[5][level % 2, t, lane, 0, -1] / scales[lane, 0] ** 2
            places[t] = np.int32(best[2])
    # Below the last level nothing is counted again.
    told = tags[:, lane] if 2 * n_nodes - 1 < features.size else tags[:0, lane]
    _route(columns[1], split, places, node, told)


@kernel
@no_type_check
def split_level(
    columns: tuple,
    room: tuple,
    residuals: tuple,
    members: np.ndarray,
    starts: np.ndarray,
    at: tuple,
    grown: tuple,
) -> None:
    """Split all nodes of a level of up to eight trees; room[0] then holds the nodes of samples.

    `columns` is what `boosting` sorts, `residuals` what `quantise` writes (q, pairs, scales),
    `at` the level and a number that tells these trees from others, and `grown` features,
    thresholds and gains (trees, nodes).
    """
    q, _, scales = residuals
    level, key = at
    features, thresholds, gains = grown
    for lane in range(len(features)):
        inside = members[starts[lane] : starts[lane + 1]]
        rises = room[6][: 2**level]
        sizes = _rises(columns[2], inside, q[lane], room[0][lane], scales[lane, 1], rises)
        tree = (features[lane], thresholds[lane], gains[lane])
        _split_tree(columns, room, q[lane], scales, (lane, level, sizes), key + lane, tree)
