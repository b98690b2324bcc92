"""How the loops of this room are compiled: once on a machine, and kept beside the sources."""

import logging

from numba import njit
from numba.core import event

__all__ = ["kernel"]

kernel = njit(cache=True, nogil=True, error_model="numpy")


class _Once(event.Listener):
    """Says that compiling has begun, for it takes longer than most of what is computed then."""

    said = False

    def on_start(self, event: event.Event) -> None:  # noqa: ARG002 (numba calls it by name)
        if not self.said:
            logging.getLogger("unbraid").info("compiling, once on this machine: up to a minute")
        self.said = True

    def on_end(self, event: event.Event) -> None:
        """Ask for nothing: numba calls both."""


event.register("numba:compile", _Once())  # type: ignore[no-untyped-call]
