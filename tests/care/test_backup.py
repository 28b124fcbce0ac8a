"""The drill: back up, go on working, kill -9, lose the disk, restore; and what is lost without the archive.

The tests of one drill share its original: an instance of its own that is dead when they begin.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings

from o2c import ROOT
from o2c.core.care import backup, restoring
from o2c.core.services import Instance
from o2c.core.services.commands import Servers, migrations_fingerprint
from o2c.core.services.postgres import Postgres
from o2c.core.services.processes import alive, wait_until
from o2c.core.services.walarchive import client_environment
from tests.setup.conftest import plain_environment
from tests.template import migrated

# Runs in a process of its own: books items, each its own commit, and says when the last batch began.
BOOK = """
import os, sys, django
from o2c.core.services import ready
ready()
django.setup()
from datetime import datetime, UTC
from tests.given import Given
from o2c.orders.models import Customer
given = Given()
customer = Customer.objects.filter(number="C1").first() or given.customer("C1")
for name, count in zip(sys.argv[1::2], sys.argv[2::2]):
    began = datetime.now(UTC).isoformat()
    for number in range(int(count)):
        item = given.open_item("100.00 EUR", customer=customer, number=f"{name}-{number}")
        if number % 2:
            given.pay(item)
print(began)
"""
SHOW = "SELECT count(*) FILTER (WHERE number LIKE 'before-%'), count(*) FILTER (WHERE number LIKE 'after-%')," \
       " count(*) FILTER (WHERE number LIKE 'later-%') FROM invoicing_openitem"  # fmt: skip


class Place:
    """A run folder, the commands run in it, and its database looked at from outside."""

    def __init__(self, run: Path, archive: Path | None = None) -> None:
        self.run = run
        self.environ = plain_environment(
            O2C_RUN_DIR=run, DJANGO_SETTINGS_MODULE="o2c.settings", **({"O2C_WAL_ARCHIVE": archive} if archive else {})
        )
        self.servers = Servers(Instance.of(self.environ), self.environ)

    def python(self, *words: object) -> subprocess.CompletedProcess:
        command = [sys.executable, *map(str, words)]
        return subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=300)

    def manage(self, *words: object) -> dict:
        done = self.python("manage.py", *words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refuses(self, *words: object) -> str:
        done = self.python("manage.py", *words, "--json")
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    def book(self, *batches: object) -> datetime:
        """Book batches, each a name and a number of items; when the last one began."""
        done = self.python("-c", BOOK, *batches)
        assert done.returncode == 0, done.stderr
        return datetime.fromisoformat(done.stdout.strip())

    def items(self) -> tuple[int, ...]:
        with contextlib.closing(self.servers.postgres.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(SHOW)
            return cursor.fetchone()

    def kill(self) -> None:
        """kill -9 of PostgreSQL, with all its children."""
        pid = self.servers.postgres.pid()
        group = os.getpgid(pid)
        os.killpg(group, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
        wait_until(lambda: alive(pid) is None, seconds=20)

    def remove(self) -> None:
        self.servers.down()
        shutil.rmtree(self.servers.instance.sockets, ignore_errors=True)
        if self.servers.postgres.home != self.run:
            shutil.rmtree(self.servers.postgres.home, ignore_errors=True)
        shutil.rmtree(self.run, ignore_errors=True)


def migrated_copy(source: Postgres, place: Place) -> None:
    """Begin the place's database as a copy of the tests' migrated template: migrating takes many seconds."""
    template = migrated(source)
    place.servers.instance.prepare()
    draft = place.servers.postgres.find_home() / "postgres.draft"
    subprocess.run(
        [str(source.programs / "pg_basebackup"), f"--pgdata={draft}", "--checkpoint=fast", "--no-sync"],
        env=client_environment(source, "o2c_copy"), check=True, capture_output=True,
    )  # fmt: skip
    place.servers.postgres.adopt(draft)
    place.servers.up()
    with contextlib.closing(place.servers.postgres.connect("postgres")) as link:
        link.autocommit = True
        with link.cursor() as cursor:
            others = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname NOT IN ('postgres', %s)"
            cursor.execute(others, [template])
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            cursor.execute(f'ALTER DATABASE "{template}" RENAME TO o2c')
    (place.run / "migrated").write_text(migrations_fingerprint())


@pytest.fixture(scope="module")
def drill(services, tmp_path_factory):
    """Backed up with 4 items; 6 more, and then 3 more, were committed with the archive on; then its disk was lost."""
    folder = Path(os.path.realpath(tmp_path_factory.mktemp("drill")))
    place = Place(folder / "original run", folder / "archive")
    place.archive, place.backups = folder / "archive", folder / "backups"
    try:
        if services.postgres:
            migrated_copy(services.postgres, place)
        place.book("before", 4)
        (place.run / "mail").mkdir()
        (place.run / "mail" / "one.eml").write_text("a message")
        (place.run / "files").mkdir()
        (place.run / "files" / "scan.pdf").write_bytes(b"%PDF")
        place.secret = (place.run / "secret").read_text()
        place.made = place.manage("backup", "--to", place.backups)
        place.between = place.book("after", 6, "later", 3)
        assert place.items() == (4, 6, 3)
        place.kill()
        shutil.rmtree(place.servers.postgres.data)
        yield place
    finally:
        place.remove()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def another(drill, tmp_path):
    """An empty place to restore to."""
    made = []

    def make(name: str = "run", archive: Path | None = None) -> Place:
        made.append(Place(tmp_path / name, archive))
        return made[-1]

    yield make
    for place in made:
        place.remove()


def test_nothing_committed_is_lost_with_the_disk(drill):
    restored = drill.manage("restore", "--from", drill.backups)
    assert drill.items() == (4, 6, 3)
    assert restored["proof"] == {"clean": True, "rules": restored["proof"]["rules"], "findings": []}
    assert restored["wal_segments"] >= 1
    assert datetime.fromisoformat(restored["last_commit"]) >= drill.between


@pytest.mark.soak
def test_what_was_restored_is_archived_and_restored_again(drill):
    """A second disaster, after a life on a second line of the archive."""
    if not drill.servers.postgres.data.exists():
        drill.manage("restore", "--from", drill.backups)
    drill.book("later", 2)
    assert drill.items() == (4, 6, 5)
    drill.kill()
    shutil.rmtree(drill.servers.postgres.data)
    drill.manage("restore", "--from", drill.made["backup"])
    assert drill.items() == (4, 6, 5)


@pytest.mark.soak
def test_a_moment_is_restored_without_what_came_after(drill, another):
    place = another(archive=drill.archive)
    restored = place.manage("restore", "--from", drill.backups, "--at", drill.between.isoformat())
    assert place.items() == (4, 6, 0)
    assert restored["proof"]["clean"]


@pytest.mark.soak
def test_files_and_secret_come_back(drill, another):
    place = another()
    place.manage("restore", "--from", drill.backups)
    assert (place.run / "mail" / "one.eml").read_text() == "a message"
    assert (place.run / "files" / "scan.pdf").read_bytes() == b"%PDF"
    assert (place.run / "secret").read_text() == drill.secret
    assert (place.run / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.soak
def test_without_the_archive_it_is_the_moment_of_the_backup_unless_the_disk_survived(drill, another):
    place = another()
    place.manage("restore", "--from", drill.backups)
    assert place.items() == (4, 0, 0)
    place.book("later", 7)
    place.kill()
    assert "holds a database" in place.refuses("restore", "--from", drill.backups)
    restored = place.manage("restore", "--from", drill.backups, "--force")
    assert place.items() == (4, 0, 7)
    assert restored["proof"]["clean"]
    assert any("postgres.before-" in kept for kept in restored["kept"])
    assert all(Path(kept).exists() for kept in restored["kept"])


@pytest.mark.soak
def test_a_moment_before_the_backup_or_after_the_end_is_refused_and_changes_nothing(drill, another):
    place = another(archive=drill.archive)
    assert "no whole backup" in place.refuses("restore", "--from", drill.backups, "--at", "2020-01-01")
    assert "ends before" in place.refuses("restore", "--from", drill.backups, "--at", "2099-01-01")
    assert not place.servers.postgres.data.exists()
    assert place.servers.postgres.pid() == 0


@pytest.mark.soak
def test_a_running_database_is_not_restored_over(services, tmp_path, drill):
    place = Place(services.instance.run)
    assert "PostgreSQL runs" in place.refuses("restore", "--from", drill.backups)
    assert services.postgres.answers()


@pytest.mark.parametrize("damage", ["changed", "cut", "missing", "added", "no manifest"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(drill, another, tmp_path, damage):
    copy = tmp_path / "copy"
    shutil.copytree(drill.made["backup"], copy)
    base = copy / "base" / "base.tar.gz"
    if damage == "changed":
        content = bytearray(base.read_bytes())
        content[len(content) // 2] ^= 1
        base.write_bytes(content)
    elif damage == "cut":
        base.write_bytes(base.read_bytes()[:-1])
    elif damage == "missing":
        base.unlink()
    elif damage == "added":
        (copy / "base" / "more").touch()
    else:
        (copy / backup.MANIFEST).unlink()
    place = another()
    with pytest.raises(backup.BackupFailed, match=r"is not the file|other files than its manifest|no whole backup"):
        restoring.restore_instance(place.servers.instance, backup.newest(copy), place.run / "files")
    assert not place.run.exists() or not place.servers.postgres.data.exists()


def test_an_unfinished_backup_is_none(tmp_path):
    (tmp_path / ".unfinished-1-1").mkdir()
    with pytest.raises(backup.BackupFailed, match="no whole backup"):
        backup.newest(tmp_path)


def test_a_backup_is_private_and_names_every_file(drill):
    folder = Path(drill.made["backup"])
    whole = backup.read(folder)
    backup.verify(whole)
    assert set(whole.manifest["files"]) == {
        "base/backup_manifest", "base/base.tar.gz", "base/pg_wal.tar.gz", "files.tar.gz",
    }  # fmt: skip
    assert {
        path.stat().st_mode & 0o077 for path in [folder, *folder.rglob("*")] if path.is_file() or path == folder
    } == {0}


@pytest.mark.django_db(transaction=True)
def test_a_database_elsewhere_is_dumped_and_loaded(services, child_environment, given, tmp_path):
    """With DATABASE_URL: the session's own database is dumped, emptied, and loaded again."""
    given.pay(given.open_item("100.00 EUR"))
    place = Place(tmp_path / "run")
    place.environ = child_environment | {"O2C_RUN_DIR": str(tmp_path / "run")}
    made = place.manage("backup", "--to", tmp_path / "backups")
    assert made["kind"] == "dump"
    with contextlib.closing(services.postgres.connect("postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE IF EXISTS loaded_again")
            cursor.execute("CREATE DATABASE loaded_again")
    address = child_environment["DATABASE_URL"].replace(settings.DATABASES["default"]["NAME"], "loaded_again")
    place.environ["DATABASE_URL"] = address
    restored = place.manage("restore", "--from", tmp_path / "backups")
    assert restored["proof"]["clean"]
    with contextlib.closing(services.postgres.connect("loaded_again")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT sum(amount) FROM invoicing_receipt")
        assert cursor.fetchone() == (100,)
    assert "nothing was changed" in place.refuses("restore", "--from", tmp_path / "backups")
    assert place.manage("restore", "--from", tmp_path / "backups", "--force")["proof"]["clean"]
    with contextlib.closing(services.postgres.connect("postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE loaded_again WITH (FORCE)")
