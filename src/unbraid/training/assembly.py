"""Put the networks of several layers of codes together."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn

from unbraid.training.hierarchy import BottomUp, Decoder, Hierarchy, Ladder, TopDown
from unbraid.training.layers import Conditional, Hidden, Perceptron, initialise
from unbraid.training.networks import BernoulliDecoder, GaussianDecoder
from unbraid.training.observations import CategoricalDecoder, LogisticDecoder, OneHot

DECODERS = ("bernoulli", "gaussian", "categorical", "logistic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """What a network of several layers of codes is made of; sequences begin at layer 1.

    Parameters
    ----------
    shape
        The shape of a sample as the network sees it.
    n_codes
        How many codes each layer has.
    hidden
        The hidden layers between each layer and the one below, in both directions.
    covariance
        ``"diagonal"`` or ``"full"``, of each layer.
    decoder
        ``"bernoulli"``, ``"gaussian"``, ``"categorical"`` or ``"logistic"``.
    noise_variance
        The variance of a Gaussian decoder, or where learning it starts.
    noise_learned
        Whether it is learned.
    n_values
        How many values a categorical variable has.
    """

    shape: tuple[int, ...]
    n_codes: tuple[int, ...]
    hidden: tuple[Hidden, ...]
    covariance: tuple[str, ...]
    decoder: str
    noise_variance: float = 1.0
    noise_learned: bool = True
    n_values: int = 0


def bottom_up(plan: Architecture, generator: torch.Generator) -> Hierarchy:
    """Return a network whose encoder is q(h^1 | x) q(h^2 | h^1) ... q(h^L | h^{L-1}).

    Parameters
    ----------
    plan
        What it is made of.
    generator
        Draws the initial weights.

    Returns
    -------
    Hierarchy
        The network.

    Raises
    ------
    InputError
        If there is no such activation or covariance.
    """
    with torch.device("meta"):  # torch's own initialisation draws nothing
        first, *rest = (Perceptron(n, hidden) for n, hidden in _inputs(plan))
        bodies = [_seeing(plan, first), *rest]
        conditionals = [
            Conditional(body, network.outputs, n, covariance)
            for body, network, n, covariance in zip(
                bodies, (first, *rest), plan.n_codes, plan.covariance, strict=True
            )
        ]
    return _drawn(BottomUp(conditionals, _decoder(plan)), generator)


def top_down(plan: Architecture, generator: torch.Generator) -> Hierarchy:
    """Return a ladder, whose encoder is q(h^L | x) q(h^{L-1} | h^L, x) ... q(h^1 | h^2, x).

    Parameters
    ----------
    plan
        What it is made of; covariances are diagonal.
    generator
        Draws the initial weights.

    Returns
    -------
    Hierarchy
        The network.

    Raises
    ------
    InputError
        If there is no such activation.
    """
    with torch.device("meta"):
        bodies: list[Perceptron] = []
        n = _n_inputs(plan)
        for hidden in plan.hidden:
            bodies.append(Perceptron(n, hidden))
            n = bodies[-1].outputs
        heads = [
            Conditional(nn.Identity(), body.outputs, n_codes)
            for body, n_codes in zip(bodies, plan.n_codes, strict=True)
        ]
    ladder = Ladder([_seeing(plan, bodies[0]), *bodies[1:]], heads)
    return _drawn(TopDown(ladder, _decoder(plan)), generator)


def start_at(model: Hierarchy, x: Tensor) -> None:
    """Let a fresh decoder begin with the mean sample, whatever the codes.

    Parameters
    ----------
    model
        The network, changed in place.
    x
        Some samples, as a batch.

    References
    ----------
    Burda et al. (2016), Importance weighted autoencoders, arXiv:1509.00519, whose authors set the
    last biases so.
    """
    observe = model.decoder.observe
    if isinstance(observe, CategoricalDecoder):
        n_values = observe.body[-1].unflattened_size[-1]  # type: ignore[index]
        x = OneHot(int(n_values))(x)
    mean = x.mean(0).flatten()
    if isinstance(observe, BernoulliDecoder):
        mean = torch.logit(mean, eps=1e-3)
    elif isinstance(observe, CategoricalDecoder):
        mean = mean.clamp(min=1e-3).log()
    with torch.no_grad():
        observe.body[1].bias.copy_(mean)  # type: ignore[index,union-attr]


def _inputs(plan: Architecture) -> Sequence[tuple[int, Hidden]]:
    return list(zip((_n_inputs(plan), *plan.n_codes[:-1]), plan.hidden, strict=True))


def _n_inputs(plan: Architecture) -> int:
    return prod(plan.shape) * (plan.n_values if plan.decoder == "categorical" else 1)


def _seeing(plan: Architecture, network: Perceptron) -> nn.Module:
    if plan.decoder == "categorical":
        return nn.Sequential(OneHot(plan.n_values), network)
    return network


def _decoder(plan: Architecture) -> Decoder:
    with torch.device("meta"):
        networks = [
            Perceptron(n, hidden) for n, hidden in zip(plan.n_codes, plan.hidden, strict=True)
        ]
        outputs = (*plan.shape, plan.n_values) if plan.decoder == "categorical" else plan.shape
        body = nn.Sequential(
            networks[0],
            nn.Linear(networks[0].outputs, prod(outputs)),
            nn.Unflatten(1, outputs),
        )
        conditionals = [
            Conditional(network, network.outputs, n, covariance)
            for network, n, covariance in zip(
                networks[1:], plan.n_codes, plan.covariance, strict=False
            )
        ]
    if plan.decoder == "gaussian":
        observe: nn.Module = GaussianDecoder(body, plan.noise_variance, learned=plan.noise_learned)
    elif plan.decoder == "logistic":
        observe = LogisticDecoder(body, plan.shape)
    else:
        kind = CategoricalDecoder if plan.decoder == "categorical" else BernoulliDecoder
        observe = kind(body)
    return Decoder(observe, conditionals)


def _drawn(model: Hierarchy, generator: torch.Generator) -> Hierarchy:
    for module in model.modules():
        if any(weight.is_meta for weight in module.parameters(recurse=False)):
            module.to_empty(device="cpu", recurse=False)
    initialise(model, generator)
    return model
