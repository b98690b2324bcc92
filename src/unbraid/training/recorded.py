"""A step of training that a CUDA device repeats without being told each operation again."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

# x, step, learning rate -> what is logged; step and learning rate as numbers or as tensors.
Move = Callable[[Any, Any, Any], Mapping[str, Tensor]]

# Torch asks that some calls precede a recording: they set up libraries and the optimisers' state.
_BEFORE = 3


class Recorded:
    """A step that is recorded at its fourth call, and replayed from then on.

    A small network's step is some hundred short operations, and telling them to a device takes
    longer than they do. A recording is told at once. It knows tensors by their places in memory,
    so what differs from step to step is copied to the same places.

    Parameters
    ----------
    move
        Makes a step. All that it reads or changes lies on the device, and its Python code does
        the same at every step.
    device
        The CUDA device.
    """

    def __init__(self, move: Move, device: torch.device) -> None:
        self.move = move
        self.calls = 0
        self.step, self.rate = torch.zeros(2, device=device)
        self.x: tuple[Tensor, ...] = ()
        self.logged: Mapping[str, Tensor] = {}
        self.graph = torch.cuda.CUDAGraph()

    def __call__(self, x: tuple[Tensor, ...], step: int, rate: float) -> Mapping[str, Tensor]:
        """Make a step.

        Parameters
        ----------
        x
            What is learned from, of the same shapes at each call.
        step
            How many steps were made before this one.
        rate
            The learning rate.

        Returns
        -------
        mapping
            What is logged.
        """
        with torch.cuda.device(self.step.device):
            return self._call(x, step, rate)

    def _call(self, x: tuple[Tensor, ...], step: int, rate: float) -> Mapping[str, Tensor]:
        self.step.fill_(step)
        self.rate.fill_(rate)
        self.calls += 1
        if self.calls <= _BEFORE:
            return self._aside(x)
        if self.calls == _BEFORE + 1:
            self.x = tuple(tensor.clone() for tensor in x)
            with torch.cuda.graph(self.graph):
                self.logged = self.move(self.x, self.step, self.rate)
        for place, tensor in zip(self.x, x, strict=True):
            place.copy_(tensor)
        self.graph.replay()
        return {name: value.clone() for name, value in self.logged.items()}

    def _aside(self, x: tuple[Tensor, ...]) -> Mapping[str, Tensor]:
        # Not on the stream that everything else uses: that one cannot be recorded.
        current, aside = torch.cuda.current_stream(), torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(current)
        with torch.cuda.stream(aside):
            logged = self.move(x, self.step, self.rate)
        current.wait_stream(aside)
        return logged
