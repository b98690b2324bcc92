"""Runs side by side: each in a process of one thread, which can be stopped at any moment."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

from unbraid.core.errors import RunFailed, UnbraidError, say_cautions
from unbraid.core.progress import Listener, Progress, silent
from unbraid.results.folder import RunFolder
from unbraid.study.execute import check_config, execute, record_failure
from unbraid.study.plan import Run

# Two processes of one thread train faster than one of two threads, and one thread makes the
# result of a seed the same everywhere. The malloc thresholds keep freed pages for the next step.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "2147483648",
}
_SECONDS_TO_STOP = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended.

    Parameters
    ----------
    run
        The run.
    error
        What went wrong, in a line, or None.
    exit_code
        0 for success, otherwise the exit code that the error stands for.

    Examples
    --------
    >>> run = Run(folder=Path("out"), learner="pca", dataset="digits", scores=("mig",))
    >>> Outcome(run=run).exit_code
    0
    """

    run: Run
    error: str | None = None
    exit_code: int = 0


def execute_all(
    runs: Sequence[Run], *, jobs: int | None = None, progress: Listener = silent
) -> tuple[Outcome, ...]:
    """Execute runs in worker processes, some at a time; a failed run stops no other.

    Parameters
    ----------
    runs
        The runs, started in this order.
    jobs
        How many at a time; as many as there are processors if None.
    progress
        Is told of each run's progress; tasks are named ``run: task``.

    Returns
    -------
    tuple of Outcome
        One per run, in the order of the runs.

    Raises
    ------
    InputError
        Before anything starts, if a folder holds a run of other settings.
    KeyboardInterrupt
        After every worker was stopped, if one was pressed; what was finished is on disk.
    """
    for run in runs:
        check_config(run, RunFolder(run.folder))
    jobs = jobs or os.cpu_count() or 1
    waiting = list(runs)
    outcomes: dict[Path, Outcome] = {}
    workers: dict[Connection, _Worker] = {}
    try:
        while waiting or workers:
            while waiting and len(workers) < jobs:
                worker = _start(waiting.pop(0))
                workers[worker.connection] = worker
            for connection in wait(list(workers)):
                assert isinstance(connection, Connection)
                outcome = _hear(workers[connection], progress)
                if outcome is not None:
                    workers.pop(connection).process.join()
                    outcomes[outcome.run.folder] = outcome
    finally:
        _stop(list(workers.values()))
    return tuple(outcomes[run.folder] for run in runs)


@dataclass(frozen=True, slots=True)
class _Worker:
    run: Run
    process: BaseProcess
    connection: Connection


def _start(run: Run) -> _Worker:
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(run, there), daemon=True)
    with _environment(_ENVIRONMENT):
        process.start()
    there.close()
    return _Worker(run, process, here)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _hear(worker: _Worker, progress: Listener) -> Outcome | None:
    try:
        message = worker.connection.recv()
    except EOFError:
        worker.process.join()
        code = worker.process.exitcode or 0
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        reason = f"the worker of {worker.run.name} ended without a word: got {how}"
        if code == -signal.SIGKILL:
            reason += "; try again with fewer jobs, in case memory ran out"
        return Outcome(run=worker.run, error=reason, exit_code=1)
    if isinstance(message, Outcome):
        return message
    progress(replace(message, task=f"{worker.run.name}: {message.task}"))
    return None


def _stop(workers: Sequence[_Worker]) -> None:
    for worker in workers:
        worker.process.terminate()
    for worker in workers:
        worker.process.join(_SECONDS_TO_STOP)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


def _work(run: Run, connection: Connection) -> None:
    # Ctrl-C reaches the whole process group; the parent decides, and says so with SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _interrupt)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    say_cautions(lambda line: sys.stderr.write(f"{run.name}: {line}\n"))
    try:
        outcome = _outcome(run, connection.send)
        connection.send(outcome)
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(130)


def _interrupt(_: int, __: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _outcome(run: Run, send: Callable[[Progress], None]) -> Outcome:
    try:
        execute(run, progress=send)
    except UnbraidError as error:
        record_failure(run, error)
        return Outcome(run=run, error=f"{run.name}: {error}", exit_code=error.exit_code)
    except BrokenPipeError:
        raise  # the parent is gone: nobody hears, and nothing failed
    except Exception as error:  # noqa: BLE001 (a run that fails in any way must not stop the others)
        wrapped = RunFailed(
            f"{run.name} failed in an unforeseen way",
            got=f"{type(error).__name__}: {error}",
            hint=f"the details in {RunFolder(run.folder).trace_file}",
        )
        record_failure(run, error)
        return Outcome(run=run, error=str(wrapped), exit_code=1)
    return Outcome(run=run)
