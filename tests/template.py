"""A migrated, empty database that each test session copies: migrating takes many seconds, copying one."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from psycopg2 import Error

from o2c import ROOT
from o2c.core.services.postgres import USER, Postgres
from o2c.core.services.processes import locked

# Whatever a migration is made of: when one of these changes, the template is made anew.
MADE_OF = ("*/migrations/*.py", "*/sql/*", "o2c/*/migrations/*.py", "o2c/*/sql/*", "requirements/runtime.txt")


def fingerprint() -> str:
    files = sorted({path for pattern in MADE_OF for path in ROOT.glob(pattern) if path.is_file()})
    content = hashlib.sha256()
    for path in files:
        content.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return content.hexdigest()[:12]


def migrated(postgres: Postgres) -> str:
    """The name of the template database; made here if the migrations have changed since the last time."""
    name = f"template_o2c_{fingerprint()}"
    with (
        locked(postgres.instance.run / "template.lock"),
        contextlib.closing(postgres.connect("postgres")) as connection,
    ):
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'template\_o2c\_%'")
            existing = {row[0] for row in cursor.fetchall()}
            if name in existing:
                return name
            for old in existing:
                with contextlib.suppress(Error):  # another session copies it right now
                    cursor.execute(f'DROP DATABASE "{old}"')
            draft = "template_o2c_draft"
            cursor.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{draft}"')
            migrate(f"postgres://{USER}@/{draft}?host={quote(str(postgres.sockets))}&port=5432", postgres.instance.run)
            cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    return name


def migrate(url: str, run: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url, "SECRET_KEY": "of no value", "O2C_RUN_DIR": str(run)},
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the migrations fail on an empty database:\n{done.stderr}")
