"""Bringing an instance back from a backup, and onwards through the archived change log to the last commit or a moment.

Nothing is deleted: what stood there before is moved aside (`postgres.before-…`) and named in the answer.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from o2c.core.care.backup import Backup, BackupFailed, dump_environment, dump_program, verify
from o2c.core.services.commands import Servers
from o2c.core.services.instance import Instance, ServiceFailed
from o2c.core.services.postgres import Postgres
from o2c.core.services.processes import locked, try_lock, wait_until
from o2c.core.services.walarchive import line_file

SEGMENT = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial)?\Z")
HISTORY = re.compile(r"[0-9A-F]{8}\.history\Z")
SEGMENT_BYTES = 16 * 1024 * 1024


@dataclass
class Restored:
    """What a restore did."""

    backup: Path
    until: str
    segments: int = 0
    last_commit: datetime | None = None
    kept: list[str] = field(default_factory=list)

    def as_json(self) -> dict:
        return {
            "backup": str(self.backup),
            "until": self.until,
            "wal_segments": self.segments,
            "last_commit": self.last_commit and self.last_commit.isoformat(),
            "kept": self.kept,
        }


def refuse_if_in_use(instance: Instance, *, force: bool) -> None:
    """Raises BackupFailed where something would be overwritten, or runs."""
    if instance.run.exists():
        with (instance.run / "supervisor.lock").open("a") as lock:
            if not try_lock(lock):
                raise BackupFailed(f"The product runs on {instance.run}. Stop it first (Ctrl-C, or its service).")
    postgres = Postgres(instance)
    if force:
        return
    if postgres.pid():
        raise BackupFailed(f"PostgreSQL runs on {postgres.data}. Stop it (manage.py services down), or say --force.")
    if postgres.data.exists() and any(postgres.data.iterdir()):
        raise BackupFailed(
            f"{postgres.data} holds a database. Name an empty O2C_RUN_DIR, or say --force: it is moved aside then."
        )


def restore_instance(
    instance: Instance, backup: Backup, media: Path, *, at: datetime | None = None, force: bool = False
) -> Restored:
    """Restore the embedded database and the files, and leave the servers running.

    Replays the change log of O2C_WAL_ARCHIVE, and what a damaged data folder still has of it, up to the last commit or
    to `at`. Raises BackupFailed; the instance is then as it was.
    """
    if backup.manifest["kind"] != "base":
        raise BackupFailed("This backup is a dump: it restores into the server that DATABASE_URL names.")
    refuse_if_in_use(instance, force=force)
    verify(backup)
    if at and at < backup.finished_at:
        raise BackupFailed(f"This backup was finished at {backup.finished_at.isoformat()}; restore an older one.")
    # While it recovers, nothing is archived and nothing waits for an archive.
    quiet = replace(instance, wal_archive=None)
    servers = Servers(quiet, environ={})
    postgres = servers.postgres
    servers.down()
    quiet.prepare()
    result = Restored(backup.folder, at.isoformat() if at else "latest")
    with locked(instance.lock):
        draft = _unpack(postgres, backup)
        aside = _move_aside(postgres.data, result)
        try:
            result.segments = _bring_log(postgres, backup, instance, draft, aside)
            _ask_for_recovery(draft, at)
            postgres.adopt(draft)
            postgres.start()
            _await_recovery(postgres, result)
        except BaseException as failure:
            _put_back(postgres, aside)
            if isinstance(failure, ServiceFailed):
                raise BackupFailed(_why(str(failure), at)) from None
            raise
        _move_aside(servers.valkey.data, result)
        _restore_files(instance, backup, media)
        for passing in ("migrated", line_file(instance.run).name):
            (instance.run / passing).unlink(missing_ok=True)
        if instance.wal_archive:
            postgres.stop()
    return result


def restore_dump(backup: Backup, instance: Instance, media: Path, database: dict, *, force: bool) -> Restored:
    """Load a dump into the database of DATABASE_URL, which must be empty; with `force` its tables are replaced."""
    if backup.manifest["kind"] != "dump":
        raise BackupFailed("This is a backup of an embedded database: restore it without DATABASE_URL.")
    verify(backup)
    options = ["--no-owner", "--no-privileges"]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "database.sql"
        _run([dump_program("pg_restore"), *options, f"--file={script}", str(backup.folder / "database.dump")], database)
        # All in one transaction. The schema goes as a whole: dropping table by table fails at partitions' own keys.
        emptied = ["--command=DROP SCHEMA public CASCADE", "--command=CREATE SCHEMA public"] if force else []
        quiet = ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
        _run([dump_program("psql"), *quiet, *emptied, f"--file={script}", f"--dbname={database['NAME']}"], database)
    _restore_files(instance, backup, media)
    return Restored(backup.folder, "latest")


def _run(words: list[str], database: dict) -> None:
    done = subprocess.run(words, env=dump_environment(database), capture_output=True, text=True)
    if done.returncode:
        raise BackupFailed(f"{Path(words[0]).name} failed, nothing was changed: {done.stderr.strip()[-2000:]}")


# Pythons before 3.11.4 know no filters.
SAFELY = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


def _unpack(postgres: Postgres, backup: Backup) -> Path:
    """The base backup as a data folder beside ours, proven whole by PostgreSQL's own manifest."""
    draft = postgres.find_home() / "postgres.restoring"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    base = backup.folder / "base"
    for archive, folder in (("base.tar.gz", draft), ("pg_wal.tar.gz", draft / "pg_wal")):
        with tarfile.open(base / archive) as tar:
            tar.extractall(folder, **SAFELY)  # noqa: S202 our own backup, and verified below
    shutil.copyfile(base / "backup_manifest", draft / "backup_manifest")
    looked = subprocess.run(
        [str(postgres.programs / "pg_verifybackup"), "--quiet", str(draft)], capture_output=True, text=True
    )
    if looked.returncode:
        raise BackupFailed(f"PostgreSQL finds the backup damaged: {looked.stderr.strip()[-1000:]}")
    return draft


def _move_aside(folder: Path, result: Restored) -> Path | None:
    if not folder.exists():
        return None
    aside = folder.with_name(f"{folder.name}.before-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
    while aside.exists():
        aside = aside.with_name(f"{aside.name}x")
    folder.rename(aside)
    result.kept.append(str(aside))
    return aside


def _bring_log(postgres: Postgres, backup: Backup, instance: Instance, draft: Path, aside: Path | None) -> int:
    """Put every later part of the change log that can be found into the draft; the number of parts.

    A complete part from the archive goes first, then what the old data folder has, then an archive's last, incomplete
    one: that is the same part, filled up to where the archive had come.
    """
    first = _position(backup.manifest["wal_from"])
    found: dict[str, Path] = {}
    lines = sorted((instance.wal_archive / backup.manifest["system"]).glob("*/")) if instance.wal_archive else []
    for line in lines:
        for path in sorted(line.iterdir()):
            match = SEGMENT.match(path.name)
            if HISTORY.match(path.name):
                found[path.name] = path
            elif match and _number(match) >= first:
                name = path.name.removesuffix(".partial")
                if not match[4] or name not in found:
                    found[name] = path
    if aside and _system_of(postgres, aside) == backup.manifest["system"]:
        for path in (aside / "pg_wal").iterdir():
            match = SEGMENT.match(path.name)
            archived = found.get(path.name)
            better = archived is None or archived.name.endswith(".partial")
            if better and (HISTORY.match(path.name) or (match and not match[4] and _number(match) >= first)):
                found[path.name] = path
    for name, path in found.items():
        shutil.copyfile(path, draft / "pg_wal" / name)
    return sum(1 for name in found if SEGMENT.match(name))


def _number(match: re.Match) -> int:
    return int(match[2], 16) * 0x1_0000_0000 // SEGMENT_BYTES + int(match[3], 16)


def _position(lsn: str) -> int:
    """The number of the part of the log that holds a position such as 0/2000028."""
    high, low = lsn.split("/")
    return (int(high, 16) * 0x1_0000_0000 + int(low, 16)) // SEGMENT_BYTES


def _system_of(postgres: Postgres, data: Path) -> str:
    told = subprocess.run([str(postgres.programs / "pg_controldata"), str(data)], capture_output=True, text=True)
    match = re.search(r"system identifier:\s+(\d+)", told.stdout)
    return match[1] if match else ""


RECOVERY = ("restore_command", "recovery_target_timeline", "recovery_target_time", "recovery_target_action")


def _ask_for_recovery(draft: Path, at: datetime | None) -> None:
    """Everything it may need lies in pg_wal already, so the command that fetches more has nothing to offer."""
    (draft / "recovery.signal").touch()
    lines = ["restore_command = 'false'", "recovery_target_timeline = 'latest'"]
    if at:
        moment = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
        lines += [f"recovery_target_time = '{moment}'", "recovery_target_action = 'promote'"]
    with (draft / "postgresql.auto.conf").open("a") as file:
        file.write("\n".join(["", *lines, ""]))


def _await_recovery(postgres: Postgres, result: Restored) -> None:
    def recovered() -> bool:
        if not postgres.pid():
            raise ServiceFailed(postgres.log.read_text(errors="replace")[-3000:])
        with contextlib.closing(postgres.connect("postgres")) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery(), pg_last_xact_replay_timestamp()")
            still, result.last_commit = cursor.fetchone()
        return not still

    wait_until(recovered, seconds=24 * 3600, every=0.1)
    with contextlib.closing(postgres.connect("postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for name in RECOVERY:
                cursor.execute(f"ALTER SYSTEM RESET {name}")


def _put_back(postgres: Postgres, aside: Path | None) -> None:
    with contextlib.suppress(ServiceFailed):
        postgres.stop()
    shutil.rmtree(postgres.home / "postgres.restoring", ignore_errors=True)
    if postgres.data.exists():
        shutil.rmtree(postgres.data)
    if aside:
        aside.rename(postgres.data)


def _why(said: str, at: datetime | None) -> str:
    if "recovery ended before configured recovery target was reached" in said:
        return f"The change log ends before {at.isoformat()}; leave --at out to restore to its end."
    return f"PostgreSQL could not recover from the backup:\n{said}"


def _restore_files(instance: Instance, backup: Backup, media: Path) -> None:
    """Bring back the files that are missing; one that is there is newer or the same, and stays."""
    with tarfile.open(backup.folder / "files.tar.gz") as tar:
        for member in tar:
            top, _, rest = member.name.partition("/")
            target = (media if top == "media" else instance.run) / rest
            is_secret = member.name == "run/secret"
            if member.isfile() and (is_secret or not target.exists()):
                target.parent.mkdir(parents=True, exist_ok=True)
                draft = target.with_name(f".{target.name}.restoring")
                with tar.extractfile(member) as source, draft.open("wb") as out:
                    shutil.copyfileobj(source, out)
                draft.chmod(0o600 if is_secret else member.mode & 0o777)
                draft.replace(target)
