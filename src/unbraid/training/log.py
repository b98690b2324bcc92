"""The log of a training: ``train.jsonl``, one line per interval."""

import json
from pathlib import Path

from unbraid.core.errors import StoreError
from unbraid.core.files import write_text

Line = dict[str, float | list[float]]


class Log:
    """The lines of a training, kept in memory and, where there is a file, in it too.

    Parameters
    ----------
    path
        The file, or None.

    Examples
    --------
    >>> log = Log(None)
    >>> log.append({"step": 10, "loss": 3.5})
    >>> log.lines[-1]["loss"]
    3.5
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.lines: list[Line] = []

    def append(self, line: Line) -> None:
        """Add a line.

        Parameters
        ----------
        line
            Numbers and lists of numbers by name; ``step`` is among them.

        Raises
        ------
        StoreError
            If the file cannot be written.
        """
        self.lines.append(line)
        if self.path is None:
            return
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, allow_nan=False) + "\n")
        except OSError as error:
            raise StoreError(f"cannot write {self.path}", got=error.strerror) from error

    def rewind(self, step: int) -> None:
        """Forget what was logged after a step, and take up what the file holds up to it.

        Parameters
        ----------
        step
            The last step to keep; 0 for an empty log.

        Raises
        ------
        StoreError
            If the file cannot be read or written.
        """
        if self.path is None:
            return
        try:
            text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        except OSError as error:
            raise StoreError(f"cannot read {self.path}", got=error.strerror) from error
        lines = [line for line in map(_parsed, text.splitlines()) if line is not None]
        self.lines = [line for line in lines if line["step"] <= step]  # type: ignore[operator]
        write_text(self.path, "".join(json.dumps(line) + "\n" for line in self.lines))


def _parsed(text: str) -> Line | None:
    # A kill can leave half a line.
    try:
        line: Line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and "step" in line else None
