"""Maps of codes that leave N(0, I) as it is: no likelihood can tell the codes from their image."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Codes = Float[np.ndarray, "samples codes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reparametrisation:
    """A one-to-one map of codes that keeps volumes and leaves N(0, I) as it is, and its inverse.

    A model with codes z ~ N(0, I), decoder f and posterior q(z | x) has a twin with codes
    ``forward(z)``, decoder ``f(backward(codes))`` and posterior density ``q(backward(codes) | x)``
    that gives every sample the same probability.

    Parameters
    ----------
    forward
        Maps codes (n, d) to the twin's codes.
    backward
        Maps them back.

    Examples
    --------
    >>> turn = rotation(np.array([[0.0, -1.0], [1.0, 0.0]]))
    >>> turn.forward(np.array([[1.0, 0.0]]))
    array([[0., 1.]])
    """

    forward: Callable[[Codes], Codes]
    backward: Callable[[Codes], Codes]

    def then(self, other: "Reparametrisation") -> "Reparametrisation":
        """Return this map followed by another.

        Parameters
        ----------
        other
            What is done second.

        Returns
        -------
        Reparametrisation
            Both.
        """
        return Reparametrisation(
            forward=lambda codes: other.forward(self.forward(codes)),
            backward=lambda codes: self.backward(other.backward(codes)),
        )


def random_rotation(n: int, rng: np.random.Generator) -> Float[np.ndarray, "codes codes"]:
    """Draw an orthogonal matrix, all equally likely (Haar measure).

    Parameters
    ----------
    n
        How many rows and columns.
    rng
        The stream to draw from.

    Returns
    -------
    numpy.ndarray
        Shape (n, n).

    References
    ----------
    Mezzadri (2007), How to generate random matrices from the classical compact groups,
    arXiv:math-ph/0609050, section 5.

    Examples
    --------
    >>> matrix = random_rotation(3, np.random.default_rng(0))
    >>> np.allclose(matrix @ matrix.T, np.eye(3))
    True
    """
    q, r = np.linalg.qr(rng.normal(size=(n, n)))
    return np.asarray(q * np.sign(np.diag(r)))


def rotation(matrix: Float[np.ndarray, "codes codes"]) -> Reparametrisation:
    """Return the map that multiplies codes by an orthogonal matrix.

    A posterior N(m, S) becomes N(matrix m, matrix S matrix'): one with full covariance, even
    where S is diagonal.

    Parameters
    ----------
    matrix
        An orthogonal matrix, shape (d, d).

    Returns
    -------
    Reparametrisation
        The map.

    Examples
    --------
    >>> turn = rotation(random_rotation(2, np.random.default_rng(0)))
    >>> np.allclose(turn.backward(turn.forward(np.eye(2))), np.eye(2))
    True
    """
    return Reparametrisation(
        forward=lambda codes: codes @ matrix.T, backward=lambda codes: codes @ matrix
    )


def twist(strength: float) -> Reparametrisation:
    """Return the map that turns codes the further, the further out they lie.

    Codes 0 and 1, 2 and 3, and so on are turned in their plane by ``strength * |z|^2 / d``
    radians; a last code without a partner stays. The radius does not change, and on each sphere
    the map is a rotation, so it keeps volumes and every isotropic density; it is not linear.

    Parameters
    ----------
    strength
        The angle at the radius that codes of N(0, I) have on average, in radians.

    Returns
    -------
    Reparametrisation
        The map.

    References
    ----------
    Hyvärinen and Pajunen (1999), Nonlinear independent component analysis: existence and
    uniqueness results, doi:10.1016/S0893-6080(98)00140-3, section 2: such maps exist.

    Examples
    --------
    >>> bend = twist(np.pi)
    >>> bend.forward(np.array([[1.0, 1.0], [0.0, 0.0]])).round(6) + 0
    array([[-1., -1.],
           [ 0.,  0.]])
    """
    return Reparametrisation(
        forward=lambda codes: _turned(codes, strength),
        backward=lambda codes: _turned(codes, -strength),
    )


def turned_in_pairs(codes: Codes, angle: float) -> Codes:
    """Turn codes 0 and 1, 2 and 3, and so on in their plane by one angle.

    Parameters
    ----------
    codes
        The codes, shape (n, d); a last code without a partner stays.
    angle
        The angle, in radians; a quarter turn swaps the partners, up to a sign.

    Returns
    -------
    numpy.ndarray
        Shape (n, d).

    Examples
    --------
    >>> turned_in_pairs(np.array([[1.0, 2.0, 3.0]]), np.pi / 2).round(6)
    array([[-2.,  1.,  3.]])
    """
    return _by(codes, np.full(len(codes), angle))


def _turned(codes: Codes, strength: float) -> Codes:
    return _by(codes, strength * np.square(codes).mean(axis=1))


def _by(codes: Codes, angles: Float[np.ndarray, " samples"]) -> Codes:
    cosine, sine = np.cos(angles)[:, None], np.sin(angles)[:, None]
    last = codes.shape[1] // 2 * 2
    even, odd = codes[:, 0:last:2], codes[:, 1:last:2]
    turned = np.array(codes, dtype=np.float64)
    turned[:, 0:last:2] = cosine * even - sine * odd
    turned[:, 1:last:2] = sine * even + cosine * odd
    return turned
