"""Streams every change of the embedded PostgreSQL into a second folder, so that losing its own loses no commit.

`pg_receivewal` follows the server through a replication slot and writes the same log to the archive. The server waits
for it: a commit returns when it is on both disks (O2C_WAL_WAITS=0: it does not wait, and the last moments may be lost
with the data folder). While the receiver is down, commits wait; the supervisor starts it again within seconds.

Folders: `<archive>/<system>/<line>/`. A *line* is one life of the database in one run folder: a restored database
writes to a new one, and what was archived before stays as it is.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2

from o2c.core.services.instance import ServiceFailed
from o2c.core.services.processes import Waited, pid_in, wait_until, works_in

if TYPE_CHECKING:
    from o2c.core.services.postgres import Postgres

SLOT = "o2c_archive"


@dataclass(frozen=True)
class WalArchive:
    postgres: Postgres

    @property
    def folder(self) -> Path:
        return self.postgres.instance.wal_archive

    @property
    def waited_for(self) -> str:
        """PostgreSQL's synchronous_standby_names."""
        return f'"{SLOT}"' if self.postgres.instance.wal_waits else ""

    @property
    def pid_file(self) -> Path:
        return self.postgres.instance.run / "walreceiver.pid"

    @property
    def line_file(self) -> Path:
        return line_file(self.postgres.instance.run)

    @property
    def log(self) -> Path:
        return self.postgres.instance.logs / "walreceiver.log"

    def receives(self) -> bool:
        pid = pid_in(self.pid_file)
        try:
            return bool(pid) and works_in(pid, "pg_receivewal", Path(self.line_file.read_text().strip()))
        except FileNotFoundError:
            return False

    def is_waited_for(self) -> bool:
        """Whether the running server was started with this archive."""
        return self._ask("SELECT current_setting('synchronous_standby_names')") == self.waited_for

    def receive(self) -> None:
        """Start the receiver unless it runs; comes back when it follows. The caller holds the instance's lock."""
        if self.receives():
            return
        line = self._line()
        self._ask(
            "SELECT count(pg_create_physical_replication_slot(%s, true)) FROM (SELECT 1) one"
            " WHERE NOT EXISTS (SELECT 1 FROM pg_replication_slots WHERE slot_name = %s)",
            SLOT,
            SLOT,
        )
        words = [self.postgres.programs / "pg_receivewal", "--directory=.", f"--slot={SLOT}", "--synchronous"]
        with self.log.open("ab") as log:
            receiver = subprocess.Popen(
                [*map(str, words), "--no-loop"],
                cwd=line, env=client_environment(self.postgres, SLOT), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.pid_file.write_text(str(receiver.pid))
        follows = "SELECT count(*) FROM pg_stat_replication WHERE application_name = %s AND state = 'streaming'"
        with contextlib.suppress(Waited):
            wait_until(lambda: receiver.poll() is not None or self._ask(follows, SLOT), seconds=60)
            if receiver.poll() is None:
                return
        said = self.log.read_text(errors="replace").splitlines()[-5:]
        raise ServiceFailed("The change log cannot be archived to {}:\n{}".format(self.folder, "\n".join(said)))

    def _line(self) -> Path:
        """The folder that this life of the database writes to."""
        system = self._ask("SELECT system_identifier FROM pg_control_system()")
        with contextlib.suppress(FileNotFoundError):
            line = Path(self.line_file.read_text().strip())
            if line.parent == self.folder / str(system):
                line.mkdir(parents=True, exist_ok=True, mode=0o700)
                return line
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        line = self.folder / str(system) / f"{now}-{secrets.token_hex(3)}"
        try:
            line.mkdir(parents=True, mode=0o700)
        except OSError as refusal:
            raise ServiceFailed(f"O2C_WAL_ARCHIVE cannot be written to: {refusal}") from None
        self.line_file.write_text(str(line))
        return line

    def _ask(self, question: str, *values):
        with contextlib.closing(self.postgres.connect("postgres")) as connection:
            connection.autocommit = True
            try:
                with connection.cursor() as cursor:
                    cursor.execute(question, values or None)
                    row = cursor.fetchone()
            except psycopg2.Error as error:
                raise ServiceFailed(f"The change log cannot be archived: {error}") from None
        return row[0] if row else None


def line_file(run: Path) -> Path:
    """Names the folder that this life of the database streams to; without it a new line begins."""
    return run / "wal-line"


def client_environment(postgres: Postgres, name: str) -> dict[str, str]:
    """What PostgreSQL's own programs need to reach the server; `name` is how they show there."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "O2C_"))}
    address = postgres.address()
    return clean | {
        "PGHOST": address["HOST"],
        "PGPORT": address["PORT"],
        "PGUSER": address["USER"],
        "PGAPPNAME": name,
    }
