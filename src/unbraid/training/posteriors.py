"""The distributions of codes given a sample, and what a gradient estimator asks of them."""

import math
from dataclasses import dataclass, fields
from typing import TypeVar

import torch
import torch.nn.functional as F  # noqa: N812 (as torch writes it)
from jaxtyping import Float
from torch import Tensor

P = TypeVar("P", bound="Posterior")


class Posterior:
    """The distribution of the codes of each sample of a batch.

    Most are data classes of tensors, shape (batch, ...), and add `draw` and `log_prob_per_code`.
    """

    __slots__ = ()

    def draw(self, generator: torch.Generator) -> Float[Tensor, "batch codes"]:
        """Draw the codes of each sample.

        Parameters
        ----------
        generator
            The stream to draw from.

        Returns
        -------
        torch.Tensor
            Shape (batch, codes).
        """
        raise NotImplementedError

    def log_prob_per_code(
        self, codes: Float[Tensor, "batch codes"]
    ) -> Float[Tensor, "batch codes"]:
        """Return the log density, or log probability, of each code.

        Parameters
        ----------
        codes
            Where to evaluate it, shape (batch, codes).

        Returns
        -------
        torch.Tensor
            In nats, shape (batch, codes); given the codes before it where codes are dependent, so
            that the sum over codes is the joint log density.
        """
        raise NotImplementedError

    def log_prob(self, codes: Float[Tensor, "batch ..."]) -> Float[Tensor, " batch"]:
        """Return the log density, or log probability, of the codes of each sample.

        Parameters
        ----------
        codes
            Where to evaluate it, shape (batch, ...).

        Returns
        -------
        torch.Tensor
            In nats, shape (batch,): summed over all axes but the first.
        """
        return self.log_prob_per_code(codes).flatten(1).sum(1)

    def parameters(self) -> dict[str, Tensor]:
        """Return the tensors that the distribution is made of, by name, such as ``logvar``.

        Returns
        -------
        dict
            Each of shape (batch, ...); the first says where the codes lie.
        """
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        return {name: getattr(self, name) for name in names}

    def repeated(self: P, n: int) -> P:
        """Return the distributions of the batch repeated as a whole.

        Parameters
        ----------
        n
            How often.

        Returns
        -------
        Posterior
            Of n times the batch: all samples, then all samples again.

        Examples
        --------
        >>> BinaryCodes(torch.tensor([[0.0], [1.0]])).repeated(2).logits.ravel().tolist()
        [0.0, 1.0, 0.0, 1.0]
        """
        if n == 1:
            return self
        tensors = self.parameters().values()
        return type(self)(*(t.repeat(n, *[1] * (t.dim() - 1)) for t in tensors))

    def detached(self: P) -> P:
        """Return the same distributions with no gradient to the encoder.

        Returns
        -------
        Posterior
            Of the same kind.
        """
        return type(self)(*(tensor.detach() for tensor in self.parameters().values()))

    def scores(self, codes: Float[Tensor, "batch codes"]) -> Float[Tensor, "batch codes"]:
        """Return the derivative of the log density in where the codes lie: their means or logits.

        Parameters
        ----------
        codes
            Where to evaluate it, shape (batch, codes).

        Returns
        -------
        torch.Tensor
            Shape (batch, codes); no gradient flows through it.
        """
        with torch.enable_grad():
            still = self.detached()
            place = next(iter(still.parameters().values())).requires_grad_()
            density = still.log_prob_per_code(codes.detach()).sum()
            return torch.autograd.grad(density, place)[0]


@dataclass(frozen=True, slots=True, eq=False)
class BinaryCodes(Posterior):
    """Independent codes that are 0 or 1.

    Parameters
    ----------
    logits
        The log odds of one, shape (batch, codes).

    Examples
    --------
    >>> certain = BinaryCodes(torch.tensor([[0.0, 50.0]]))
    >>> certain.kl_per_code()
    tensor([[0.0000, 0.6931]])
    """

    logits: Float[Tensor, "batch codes"]

    @property
    def mean(self) -> Float[Tensor, "batch codes"]:
        """The probabilities of one."""
        return torch.sigmoid(self.logits)

    @property
    def std(self) -> Float[Tensor, "batch codes"]:
        """The standard deviations, at most 1/2."""
        return torch.exp(0.5 * (F.logsigmoid(self.logits) + F.logsigmoid(-self.logits)))

    def draw(self, generator: torch.Generator) -> Float[Tensor, "batch codes"]:
        """Draw one value per sample; no gradient flows through it.

        Parameters
        ----------
        generator
            The stream to draw from.

        Returns
        -------
        torch.Tensor
            Zeros and ones.
        """
        uniform = torch.rand(self.logits.shape, generator=generator, dtype=self.logits.dtype)
        return (uniform < self.mean.detach()).to(self.logits.dtype)

    def log_prob_per_code(
        self, codes: Float[Tensor, "batch codes"]
    ) -> Float[Tensor, "batch codes"]:
        """Return the log probability of each code.

        Parameters
        ----------
        codes
            Zeros and ones, or what lies between, shape (batch, codes).

        Returns
        -------
        torch.Tensor
            In nats, shape (batch, codes).
        """
        return codes * self.logits - F.softplus(self.logits)

    def kl_per_code(self) -> Float[Tensor, "batch codes"]:
        """Return the KL to a fair coin of each code, in nats.

        Returns
        -------
        torch.Tensor
            Each in [0, log 2].
        """
        return self.mean * self.logits - F.softplus(self.logits) + math.log(2)
