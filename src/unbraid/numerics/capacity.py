"""How fast a decision tree learns a factor as it may grow."""

import numpy as np
from jaxtyping import Float, Int

# The tree is measured at 1, 2, 4, ..., 1,024 leaves.
N_DOUBLINGS = 10

Codes = Float[np.ndarray, "samples codes"]
OtherCodes = Float[np.ndarray, "others codes"]
Labels = Int[np.ndarray, " samples"]


def loss_curve(
    codes: Codes, labels: Labels, codes_test: OtherCodes, labels_test: Int[np.ndarray, " others"]
) -> Float[np.ndarray, " capacities"]:
    """Return the held-out loss of a decision tree with 1, 2, 4, ..., 1,024 leaves.

    Parameters
    ----------
    codes
        The codes to learn from, shape (n, d).
    labels
        The factor's values, counted from 0, shape (n,).
    codes_test
        Held-out codes, shape (m, d).
    labels_test
        The factor's values, -1 where a value is unknown, shape (m,); some are known.

    Returns
    -------
    numpy.ndarray
        The least mean log loss so far, in nats, shape (11,): first that of the shares of values.

    Notes
    -----
    The tree splits the leaf next that gains most in log loss, so that each tree holds the smaller
    ones, and one fit gives them all. A leaf's probabilities are its shares of values
    with one more sample spread as all samples are.

    Examples
    --------
    >>> labels = np.tile([0, 1, 2, 3], 50)
    >>> curve = loss_curve(labels[:, None] * 1.0, labels, labels[:, None] * 1.0, labels)
    >>> (curve[:4] / np.log(4)).round(1)
    array([1. , 0.5, 0. , 0. ])
    """
    from sklearn.tree import DecisionTreeClassifier

    known = labels_test >= 0
    theirs = labels_test[known]
    middle, spread = codes.mean(axis=0), codes.std(axis=0)
    spread[spread == 0] = 1.0
    # Single precision is what it splits in, which no code overflows once it is standardised.
    mine, others = (
        np.clip((each - middle) / spread, -1e6, 1e6).astype(np.float32)
        for each in (codes, codes_test[known])
    )
    fit = DecisionTreeClassifier(
        criterion="log_loss", max_leaf_nodes=2**N_DOUBLINGS, random_state=0
    )
    tree = fit.fit(mine, labels).tree_
    counts = tree.value[:, 0] * tree.n_node_samples[:, None]
    probabilities = (counts + counts[0] / len(labels)) / (tree.n_node_samples[:, None] + 1)
    parents = np.zeros(tree.node_count, dtype=np.intp)
    for children in (tree.children_left, tree.children_right):
        parents[children[children >= 0]] = np.flatnonzero(children >= 0)
    # Nodes are numbered in the order in which they were made, two by each split.
    at = tree.apply(others)
    losses = []
    for doubling in range(N_DOUBLINGS, -1, -1):
        while (above := at >= 2 ** (doubling + 1) - 1).any():
            at = np.where(above, parents[at], at)
        losses.append(-np.log(probabilities[at, theirs]).mean())
    return np.minimum.accumulate(np.array(losses[::-1]))


def explicitness_of_curve(curve: Float[np.ndarray, " capacities"]) -> float:
    """Return how much of the area above it a loss curve leaves, from -1 to 1.

    Parameters
    ----------
    curve
        Falling losses at evenly spaced capacities, first that of no capacity, shape (c,), c >= 2.

    Returns
    -------
    float
        1 - 2 (area under the curve) / (area of the rectangle of the first loss): 1 where the loss
        is gone at once, 0 where it falls in a straight line to nothing, -1 where it never falls;
        NaN where the first loss is 0.

    References
    ----------
    Eastwood, Nicolicioiu, von Kugelgen, Kekic, Trauble, Dittadi and Scholkopf (2023), DCI-ES,
    arXiv:2210.00364: explicitness, with 0 for the least loss.

    Examples
    --------
    >>> explicitness_of_curve(np.array([2.0, 1.0, 0.0])), explicitness_of_curve(np.ones(3))
    (0.0, -1.0)
    """
    if curve[0] <= 0:
        return float("nan")
    area = (curve[:-1] + curve[1:]).sum() / 2
    return float(1 - 2 * area / (curve[0] * (len(curve) - 1)))
