"""What made a result: versions, machine, seeds, data, command, time."""

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from unbraid.core.values import Dataset

# Whose versions can change a number.
_PACKAGES = ("unbraid", "numpy", "scipy", "scikit-learn", "numba", "torch")


def provenance(
    *,
    started: datetime,
    dataset: Dataset | None = None,
    seeds: Mapping[str, int] | None = None,
    command: Sequence[str] | None = None,
) -> dict[str, object]:
    """Return what made a result, ready to be written as JSON; call it when the work is done.

    Parameters
    ----------
    started
        When the work began, with a time zone.
    dataset
        The data that was used.
    seeds
        The seeds by purpose.
    command
        The words of the command; those of this process by default.

    Returns
    -------
    dict
        ``command, started, ended, seconds, seeds, dataset, versions, machine, commit``.

    Examples
    --------
    >>> said = provenance(started=datetime.now(UTC), seeds={"run": 0}, command=["unbraid", "run"])
    >>> said["command"], said["seeds"], "numpy" in said["versions"]
    ('unbraid run', {'run': 0}, True)
    """
    ended = datetime.now(UTC)
    return {
        "command": shlex.join(command if command is not None else _own_command()),
        "started": started.astimezone(UTC).isoformat(timespec="seconds"),
        "ended": ended.isoformat(timespec="seconds"),
        "seconds": round((ended - started).total_seconds(), 3),
        "seeds": dict(seeds or {}),
        "dataset": _data(dataset),
        "versions": versions(),
        "machine": machine(),
        "commit": commit(Path(__file__).parent),
    }


def versions() -> dict[str, str | None]:
    """Return the versions of what can change a number, without importing any of it.

    Returns
    -------
    dict
        The version of Python and of each package; None where it is not installed.

    Examples
    --------
    >>> versions()["python"] == platform.python_version()
    True
    """
    return {"python": platform.python_version()} | {name: _version(name) for name in _PACKAGES}


def machine() -> dict[str, object]:
    """Return what the machine is, without its name.

    Returns
    -------
    dict
        ``system``, ``processor``, ``architecture`` and the number of usable ``cores``.

    Examples
    --------
    >>> machine()["cores"] >= 1
    True
    """
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "architecture": platform.machine(),
        "cores": _cores(),
    }


def commit(folder: Path) -> str | None:
    """Return the commit of the checkout that a folder is in.

    Parameters
    ----------
    folder
        The folder.

    Returns
    -------
    str or None
        The commit, with ``+changes`` where files differ from it; None outside a checkout.
    """
    head = _git(folder, "rev-parse", "HEAD")
    # A package installed in some other project's checkout is not that project.
    if head is None or _git(folder, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return f"{head}+changes" if changed else head


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _own_command() -> list[str]:
    return [Path(sys.argv[0]).name, *sys.argv[1:]]


def _data(dataset: Dataset | None) -> dict[str, object] | None:
    if dataset is None:
        return None
    return {
        "name": dataset.name,
        "source": dataset.source,
        "fingerprint": dataset.fingerprint,
        "shape": list(dataset.images.shape),
        "factor_names": list(dataset.factor_names),
        "factor_sizes": list(dataset.factor_sizes),
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        said = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or "unknown"
    named = (line.split(":", 1)[1].strip() for line in said.splitlines() if "model name" in line)
    return next(named, platform.processor() or "unknown")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
