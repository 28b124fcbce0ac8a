"""Processes and locks: who is running, is it ours, and only one at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil


class Waited(Exception):
    """What was waited for did not happen in time."""


def wait_until(condition: Callable[[], object], *, seconds: float, every: float = 0.02) -> None:
    """Return as soon as the condition holds; raise Waited when it does not within the time given."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Waited(f"not within {seconds:g} s")
        time.sleep(every)


@contextlib.contextmanager
def locked(path: Path, *, seconds: float = 600) -> Iterator[None]:
    """Hold the lock file. The kernel frees it when its holder dies, however it dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            wait_until(lambda: try_lock(file), seconds=seconds)
        except Waited:
            file.seek(0)
            raise Waited(f"process {file.read().strip() or '?'} has held {path} for {seconds:g} s") from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def try_lock(file) -> bool:
    """Take the lock of an open file if nobody has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def alive(pid: int) -> psutil.Process | None:
    """The process, unless it is gone or only waits to be reaped."""
    with contextlib.suppress(psutil.Error, ValueError):
        process = psutil.Process(pid)
        if process.status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
            return process
    return None


def pid_in(path: Path) -> int:
    """The number on the first line of a pid file; 0 when there is none."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(path.read_text().splitlines()[0])
    return 0


def works_in(pid: int, program: str, folder: Path) -> bool:
    """Whether the process is this program working in this folder, and not a stranger that got an old number."""
    process = alive(pid)
    if process is None:
        return False
    try:
        return program in Path(process.cmdline()[0]).name and Path(process.cwd()) == folder
    except (psutil.Error, IndexError, OSError):
        return False


def stop(pid: int, how: signal.Signals, *, seconds: float) -> bool:
    """Signal the process and wait for its end; False when it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)
    try:
        wait_until(lambda: _reaped(pid), seconds=seconds)
    except Waited:
        return False
    return True


def _reaped(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return alive(pid) is None
