"""Checkpoints: all that a training needs to go on as if it had not been interrupted.

A checkpoint is one safetensors file, tensors and a JSON header, written aside and renamed. The
two newest are kept, so that one which was damaged on disk costs an interval and not the run.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from unbraid.core.errors import StoreError
from unbraid.core.files import writing

_KEPT = 2


class Checkpoints:
    """The checkpoints of one training in a folder.

    Parameters
    ----------
    folder
        The folder; it is made when the first checkpoint is written.
    identity
        What is trained on what, by name. A checkpoint of anything else is refused.
    """

    def __init__(self, folder: Path, identity: Mapping[str, object]) -> None:
        self.folder = folder
        self.identity = json.loads(json.dumps(identity, sort_keys=True, default=str))

    def save(self, step: int, tensors: Mapping[str, Tensor], numbers: Mapping[str, float]) -> None:
        """Write a checkpoint and drop all but the newest ones.

        Parameters
        ----------
        step
            How many steps were made.
        tensors
            The tensors by name.
        numbers
            Plain numbers by name.

        Raises
        ------
        StoreError
            If the folder cannot be written.
        """
        header = {"identity": self.identity, "step": step, "numbers": dict(numbers)}
        whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
        with writing(self.folder / f"step-{step:09d}.safetensors") as aside:
            try:
                save_file(whole, aside, metadata={"unbraid": json.dumps(header)})
            except SafetensorError as error:  # a full disk, for one
                raise StoreError(f"cannot write to {self.folder}", got=str(error)) from error
        for old in self._files()[:-_KEPT]:
            old.unlink(missing_ok=True)
        for abandoned in self.folder.glob(".step-*.tmp"):
            abandoned.unlink(missing_ok=True)

    def newest(self) -> tuple[int, dict[str, Tensor], dict[str, float]] | None:
        """Read the newest checkpoint that is whole.

        Returns
        -------
        tuple or None
            The step, the tensors and the numbers; None where there is no checkpoint.

        Raises
        ------
        StoreError
            If it belongs to another training, or there are files and none is whole.
        """
        files = self._files()
        for path in reversed(files):
            try:
                header, tensors = _read(path)
            except (SafetensorError, KeyError, ValueError, OSError):
                continue
            self._check(header["identity"])
            return header["step"], tensors, header["numbers"]
        if files:
            raise StoreError(
                f"no checkpoint in {self.folder} can be read",
                got=f"{len(files)} damaged",
                hint="removing that folder, to start from the first step",
            )
        return None

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("step-*.safetensors"))

    def _check(self, found: dict[str, Any]) -> None:
        if found == self.identity:
            return
        here, there = _flat(self.identity), _flat(found)
        names = sorted(n for n in here.keys() | there.keys() if here.get(n) != there.get(n))
        raise StoreError(
            f"{self.folder} holds checkpoints of another training",
            got=", ".join(f"{name} = {there.get(name)!r}" for name in names[:3]),
            allowed=", ".join(f"{name} = {here.get(name)!r}" for name in names[:3]),
            hint="another folder, or removing that one",
        )


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["unbraid"])
        return header, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, part in value.items():
        flat |= _flat(part, f"{name}.") if isinstance(part, dict) else {prefix + name: part}
    return flat
