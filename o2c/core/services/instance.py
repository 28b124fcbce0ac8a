"""One run folder and the servers in it."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from o2c import ROOT
from o2c.core.environment import Environment

# A Unix socket's address holds 107 bytes; PostgreSQL's longest file name in it is ".s.PGSQL.5432.lock".
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")


class ServiceFailed(Exception):
    """A server could not be started or stopped; the message says what to look at."""


@dataclass(frozen=True)
class Instance:
    """A run folder: everything one installation keeps. Two folders share nothing.

    A scratch instance (tests) trades durability for speed: it may lose data when the machine stops. With a
    `wal_archive` every change of the database is also streamed into that folder, and unless `wal_waits` is off a
    commit returns when it is on both disks; see docs/backup.md.
    """

    run: Path
    scratch: bool = False
    wal_archive: Path | None = None
    wal_waits: bool = True

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> Instance:
        """The instance that the environment names: O2C_RUN_DIR, else `.run` in the project."""
        env = Environment(environ)
        run = env.path("O2C_RUN_DIR", ROOT / ".run")
        archive = env.text("O2C_WAL_ARCHIVE")
        return cls(
            Path(os.path.realpath(run)),
            scratch=env.flag("O2C_SCRATCH", False),
            wal_archive=Path(os.path.realpath(Path(archive).expanduser())) if archive else None,
            wal_waits=env.flag("O2C_WAL_WAITS", True),
        )

    @cached_property
    def key(self) -> str:
        """A short name of the folder, for what cannot live inside it."""
        return hashlib.sha256(os.fsencode(self.run)).hexdigest()[:16]

    @cached_property
    def sockets(self) -> Path:
        """Where the servers listen: inside the run folder, or in a short private folder when that path is too long."""
        inside = self.run / "sockets"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
            return inside
        base = "/tmp" if os.access("/tmp", os.W_OK | os.X_OK) else tempfile.gettempdir()  # noqa: S108 checked below
        return Path(base) / f"o2c-{os.geteuid()}-{self.key}"

    @property
    def lock(self) -> Path:
        return self.run / "services.lock"

    @property
    def logs(self) -> Path:
        return self.run / "logs"

    @property
    def secret_file(self) -> Path:
        return self.run / "secret"

    def secret(self) -> str:
        """The signing secret of an instance that is given none; kept from the first start on."""
        try:
            return self.secret_file.read_text().strip()
        except FileNotFoundError:
            # Nothing has run here yet; a command that needs no server (check, help) does with a passing one.
            return secrets.token_urlsafe(48)

    def prepare(self) -> None:
        """Make the folders, private to whoever runs this, and the secret."""
        self.run.mkdir(parents=True, exist_ok=True)
        owner = self.run.stat().st_uid
        if os.geteuid() not in {0, owner}:
            raise ServiceFailed(f"{self.run} belongs to user {owner}. Set O2C_RUN_DIR to a folder of your own.")
        for folder in (self.logs, self.sockets):
            folder.mkdir(mode=0o700, exist_ok=True)
        seen = self.sockets.lstat()
        if seen.st_uid not in {os.geteuid(), owner} or self.sockets.is_symlink() or seen.st_mode & 0o022:
            raise ServiceFailed(f"{self.sockets} is not private to this user; remove it and start again.")
        if not self.secret_file.exists():
            draft = self.run / f"secret.{os.getpid()}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
            draft.rename(self.secret_file)
