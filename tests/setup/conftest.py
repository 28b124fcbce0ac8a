"""Instances of their own for the tests that start, kill and stop servers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from o2c import ROOT
from o2c.core.services import Instance
from o2c.core.services.commands import Servers

OURS = ("O2C_", "DATABASE_", "REDIS_", "SECRET_", "SMTP_", "DJANGO_")


def plain_environment(**values: object) -> dict[str, str]:
    """The environment without anything that configures o2c, and then with these."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return plain | {name: str(value) for name, value in values.items()}


def python(*words: object, **values: object) -> subprocess.CompletedProcess:
    """Run this Python in the project and wait for its end."""
    command = [sys.executable, *(str(word) for word in words)]
    return subprocess.run(command, cwd=ROOT, env=plain_environment(**values), capture_output=True, text=True)


@pytest.fixture
def make_servers(tmp_path) -> Callable[..., Servers]:
    """Make an instance in a folder; its servers are stopped and its files removed at the end."""
    made = []

    def make(folder: str | Path = "run", *, scratch: bool = True) -> Servers:
        run = Path(os.path.realpath(tmp_path / folder))
        servers = Servers(Instance(run, scratch=scratch), environ={})
        made.append(servers)
        return servers

    yield make
    for servers in made:
        servers.down()
        shutil.rmtree(servers.instance.sockets, ignore_errors=True)
        if servers.postgres.home != servers.instance.run:
            shutil.rmtree(servers.postgres.home)
        shutil.rmtree(servers.instance.run, ignore_errors=True)
