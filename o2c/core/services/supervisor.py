"""Runs web, worker and beat together on one machine, and stops them together."""

from __future__ import annotations

import contextlib
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from o2c import ROOT
from o2c.core.services.commands import Servers, say
from o2c.core.services.instance import ServiceFailed
from o2c.core.services.processes import Waited, try_lock, wait_until
from o2c.core.services.roles import ROLES, address, serve

# Marks a supervisor's processes, and all they start, with the run folder they work for.
MARK = "O2C_SUPERVISED_RUN"
STEADY = 30  # seconds after which a start counts as good
GIVE_UP_AFTER = 5  # bad starts in a row
GRACE = 25  # seconds that a process has to finish what it does


@dataclass
class Child:
    """One role's process, started again when it falls."""

    role: str
    log: Path
    environ: dict[str, str]
    process: subprocess.Popen | None = None
    started: float = 0.0
    falls: int = 0
    wait_until: float = 0.0

    def start(self) -> None:
        with contextlib.suppress(OSError):
            if self.log.stat().st_size > 20 * 1024 * 1024:
                self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *serve(self.role)],
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A Ctrl-C in the terminal is for the supervisor, which stops its processes in order.
                start_new_session=True,
            )
        self.started = time.monotonic()

    def watch(self) -> None:
        """Start the process again if it fell; give up when it does nothing but fall."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.wait_until:
                self.start()
        elif self.process.poll() is not None:
            self.falls = 1 if now - self.started > STEADY else self.falls + 1
            if self.falls >= GIVE_UP_AFTER:
                raise ServiceFailed(f"{self.role} fell {self.falls} times in a row. It said last:\n{self.last_words()}")
            delay = min(30, 2 ** (self.falls - 1))
            say(f"{self.role} ended with {self.process.returncode}; starting it again in {delay} s ({self.log})")
            self.process, self.wait_until = None, now + delay

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join([*lines[-15:], f"(all of it: {self.log})"])

    def end(self, seconds: float) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        # What it left behind in its session, or all of it when it does not listen.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Supervisor:
    servers: Servers
    greet: Callable[[str], None]
    prepare: Callable[[], None] = lambda: None
    stopping: threading.Event = field(default_factory=threading.Event)
    hurry: bool = False

    def run(self) -> None:
        """Serve until told to stop; what runs embedded is stopped too."""
        run = self.servers.instance.run
        run.mkdir(parents=True, exist_ok=True)
        with (run / "supervisor.lock").open("a+") as lock:
            if not try_lock(lock):
                lock.seek(0)
                raise ServiceFailed(f"this instance runs already ({lock.read().strip()}). Its folder is {run}.")
            lock.truncate(0)
            lock.write(f"process {os.getpid()}, {outside_address()}")
            lock.flush()
            clear_away_leftovers(run)
            # Until everything runs, being told to stop is an interruption like any other.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            try:
                free_port(*address())
                self.servers.up(say)
                self.prepare()
                self._catch_signals()
                self._serve(run)
            finally:
                self._stop_servers()

    def _serve(self, run: Path) -> None:
        logs = self.servers.instance.logs
        logs.mkdir(parents=True, exist_ok=True)
        (run / "beat").mkdir(exist_ok=True)
        environ = os.environ | {MARK: str(run)}
        children = [Child(role, logs / f"{role}.log", environ) for role in ROLES]
        try:
            for child in children:
                child.start()
            self._wait_for_web(children)
            last_look = time.monotonic()
            while not self.stopping.wait(0.25):
                for child in children:
                    child.watch()
                if time.monotonic() - last_look > 2:
                    self.servers.up(say)  # a look when they run
                    last_look = time.monotonic()
        finally:
            say("stopping")
            ends = [threading.Thread(target=child.end, args=[1 if self.hurry else GRACE]) for child in children]
            for end in ends:
                end.start()
            for end in ends:
                end.join()

    def _wait_for_web(self, children: list[Child]) -> None:
        deadline = time.monotonic() + 300
        while not web_answers():
            for child in children:
                child.watch()
            if self.stopping.wait(0.1):
                return
            if time.monotonic() > deadline:
                raise ServiceFailed(f"the web process does not answer. It said last:\n{children[0].last_words()}")
        self.greet(outside_address())

    def _catch_signals(self) -> None:
        def stop(number, frame):
            self.hurry = self.stopping.is_set()
            self.stopping.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)

    def _stop_servers(self) -> None:
        self.servers.down()
        say("stopped")


def outside_address() -> str:
    host, port = address()
    return f"http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else host}:{port}/"  # noqa: S104 compared only


def web_answers() -> bool:
    """Whether the web process answers and reaches its database."""
    host, port = address()
    connection = http.client.HTTPConnection({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port, timeout=5)  # noqa: S104
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port(host: str, port: int) -> None:
    """Raise, saying what to do, when another program listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as refusal:
            if refusal.errno not in {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL}:
                raise
            why = "is taken by another program" if refusal.errno == errno.EADDRINUSE else f"cannot be used ({refusal})"
            raise ServiceFailed(
                f"port {port} on {host} {why}. Choose another one, for example:  O2C_PORT={port + 1} make demo"
            ) from None


def clear_away_leftovers(run: Path) -> None:
    """Stop what a killed supervisor of this run folder left behind; the caller holds the supervisor's lock.

    A process counts only if it carries our mark with this very folder, so nobody else's is touched.
    """
    mine = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    left = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid not in mine and process.environ().get(MARK) == str(run):
                left.append(process)
    if not left:
        return
    say(f"stopping {len(left)} processes left over from a life that was killed")
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    for process in psutil.wait_procs(left, timeout=5)[1]:
        with contextlib.suppress(psutil.Error):
            process.kill()
    try:
        wait_until(lambda: not any(process.is_running() for process in left), seconds=10)
    except Waited:
        raise ServiceFailed(f"processes {[process.pid for process in left]} cannot be stopped") from None
