"""Which causes a noisy-OR network needs, and which findings each is linked to."""

from collections.abc import Callable

import numpy as np
from jaxtyping import UInt8

from unbraid.numerics.noisy_or import Network
from unbraid.numerics.noisy_or_learning import Expected, expect, link_gains
from unbraid.numerics.noisy_or_states import Beliefs

Findings = UInt8[np.ndarray, "samples findings"]

# The share of the old expectations that each batch replaces, and the leak that is left meanwhile:
# findings that no cause accounts for yet must not be impossible.
_RATE = 0.3
_MOST_LEAK = 0.9995
# Passes after which a network without one of its causes is judged.
_TRIAL = 6
# If it is worse by more than this before it has learned to do without, in nats per sample, it
# will not.
_HOPELESS = 0.5


def first_network(findings: Findings, k: int, rng: np.random.Generator) -> Network:
    """Return a network with which to begin: every cause is linked to every finding, at random.

    Parameters
    ----------
    findings
        1 for present, 0 for absent; shape (n, d).
    k
        How many causes.
    rng
        The stream to draw from.

    Returns
    -------
    Network
        Frequent findings have likelier links.
    """
    often = np.clip(findings.mean(axis=0), 0.005, 0.9)
    reach = rng.uniform(0.2, 1.0, size=(k, findings.shape[1])) * often
    return Network(
        failures=1.0 - reach, leak=1.0 - often / 4, priors=np.full(k, min(0.1, 2.0 / k))
    )


def warmed(
    network: Network,
    findings: Findings,
    beliefs: Beliefs,
    *,
    n_steps: int,
    batch_size: int,
    rng: np.random.Generator,
) -> Network:
    """Return the network after learning from small batches, which leads out of poor optima.

    Parameters
    ----------
    network
        Where to begin.
    findings
        1 for present, 0 for absent; shape (n, d).
    beliefs
        The states of the samples, which are bettered in place.
    n_steps
        How many batches.
    batch_size
        How many samples a batch has.
    rng
        Draws the order of the samples.

    Returns
    -------
    Network
        The network learned.
    """
    n, size = len(findings), min(batch_size, len(findings))
    per_pass = n // size
    memory: Expected | None = None
    for step in range(n_steps):
        if step % per_pass == 0:
            order = rng.permutation(n)
        rows = order[step % per_pass :: per_pass]
        held = beliefs.of(rows)
        said = expect(network, findings[rows], held)
        beliefs.put(rows, held)
        memory = said if memory is None else memory.mixed(said, _RATE)
        best = memory.maximised()
        network = Network(
            failures=best.failures, leak=np.minimum(best.leak, _MOST_LEAK), priors=best.priors
        )
    return network


def climbed(
    network: Network,
    findings: Findings,
    beliefs: Beliefs,
    *,
    max_iterations: int,
    tolerance: float = 1e-5,
    heard: Callable[[int, float], None] | None = None,
) -> tuple[Network, float]:
    """Return the network after expectation maximisation over all samples.

    Parameters
    ----------
    network
        Where to begin.
    findings
        1 for present, 0 for absent; shape (n, d).
    beliefs
        The states of the samples, which are bettered in place.
    max_iterations
        The most passes over the samples.
    tolerance
        It ends when the bound grows by less in a pass, in nats per sample.
    heard
        Is told the pass and its bound.

    Returns
    -------
    tuple
        The network and the bound in nats per sample of the network before it.
    """
    bound = -np.inf
    for passed in range(max_iterations):
        said = expect(network, findings, beliefs)
        network = said.maximised()
        if heard is not None:
            heard(passed, said.bound)
        if said.bound - bound < tolerance:
            return network, said.bound
        bound = said.bound
    return network, float(bound)


def cost(network: Network, n: int) -> float:
    """Return what the parameters of a network must gain: half log n nats each.

    Parameters
    ----------
    network
        The network.
    n
        How many samples.

    Returns
    -------
    float
        Nats in all.

    References
    ----------
    Schwarz (1978), "Estimating the dimension of a model", doi:10.1214/aos/1176344136.

    Examples
    --------
    >>> one = Network(failures=np.full((1, 1), 0.1), leak=np.ones(1), priors=np.full(1, 0.1))
    >>> cost(one, 1)
    0.0
    """
    size = int((network.failures < 1).sum()) + len(network.priors) + len(network.leak)
    return 0.5 * size * float(np.log(n))


def worth(network: Network, bound: float, n: int) -> float:
    """Return the bound less what its parameters cost (the Bayesian information criterion).

    Parameters
    ----------
    network
        The network.
    bound
        The log-likelihood or its bound, in nats per sample.
    n
        How many samples.

    Returns
    -------
    float
        Nats in all; higher is better.

    Examples
    --------
    >>> one = Network(failures=np.full((1, 1), 0.1), leak=np.ones(1), priors=np.full(1, 0.1))
    >>> worth(one, -2.0, 1)
    -2.0
    """
    return n * bound - cost(network, n)


def thinned(network: Network, findings: Findings, beliefs: Beliefs) -> Network:
    """Return the network without the links that gain less than they cost.

    Parameters
    ----------
    network
        The network.
    findings
        1 for present, 0 for absent; shape (n, d).
    beliefs
        The states of the samples.

    Returns
    -------
    Network
        With failures of 1 where a link gains less than half log n nats.
    """
    gains = link_gains(network, findings, beliefs)
    weak = gains < 0.5 * np.log(len(findings))
    return Network(
        failures=np.where(weak, 1.0, network.failures), leak=network.leak, priors=network.priors
    )


def without(network: Network, cause: int) -> Network:
    """Return the network without a cause.

    Parameters
    ----------
    network
        The network.
    cause
        The number of the cause.

    Returns
    -------
    Network
        The network of the others.
    """
    return Network(
        failures=np.delete(network.failures, cause, axis=0),
        leak=network.leak,
        priors=np.delete(network.priors, cause),
    )


def settled(
    network: Network, findings: Findings, beliefs: Beliefs, *, max_iterations: int
) -> tuple[Network, float]:
    """Return the network with its weak links cut, and what it is worth.

    Parameters
    ----------
    network
        Where to begin.
    findings
        1 for present, 0 for absent; shape (n, d).
    beliefs
        The states of the samples, which are bettered in place.
    max_iterations
        The most passes after links are cut; before, there are a few.

    Returns
    -------
    tuple
        The network and its worth in nats.
    """
    network, _ = climbed(network, findings, beliefs, max_iterations=_TRIAL)
    network = thinned(network, findings, beliefs)
    network, bound = climbed(network, findings, beliefs, max_iterations=max_iterations)
    return network, worth(network, bound, len(findings))


def pruned(
    network: Network, findings: Findings, beliefs: Beliefs, *, max_iterations: int
) -> Network:
    """Return the network without the links and causes that gain less than they cost.

    Parameters
    ----------
    network
        The network.
    findings
        1 for present, 0 for absent; shape (n, d).
    beliefs
        The states of the samples, which are bettered in place.
    max_iterations
        The most passes over the samples at the end.

    Returns
    -------
    Network
        Causes are dropped one after another, the least used first, where the others make up for
        it; at least one is left.
    """
    n = len(findings)
    network, value = settled(network, findings, beliefs, max_iterations=_TRIAL)
    untried = list(np.argsort(_use(network), kind="stable"))
    while untried and len(network.priors) > 1:
        cause = int(untried.pop(0))
        smaller, held = without(network, cause), beliefs.without(cause)
        if worth(smaller, expect(smaller, findings, held).bound, n) < value - _HOPELESS * n:
            continue
        smaller, bound = climbed(smaller, findings, held, max_iterations=_TRIAL)
        if worth(smaller, bound, n) > value:
            network, value, beliefs = smaller, worth(smaller, bound, n), held
            untried = list(np.argsort(_use(network), kind="stable"))
    return settled(network, findings, beliefs, max_iterations=max_iterations)[0]


def _use(network: Network) -> np.ndarray:
    """Return how many findings per sample each cause brings about."""
    return np.asarray(network.priors * (1.0 - network.failures).sum(axis=1))
