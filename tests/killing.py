"""Programs of ours in processes of their own, on the test's database, and how they are killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]


def environment(run_dir: Path, queue: int = 0) -> dict[str, str]:
    """This test's own database and a queue for itself, seen from another process."""
    database = connection.settings_dict
    broker, _, _ = settings.CELERY_BROKER_URL.partition("?")
    address = f"postgres://{database['USER']}@:{database['PORT']}/{database['NAME']}?host={database['HOST']}"
    return {
        **os.environ,
        "DATABASE_URL": address,
        "REDIS_URL": settings.CELERY_BROKER_URL if not queue else broker.rsplit("/", 1)[0] + f"/{queue}",
        "SECRET_KEY": "for-tests",
        "O2C_RUN_DIR": str(run_dir),
        "SMTP_URL": "",
        "PYTHONPATH": str(ROOT),
    }


def start(program: str, run_dir: Path, **facts) -> subprocess.Popen:
    """Run a Python program."""
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(run_dir, **facts),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_when(reached: Callable[[], bool], process: subprocess.Popen) -> bool:
    """Kill the process as soon as its work is so far; False where it came to its end before."""
    while process.poll() is None:
        if reached():
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return process.returncode == -signal.SIGKILL
        try:
            process.wait(0.005)
        except subprocess.TimeoutExpired:
            continue
    process.communicate()
    return False
