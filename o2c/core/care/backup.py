"""Copies of everything an installation keeps: its database as PostgreSQL's own base backup, its files, its secret.

A backup is a folder named by its time. It appears under that name only when it is whole, and its manifest names every
file in it with its SHA-256; `o2c.core.care.restoring` believes nothing else. docs/backup.md says what is lost when.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from o2c.core.services.instance import Instance, ServiceFailed
from o2c.core.services.postgres import Postgres, installed_programs
from o2c.core.services.processes import locked
from o2c.core.services.walarchive import client_environment

FORMAT = 1
MANIFEST = "manifest.json"
STAMP = "%Y%m%dT%H%M%SZ"
# In a run folder, but not worth keeping: servers' own data (the database is copied in its own way, and the queue holds
# nothing that cannot be made again), sockets, locks, logs, and what says which of them is in use.
LEFT_OUT = {
    "postgres", "valkey", "sockets", "logs", "beat", "backups", "migrated", "wal-line", "walreceiver.pid",
}  # fmt: skip


class BackupFailed(Exception):
    """No backup was made, or it cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class Backup:
    """A whole backup: its folder and what its manifest says."""

    folder: Path
    manifest: dict

    @property
    def finished_at(self) -> datetime:
        return datetime.fromisoformat(self.manifest["finished_at"])


def instance_backup(instance: Instance, to: Path, media: Path) -> Backup:
    """Back up an instance with its embedded, running PostgreSQL into a new folder in `to`."""
    postgres = Postgres(instance)
    with locked(instance.run / "backup.lock"):
        draft, began = _begin(to)
        try:
            environ = client_environment(postgres, "o2c_backup")
            _run(
                [
                    postgres.programs / "pg_basebackup", f"--pgdata={draft / 'base'}", "--format=tar",
                    "--compress=gzip:1", "--wal-method=stream", "--checkpoint=fast", "--manifest-checksums=SHA256",
                    "--no-password",
                ],
                environ,
            )  # fmt: skip
            base = json.loads((draft / "base" / "backup_manifest").read_text())
            facts = {
                "kind": "base",
                "system": str(base["System-Identifier"]),
                "wal_from": base["WAL-Ranges"][0]["Start-LSN"],
                "postgres": (postgres.data / "PG_VERSION").read_text().strip(),
            }
            _copy_files(instance, media, draft / "files.tar.gz")
            return _finish(draft, began, facts)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise


def dump_backup(instance: Instance, to: Path, media: Path, database: dict) -> Backup:
    """Back up a database that is not ours by pg_dump, and the files beside it. It restores to this moment only."""
    program = dump_program("pg_dump")
    draft, began = _begin(to)
    try:
        _run(
            [program, "--format=custom", "--no-owner", "--no-privileges", f"--file={draft / 'database.dump'}"],
            dump_environment(database),
        )
        _copy_files(instance, media, draft / "files.tar.gz")
        return _finish(draft, began, {"kind": "dump", "postgres": ".".join(map(str, _version_of(program)))})
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def dump_program(name: str) -> str:
    """pg_dump or pg_restore, the machine's or the embedded server's, whichever is newer: it reads older servers."""
    found = [path for path in [shutil.which(name)] if path]
    with contextlib.suppress(ServiceFailed):
        found.append(str(installed_programs() / name))
    if not found:
        raise BackupFailed(
            f"{name} is not installed. Install PostgreSQL's client programs of the server's version or newer, or use"
            " your provider's snapshots."
        )
    return max(found, key=_version_of)


def dump_environment(database: dict) -> dict[str, str]:
    """libpq's variables for a database of Django's settings; the password stays off the command line."""
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    given = {names[key]: str(database[key]) for key in names if database.get(key)}
    options = {f"PG{key.upper()}": str(value) for key, value in (database.get("OPTIONS") or {}).items()}
    return clean | options | given


def newest(folder: Path, before: datetime | None = None) -> Backup:
    """The backup in a folder, or the newest of those in it (finished before a moment). Raises BackupFailed."""
    if (folder / MANIFEST).exists():
        return read(folder)
    found = [read(manifest.parent) for manifest in sorted(folder.glob(f"[0-9]*/{MANIFEST}"))]
    usable = [backup for backup in found if before is None or backup.finished_at <= before]
    if not usable:
        when = f" that was finished before {before.isoformat()}" if before and found else ""
        raise BackupFailed(f"{folder} holds no whole backup{when}.")
    return max(usable, key=lambda backup: backup.finished_at)


def read(folder: Path) -> Backup:
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        if manifest["format"] != FORMAT:
            raise BackupFailed(f"{folder} was made by another version of o2c (format {manifest['format']}).")
        return Backup(folder, manifest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupFailed(f"{folder / MANIFEST} cannot be read: {type(error).__name__}.") from None


def verify(backup: Backup) -> None:
    """Raises BackupFailed unless the backup's files are exactly those of its manifest."""
    listed = backup.manifest["files"]
    there = {str(path.relative_to(backup.folder)) for path in backup.folder.rglob("*") if path.is_file()} - {MANIFEST}
    if there != set(listed):
        raise BackupFailed(f"{backup.folder} has other files than its manifest: {sorted(there ^ set(listed))[:5]}.")
    for name, facts in listed.items():
        path = backup.folder / name
        if path.stat().st_size != facts["bytes"] or _sha256(path) != facts["sha256"]:
            raise BackupFailed(f"{path} is not the file that was backed up.")


def _begin(to: Path) -> tuple[Path, float]:
    began = time.time()
    draft = to / f".unfinished-{os.getpid()}-{int(began)}"
    try:
        draft.mkdir(parents=True, mode=0o700)
    except OSError as refusal:
        raise BackupFailed(f"{to} cannot be written to: {refusal}.") from None
    return draft, began


def _finish(draft: Path, began: float, facts: dict) -> Backup:
    """Write the manifest, put everything on the disk, and give the folder its name."""
    files = {}
    for path in sorted(path for path in draft.rglob("*") if path.is_file()):
        path.chmod(0o600)
        files[str(path.relative_to(draft))] = {"bytes": path.stat().st_size, "sha256": _sha256(path)}
    manifest = {
        "format": FORMAT,
        "made_at": datetime.fromtimestamp(began, UTC).isoformat(),
        "finished_at": datetime.now(UTC).isoformat(),
        **facts,
        "files": files,
    }
    (draft / MANIFEST).touch(mode=0o600)
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=1))
    for path in [*draft.rglob("*"), draft]:
        _to_disk(path)
    folder = draft.with_name(datetime.fromtimestamp(began, UTC).strftime(STAMP))
    while folder.exists():  # two within a second
        folder = folder.with_name(f"{folder.name}x")
    draft.rename(folder)
    _to_disk(folder.parent)
    return Backup(folder, manifest)


def _copy_files(instance: Instance, media: Path, target: Path) -> None:
    """What the run folder and the folder of files hold besides the servers' data. A file that vanishes is left out."""
    with tarfile.open(target, "w:gz", compresslevel=1) as tar:
        for path in sorted(instance.run.glob("*")):
            passing = path.name.endswith(".lock") or path.name.startswith(("postgres.", "valkey.", "metrics-"))
            if path.name not in LEFT_OUT and not passing and path not in (media, target, *target.parents):
                _add(tar, path, f"run/{path.name}")
        if media.exists():
            _add(tar, media, "media")


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    for inner, label in [(path, name)] if not path.is_dir() else _walk(path, name):
        if inner.is_file() and not inner.is_symlink():
            try:
                tar.add(inner, label, recursive=False)
            except FileNotFoundError:
                continue


def _walk(path: Path, name: str) -> list[tuple[Path, str]]:
    return [(inner, f"{name}/{inner.relative_to(path)}") for inner in sorted(path.rglob("*"))]


def _run(words: list, environ: dict[str, str]) -> None:
    done = subprocess.run([str(word) for word in words], env=environ, capture_output=True, text=True)
    if done.returncode:
        raise BackupFailed(f"{Path(str(words[0])).name} failed: {done.stderr.strip()[-2000:]}")


def _version_of(program: str) -> tuple[int, ...]:
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    return tuple(int(number) for number in re.findall(r"\d+", said)[:2])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
