"""Web, worker and beat together: they start, fall, are killed and stop as one."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from o2c import ROOT
from o2c.core.services import ServiceFailed
from o2c.core.services.processes import Waited, wait_until
from o2c.core.services.supervisor import MARK, clear_away_leftovers, free_port
from tests.setup.conftest import plain_environment


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def supervised(run: Path) -> dict[str, list[psutil.Process]]:
    """The processes that work for the run folder, by role."""
    found: dict[str, list[psutil.Process]] = {"web": [], "worker": [], "beat": []}
    words = {"gunicorn": "web", "worker": "worker", "beat": "beat"}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == str(run):
                line = process.cmdline()
                role = next((role for word, role in words.items() if word in line), None)
                if role:
                    found[role].append(process)
    return found


class Life:
    """One `manage.py serve` from its start to its end."""

    def __init__(self, environ: dict[str, str], said: Path) -> None:
        self.said, self.port = said, int(environ["O2C_PORT"])
        with said.open("wb") as output:
            command = [sys.executable, "manage.py", "serve"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output)

    def text(self) -> str:
        return self.said.read_text()

    def wait_for(self, words: str) -> None:
        def said_or_over() -> bool:
            return words in self.text() or self.process.poll() is not None

        with contextlib.suppress(Waited):
            wait_until(said_or_over, seconds=600)
        assert words in self.text(), self.text()

    def status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status

    def read(self, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().read().decode()

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=180)


@pytest.fixture
def begin(make_servers, tmp_path):
    servers = make_servers()
    run = servers.instance.run
    environ = plain_environment(O2C_RUN_DIR=run, O2C_SCRATCH=1, O2C_PORT=unused_port(), O2C_HASHED_STATIC=0)
    lives = []

    def begin() -> Life:
        lives.append(Life(environ, tmp_path / f"life-{len(lives)}.txt"))
        return lives[-1]

    begin.servers, begin.run = servers, run
    yield begin
    for life in lives:
        if life.process.poll() is None:
            life.end(signal.SIGTERM)
    clear_away_leftovers(run)


def test_a_life_with_a_fall_a_kill_of_everything_and_a_clean_end(begin):
    first = begin()
    first.wait_for(f"o2c runs at http://127.0.0.1:{first.port}/")
    assert first.status("/healthz") == 200

    # Nobody can sign in yet: the address of the first administrator is told, with a token that the page knows.
    first.wait_for("/setup/first/?token=")
    told = first.text().partition("/setup/first/?token=")[2].split()[0]
    assert first.read(f"/setup/first/?token={told}").count('type="hidden" name="token"') == 1
    assert first.read("/setup/first/?token=guessed").count('type="hidden" name="token"') == 0

    # A second one is refused and disturbs nothing.
    second = begin()
    assert second.process.wait(timeout=300) == 1
    assert "this instance runs already" in second.text()
    assert first.status("/healthz") == 200

    # A role that falls is started again.
    fallen = supervised(begin.run)["beat"][0]
    fallen.kill()
    first.wait_for("beat ended with -9; starting it again")
    wait_until(lambda: [p for p in supervised(begin.run)["beat"] if p.pid != fallen.pid], seconds=300)

    # Everything is killed: supervisor, servers, and half of the rest; what is left is found and stopped.
    left = supervised(begin.run)
    servers = [begin.servers.postgres.pid(), begin.servers.valkey.pid()]
    for pid in [first.process.pid, *servers, *(p.pid for p in left["worker"])]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    first.process.wait(timeout=10)
    orphans = [p for p in left["web"] if p.is_running()]
    assert orphans
    third = begin()
    third.wait_for("o2c runs at")
    assert "left over from a life that was killed" in third.text()
    assert third.status("/healthz") == 200
    assert not [p for p in orphans if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]

    # Ctrl-C: nothing stays behind.
    assert third.end(signal.SIGINT) == 0
    assert third.text().rstrip().endswith("o2c: stopped")
    assert supervised(begin.run) == {"web": [], "worker": [], "beat": []}
    assert (begin.servers.postgres.pid(), begin.servers.valkey.pid()) == (0, 0)
    with pytest.raises(OSError, match="refused"):
        third.status("/healthz")


def test_a_taken_port_is_named_with_the_way_to_another():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServiceFailed, match=rf"port {port} .* taken by another program.*O2C_PORT={port + 1} make"):
            free_port("127.0.0.1", port)
    free_port("127.0.0.1", port)


def test_processes_of_other_folders_are_nobodys_leftovers(tmp_path):
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | {MARK: str(tmp_path / "run-2")})
    mine = subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | {MARK: str(tmp_path / "run")})
    try:
        # A new process shows its parent's environment until it has become its program.
        wait_until(lambda: psutil.Process(mine.pid).environ().get(MARK) == str(tmp_path / "run"), seconds=10)
        clear_away_leftovers(tmp_path / "run")
        assert mine.poll() is not None
        assert other.poll() is None
    finally:
        other.communicate()
