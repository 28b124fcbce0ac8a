"""The processes of a running installation and their command lines: the one place that knows them.

`manage.py serve web`, `… worker` and `… beat` become these programs; the supervisor of `make demo` and
docker-compose.yml start exactly those commands.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from o2c import ROOT
from o2c.core.environment import Environment
from o2c.core.services.instance import Instance

ROLES = ("web", "worker", "beat")


def serve(role: str) -> list[str]:
    """The command that starts a role, relative to the project."""
    return ["manage.py", "serve", role]


def address(environ: Mapping[str, str] = os.environ) -> tuple[str, int]:
    """Where the web process listens."""
    env = Environment(environ)
    return env.text("O2C_BIND", "127.0.0.1"), env.number("O2C_PORT", 8000)


def program(role: str, environ: Mapping[str, str] = os.environ) -> list[str]:
    """What `manage.py serve <role>` turns into."""
    env = Environment(environ)
    level = env.text("O2C_LOG_LEVEL", "INFO").lower()
    celery = [sys.executable, "-m", "celery", "--app", "o2c.celery"]
    if role == "web":
        host, port = address(environ)
        words = ["o2c.wsgi:application", "--bind", f"[{host}]:{port}" if ":" in host else f"{host}:{port}"]
        words += [
            "--workers",
            str(env.number("O2C_WEB_WORKERS", 2)),
            "--threads",
            str(env.number("O2C_WEB_THREADS", 4)),
        ]
        words += ["--timeout", "60", "--graceful-timeout", "15", "--max-requests", "10000"]
        words += ["--max-requests-jitter", "1000", "--log-level", "warning" if level == "info" else level]
        words += ["--preload"]  # one copy of the code in memory, shared by the workers
        words += ["--no-control-socket", "--chdir", str(ROOT)]
        words += ["--logger-class", "o2c.core.care.gunicorn.RoutedLogger"]
        if Path("/dev/shm").is_dir():  # noqa: S108 gunicorn's heartbeat must not wait for a disk
            words += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
        return [sys.executable, "-m", "gunicorn", *words]
    if role == "worker":
        words = ["--concurrency", str(env.number("O2C_WORKERS", 2)), "--loglevel", level]
        return [*celery, "worker", *words, "--without-gossip", "--without-mingle"]
    if role == "beat":
        return [*celery, "beat", "--loglevel", level, "--pidfile="]
    raise ValueError(f"no such role: {role}")


def become(role: str) -> NoReturn:
    """Turn this process into the role's program."""
    words = program(role)
    os.chdir(ROOT)
    os.environ["O2C_ROLE"] = role
    if role == "web":
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(clean_metrics_folder(Instance.of().run))
    if role == "beat":
        (Instance.of().run / "beat").mkdir(parents=True, exist_ok=True)
    os.execv(words[0], words)  # noqa: S606 the words are ours


def clean_metrics_folder(run: Path) -> Path:
    """An empty folder in which the web processes of this machine count together (prometheus-client's own form).

    What a former life counted is dropped, as a restart does to any counter.
    """
    folder = run / f"metrics-{socket.gethostname()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    return folder
