"""What keeps an autoencoder from copying its input: the one place where the methods differ."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn


class CodeEncoder(nn.Module):
    """Map a batch to its codes.

    Parameters
    ----------
    body
        Maps a batch to features, shape (batch, features).
    head
        Maps features to codes, before the activation.
    activation
        What codes pass through last.
    """

    def __init__(self, body: nn.Sequential, head: nn.Linear, activation: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.head = head
        self.activation = activation

    @property
    def is_one_layer(self) -> bool:
        """Whether there are no hidden layers."""
        return all(isinstance(layer, nn.Flatten) for layer in self.body)

    def forward(self, x: Float[Tensor, "batch ..."]) -> Float[Tensor, "batch codes"]:
        """Return the codes.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).

        Returns
        -------
        torch.Tensor
            Shape (batch, codes).
        """
        codes: Tensor = self.activation(self.head(self.body(x)))
        return codes


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A batch and its codes: all that a constraint may look at.

    Parameters
    ----------
    x
        What was encoded, shape (batch, ...).
    codes
        Its codes, shape (batch, codes).
    encoder
        What encoded it.
    decoder
        What decodes it.
    generator
        The stream of all noise.
    """

    x: Float[Tensor, "batch ..."]
    codes: Float[Tensor, "batch codes"]
    encoder: CodeEncoder
    decoder: nn.Module
    generator: torch.Generator


class Constraint(nn.Module):
    """What a method asks of an autoencoder beside a small error; this one asks nothing.

    A method overrides what it needs: the ``activation`` that codes pass through, in training and
    after it; what the encoder is given in training; what is added to the error.

    Parameters
    ----------
    activation
        What codes pass through last; None for nothing.
    """

    def __init__(self, activation: nn.Module | None = None) -> None:
        super().__init__()
        self.activation = nn.Identity() if activation is None else activation

    def begin(self, step: int) -> None:
        """Take note that a step of training begins.

        Parameters
        ----------
        step
            How many steps were made before it.
        """

    def corrupted(
        self,
        x: Float[Tensor, "batch ..."],
        generator: torch.Generator,  # noqa: ARG002 (others draw from it)
    ) -> Float[Tensor, "batch ..."]:
        """Return what the encoder is given in training.

        Parameters
        ----------
        x
            The batch, shape (batch, ...).
        generator
            The stream of all noise.

        Returns
        -------
        torch.Tensor
            The shape of the batch.
        """
        return x

    def penalty(self, coded: Coded) -> Float[Tensor, ""] | None:  # noqa: ARG002 (others look)
        """Return what is added to the error.

        Parameters
        ----------
        coded
            The batch and its codes.

        Returns
        -------
        torch.Tensor or None
            A scalar, mean over the batch; None for nothing.
        """
        return None


class SmallWeights(Constraint):
    """Weights must be small: their squares are added, those of biases are not.

    Parameters
    ----------
    weight
        What the sum of squares is multiplied by.
    activation
        What codes pass through last; None for nothing.

    References
    ----------
    Kunin et al. (2019), Loss landscapes of regularized linear autoencoders, arXiv:1901.08168,
    equation 3.
    """

    def __init__(self, weight: float, activation: nn.Module | None = None) -> None:
        super().__init__(activation)
        self.weight = weight

    def penalty(self, coded: Coded) -> Float[Tensor, ""] | None:
        """Return the weighted sum of squares.

        Parameters
        ----------
        coded
            The batch and its codes.

        Returns
        -------
        torch.Tensor or None
            A scalar; None where the weight is zero.
        """
        if self.weight == 0:
            return None
        both = (*coded.encoder.named_parameters(), *coded.decoder.named_parameters())
        squares = [p.square().sum() for name, p in both if name.endswith("weight")]
        return self.weight * torch.stack(squares).sum()


class _KeepLargest(nn.Module):
    """Set all but the largest codes of each sample to zero."""

    def __init__(self, in_training: int, after_it: int) -> None:
        super().__init__()
        self.in_training, self.after_it = in_training, after_it

    def forward(self, x: Float[Tensor, "batch codes"]) -> Float[Tensor, "batch codes"]:
        kept = self.in_training if self.training else self.after_it
        if kept >= x.shape[1]:
            return x
        values, places = x.topk(kept, dim=1, sorted=False)
        return torch.zeros_like(x).scatter(1, places, values)


class TopK(Constraint):
    """Only the k largest codes of a sample are kept.

    Parameters
    ----------
    n_nonzero
        How many are kept.
    n_encoded
        How many are kept after training; None for as many.
    first
        How many are kept at first; so many more learn while there is no pattern yet, and few
        codes are left that never respond.
    until
        In how many steps that falls to ``n_nonzero``, linearly.

    References
    ----------
    Makhzani and Frey (2014), k-Sparse autoencoders, arXiv:1312.5663, sections 2.1 and 4.2.1.
    """

    def __init__(
        self, n_nonzero: int, n_encoded: int | None = None, *, first: int = 0, until: int = 0
    ) -> None:
        super().__init__()
        after_it = n_nonzero if n_encoded is None else n_encoded
        self.activation = self._largest = _KeepLargest(n_nonzero, after_it)
        self.n_nonzero = n_nonzero
        self.first = max(n_nonzero, first)
        self.until = until

    def begin(self, step: int) -> None:
        """Set how many codes are kept in a step.

        Parameters
        ----------
        step
            How many steps were made before it.
        """
        left = max(0.0, 1 - step / self.until) if self.until else 0.0
        self._largest.in_training = self.n_nonzero + round(left * (self.first - self.n_nonzero))


class SmallCodes(Constraint):
    """Codes are rectified, and the sum of a sample's codes is added to its error.

    Parameters
    ----------
    weight
        What the sum is multiplied by.
    """

    def __init__(self, weight: float) -> None:
        super().__init__(nn.ReLU())
        self.weight = weight

    def penalty(self, coded: Coded) -> Float[Tensor, ""] | None:
        """Return the weighted sum of a sample's codes.

        Parameters
        ----------
        coded
            The batch and its codes.

        Returns
        -------
        torch.Tensor
            A scalar, mean over the batch.
        """
        return self.weight * coded.codes.abs().sum(1).mean()


class RareCodes(Constraint):
    """Codes lie between 0 and 1, and the mean of each over samples must be small.

    Parameters
    ----------
    weight
        What is multiplied by KL(rate || mean), summed over codes.
    rate
        What the mean of a code is to be, in (0, 1).

    References
    ----------
    Lee, Ekanadham and Ng (2008), Sparse deep belief net model for visual area V2, NIPS 20; in
    this form Ng (2011), Sparse autoencoder, Stanford CS294A lecture notes, section 3.
    """

    def __init__(self, weight: float, rate: float) -> None:
        super().__init__(nn.Sigmoid())
        self.weight = weight
        self.rate = rate

    def penalty(self, coded: Coded) -> Float[Tensor, ""] | None:
        """Return the weighted divergence of the codes' means from the rate.

        Parameters
        ----------
        coded
            The batch and its codes.

        Returns
        -------
        torch.Tensor
            A scalar.
        """
        # A code that is 0 or 1 in a whole batch of float32 must not cost infinity.
        mean = coded.codes.mean(0).clamp(1e-6, 1 - 1e-6)
        on = self.rate * torch.log(self.rate / mean)
        off = (1 - self.rate) * torch.log((1 - self.rate) / (1 - mean))
        return self.weight * (on + off).sum()


class Contraction(Constraint):
    """Codes lie between 0 and 1, and must change little where the input does.

    Parameters
    ----------
    weight
        What the squared norm of the encoder's Jacobian is multiplied by.

    References
    ----------
    Rifai et al. (2011), Contractive auto-encoders: explicit invariance during feature extraction,
    ICML, equations 3 to 5.
    """

    def __init__(self, weight: float) -> None:
        super().__init__(nn.Sigmoid())
        self.weight = weight

    def penalty(self, coded: Coded) -> Float[Tensor, ""] | None:
        """Return the weighted squared norm of the Jacobian.

        Parameters
        ----------
        coded
            The batch and its codes.

        Returns
        -------
        torch.Tensor
            A scalar, mean over the batch: exact for an encoder of one layer, and an unbiased
            estimate from one random direction per sample for a deeper one.
        """
        if coded.encoder.is_one_layer:
            return self.weight * _squared_jacobian(coded).mean()
        return self.weight * _estimated_squared_jacobian(coded).mean()


def _squared_jacobian(coded: Coded) -> Float[Tensor, " batch"]:
    # The derivative of a sigmoid unit is h (1 - h) times its weights.
    slopes = coded.codes * (1 - coded.codes)
    return slopes.square() @ coded.encoder.head.weight.square().sum(1)


def _estimated_squared_jacobian(coded: Coded) -> Float[Tensor, " batch"]:
    # E |v' J|^2 = |J|^2 for v ~ N(0, I): one pass backwards, however many codes there are.
    x = coded.x.detach().requires_grad_()
    codes = coded.encoder(x)
    direction = torch.empty_like(codes).normal_(generator=coded.generator)
    (slope,) = torch.autograd.grad((codes * direction).sum(), x, create_graph=True)
    return slope.flatten(1).square().sum(1)
