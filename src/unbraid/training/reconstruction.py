"""Autoencoders whose codes are numbers and not distributions: objective, tied decoder, batches."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from jaxtyping import Float, Num
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import LBFGS

from unbraid.core.values import Samples
from unbraid.training.autoencoder import Autoencoder
from unbraid.training.constraints import Coded, CodeEncoder, Constraint
from unbraid.training.distributions import Bernoulli, Observation
from unbraid.training.loop import Plan
from unbraid.training.memory import keep_freed_memory
from unbraid.training.networks import BernoulliDecoder
from unbraid.training.objective import Objective, Player, Terms
from unbraid.training.samples import Batches, Layout, places

_BATCH = 256
# Log odds to begin with are finite where a pixel is never on.
_LEAST_CHANCE = 0.01


class Reconstruction(Objective):
    """Minimise ``error + penalty``: a small error under the constraint that makes a method.

    Parameters
    ----------
    encoder
        Maps a batch to codes; it ends with the constraint's activation.
    decoder
        Maps codes to the distribution of samples. The error of a sample is minus its log
        probability where this is Bernoulli, and else the squared distance to the mean.
    constraint
        What the method asks beside a small error.
    """

    def __init__(self, encoder: CodeEncoder, decoder: nn.Module, constraint: Constraint) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.constraint = constraint
        self._last: Tensor | None = None

    def players(self) -> tuple[Player, ...]:
        """Return the autoencoder.

        Returns
        -------
        tuple of Player
            One.
        """
        return (Player((*self.encoder.parameters(), *self.decoder.parameters())),)

    def forward(
        self, x: Float[Tensor, "batch ..."], step: int, generator: torch.Generator
    ) -> Terms:
        """Return the loss of a batch.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).
        step
            How many steps were made before this one.
        generator
            The stream of all noise.

        Returns
        -------
        Terms
            Logged are ``error``, and ``penalty`` and their sum ``objective`` where the
            constraint adds something.
        """
        x = x.to(self.encoder.head.weight.dtype)
        self.constraint.begin(step)
        given = self.constraint.corrupted(x, generator)
        codes = self.encoder(given)
        self._last = codes.detach()
        error = error_of(self.decoder(codes), x).mean()
        penalty = self.constraint.penalty(
            Coded(given, codes, self.encoder, self.decoder, generator)
        )
        if penalty is None:
            return Terms((error,), {"error": error.detach()})
        loss = error + penalty
        logged = {"error": error, "penalty": penalty, "objective": loss}
        return Terms((loss,), {name: value.detach() for name, value in logged.items()})

    def summary(self) -> Mapping[str, Tensor]:
        """Return how many codes are in use, in the last batch.

        Returns
        -------
        mapping
            ``nonzero_codes``, how many of a sample are not zero, mean over the batch; and
            ``dead_codes``, how many are the same number for all of it.
        """
        if self._last is None:
            return {}
        codes = self._last
        return {
            "nonzero_codes": (codes != 0).sum(1).double().mean(),
            "dead_codes": (codes == codes[0]).all(0).sum(),
        }


def error_of(observation: Observation, x: Float[Tensor, "batch ..."]) -> Float[Tensor, " batch"]:
    """Return how far samples are from what was decoded.

    Parameters
    ----------
    observation
        What the decoder returned.
    x
        The samples, shape (batch, ...).

    Returns
    -------
    torch.Tensor
        The cross-entropy in nats for Bernoulli variables, the squared distance otherwise.
    """
    if isinstance(observation, Bernoulli):
        return -observation.log_prob(x)
    return (x - observation.mean).square().flatten(1).sum(1)


def finish(
    objective: Reconstruction, batches: Batches, noise: torch.Generator, plan: Plan
) -> None:
    """Go down to the nearest optimum, where batches are all the same and no noise is drawn.

    Parameters
    ----------
    objective
        What was trained; its parameters are changed in place.
    batches
        The stream that gives all samples at each step.
    noise
        The stream of the objective's own noise; if the objective draws from it, there is no one
        optimum to find, and nothing is done.
    plan
        How it was trained; at most as many steps of L-BFGS are made.
    """
    objective.train()
    x, before = batches.next(), noise.get_state()
    parameters = objective.players()[0].parameters
    optimiser = LBFGS(
        parameters,
        max_iter=plan.n_steps,
        history_size=20,
        tolerance_grad=1e-10,
        tolerance_change=1e-16,
        line_search_fn="strong_wolfe",
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        found: Tensor = objective(x, plan.n_steps, noise).losses[0]
        torch.autograd.backward(found, inputs=parameters)
        return found

    loss()
    if torch.equal(before, noise.get_state()):
        optimiser.step(loss)  # type: ignore[no-untyped-call]
    objective.eval()


class Mirror(nn.Module):
    """The body of a decoder that is the encoder turned round: weights are shared, biases its own.

    Parameters
    ----------
    encoder
        The encoder: linear layers and convolutions, rectified in between.
    shape
        The shape of a sample as the network sees it.

    References
    ----------
    Vincent et al. (2010), Stacked denoising autoencoders, Journal of Machine Learning Research
    11, section 2.2.
    """

    def __init__(self, encoder: CodeEncoder, shape: tuple[int, ...]) -> None:
        super().__init__()
        layers = [*encoder.body, encoder.head]
        weighted = [layer for layer in layers if isinstance(layer, nn.Linear | nn.Conv2d)]
        # A tuple is no module: its weights are the encoder's, and are saved and moved with it.
        self._layers = tuple(reversed(weighted))
        self._flat = next(i for i, layer in enumerate(self._layers) if _is_first(layer, layers))
        self._shape = _before_flattening(encoder, shape)
        self.biases = nn.ParameterList(
            torch.zeros(layer.weight.shape[1]) for layer in self._layers
        )

    def forward(self, codes: Float[Tensor, "batch codes"]) -> Float[Tensor, "batch ..."]:
        """Return what the codes decode to.

        Parameters
        ----------
        codes
            The codes, shape (batch, codes).

        Returns
        -------
        torch.Tensor
            Shape (batch, ...).
        """
        x = codes
        for place, (layer, bias) in enumerate(zip(self._layers, self.biases, strict=True)):
            x = _back(layer, functional.relu(x) if place else x, bias)
            if place == self._flat:
                x = x.reshape(len(x), *self._shape)
        return x


def _is_first(layer: nn.Module, layers: list[nn.Module]) -> bool:
    """Tell whether a layer is the first one after the sample is laid out flat."""
    flat = next(i for i, each in enumerate(layers) if isinstance(each, nn.Flatten))
    return layer is next(each for each in layers[flat:] if isinstance(each, nn.Linear))


def _before_flattening(encoder: CodeEncoder, shape: tuple[int, ...]) -> tuple[int, ...]:
    x = encoder.head.weight.detach().new_zeros(1, *shape)
    with torch.inference_mode():
        for layer in encoder.body:
            if isinstance(layer, nn.Flatten):
                break
            x = layer(x)
    return tuple(x.shape[1:])


def _back(layer: nn.Module, x: Tensor, bias: Tensor) -> Tensor:
    if isinstance(layer, nn.Conv2d):
        stride, padding = layer.stride[0], int(layer.padding[0])
        return functional.conv_transpose2d(x, layer.weight, bias, stride, padding)
    assert isinstance(layer, nn.Linear)
    return functional.linear(x, layer.weight.t(), bias)


def start_at(mean: Float[Tensor, "..."], encoder: CodeEncoder, decoder: nn.Module) -> None:
    """Set the biases of dense networks so that the mean sample decodes to itself at first.

    Else the first thing that most units learn is the mean, and those that hold it win over the
    rest for long. Convolutions, which have one bias for all places, are left as they are.

    Parameters
    ----------
    mean
        The mean sample, in the shape that the network sees.
    encoder
        The encoder; its first layer gives the mean zeros.
    decoder
        The decoder; its last bias is the mean, or the log odds of it for Bernoulli variables.
    """
    layers = [*encoder.body, encoder.head]
    if any(isinstance(layer, nn.Conv2d) for layer in layers):
        return
    first = next(layer for layer in layers if isinstance(layer, nn.Linear))
    flat = mean.flatten()
    bernoulli = isinstance(decoder, BernoulliDecoder)
    last = [bias for bias in decoder.parameters() if bias.shape == flat.shape][-1]
    with torch.no_grad():
        first.bias.copy_(-first.weight @ flat)
        last.copy_(torch.logit(flat, eps=_LEAST_CHANCE) if bernoulli else flat)


class Coder(Autoencoder):
    """A trained autoencoder whose codes are numbers, used with arrays and kept in a file."""

    __slots__ = ()

    encoder: CodeEncoder

    def encode(
        self, samples: Num[np.ndarray, "samples ..."]
    ) -> Float[np.ndarray, "samples codes"]:
        """Encode samples.

        Parameters
        ----------
        samples
            The samples, shape (n, ...).

        Returns
        -------
        numpy.ndarray
            The codes, shape (n, codes).

        Raises
        ------
        InputError
            If samples must lie in [0, 1] and do not.
        """
        return self._by_batches(samples, self.encoder)

    def errors(self, samples: Num[np.ndarray, "samples ..."]) -> Float[np.ndarray, " samples"]:
        """Return how far each sample is from what its codes decode to.

        Parameters
        ----------
        samples
            The samples, shape (n, ...).

        Returns
        -------
        numpy.ndarray
            As `error_of` measures it, shape (n,).

        Raises
        ------
        InputError
            If samples must lie in [0, 1] and do not.
        """
        return self._by_batches(samples, lambda x: error_of(self.decoder(self.encoder(x)), x))

    def _by_batches(self, samples: np.ndarray, compute: Callable[[Tensor], Tensor]) -> np.ndarray:
        keep_freed_memory()
        with torch.inference_mode():
            batches = (self._tensor(samples[place]) for place in places(len(samples), _BATCH))
            return torch.cat([compute(batch) for batch in batches]).numpy()


class AllSamples(Batches):
    """A stream of batches that are each all of the samples; nothing is drawn.

    Parameters
    ----------
    samples
        The samples, shape (n, ...).
    layout
        How they become a tensor.
    generator
        A stream that stays as it is.
    """

    def __init__(self, samples: Samples, layout: Layout, generator: torch.Generator) -> None:
        super().__init__(samples, layout, len(samples), generator)
        self._all = layout.tensor(np.asarray(samples[:]))

    def next(self) -> Float[Tensor, "batch ..."]:
        """Return all samples.

        Returns
        -------
        torch.Tensor
            Shape (n, ...).
        """
        return self._all
