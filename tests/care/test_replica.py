"""The drill: a streaming replica of the embedded server, read by heavy reads while it keeps up and only then."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from psycopg2 import Error

from o2c.core import replica
from o2c.core.environment import database
from o2c.core.models import Role
from o2c.core.services import Instance
from o2c.core.services.postgres import Postgres
from o2c.core.services.processes import alive, locked, wait_until
from o2c.core.services.walarchive import client_environment
from o2c.invoicing import aging
from o2c.invoicing.models import OpenItem
from tests.given import DAY

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "replica"])


class Replica:
    """A second server that follows the tests' own, started by the same starter."""

    def __init__(self, primary: Postgres, run: Path) -> None:
        self.primary = primary
        self.postgres = Postgres(Instance(run, scratch=True))
        self.postgres.instance.prepare()
        draft = self.postgres.find_home() / "postgres.draft"
        subprocess.run(
            [
                str(primary.programs / "pg_basebackup"), f"--pgdata={draft}", "--write-recovery-conf",
                "--checkpoint=fast", "--no-sync",
            ],
            env=client_environment(primary, "o2c_replica"), check=True, capture_output=True,
        )  # fmt: skip
        self.postgres.adopt(draft)
        self.start()

    def start(self) -> None:
        with locked(self.postgres.instance.lock):
            self.postgres.start()

    def kill(self) -> None:
        """Kill it with all its servers, each of which is a group of its own and may answer a moment longer."""
        pid = self.postgres.pid()
        servers = psutil.Process(pid).children(recursive=True)
        os.killpg(os.getpgid(pid), signal.SIGKILL)
        for server in servers:
            with contextlib.suppress(psutil.NoSuchProcess):
                server.kill()
        psutil.wait_procs(servers, timeout=20)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
        wait_until(lambda: alive(pid) is None, seconds=20)

    def ask(self, question: str):
        with contextlib.closing(self.postgres.connect("postgres")) as link:
            link.autocommit = True
            with link.cursor() as cursor:
                cursor.execute(question)
                return cursor.fetchone() if cursor.description else None

    def address(self, name: str) -> dict:
        return database("DATABASE_REPLICA_URL", f"postgres://o2c@/{name}?host={quote(str(self.postgres.sockets))}")


@pytest.fixture(scope="module")
def second(services, django_db_setup, tmp_path_factory):
    if not services.postgres:
        pytest.skip("the tests' server is not the embedded one")
    run = Path(os.path.realpath(tmp_path_factory.mktemp("replica"))) / "run"
    made = Replica(services.postgres, run)
    yield made
    made.postgres.stop()
    shutil.rmtree(made.postgres.instance.sockets, ignore_errors=True)
    if made.postgres.home != run:
        shutil.rmtree(made.postgres.home)
    shutil.rmtree(run.parent, ignore_errors=True)


@pytest.fixture(scope="module", autouse=True)
def named(second):
    """Django knows the replica as DATABASE_REPLICA_URL makes it; what empties the tables between tests passes it by."""
    own = {**second.address(connection.settings_dict["NAME"]), "TEST": {"MIRROR": "default"}}
    known = connections.configure_settings({"default": connections.settings["default"], "replica": own})
    connections.settings["replica"] = known["replica"]
    yield
    connections["replica"].close()
    del connections["replica"]
    del connections.settings["replica"]


@pytest.fixture
def followed(transactional_db, second, monkeypatch, settings):
    """The replica, running, looked at anew for every read, and read however slow this machine makes it."""
    monkeypatch.setattr(replica, "_seen", replica._Seen())
    monkeypatch.setattr(replica, "LOOKS_EVERY", 0.0)
    settings.O2C_REPLICA_MAX_LAG = 3600
    if not second.postgres.pid():
        second.start()
    yield second
    with contextlib.suppress(Error):
        second.ask("SELECT pg_wal_replay_resume()")
    connections["replica"].close()


def reads_from_a_replica() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        return cursor.fetchone()[0]


def catch_up(followed: Replica) -> None:
    """Wait until the replica is read and has all that is written so far.

    So far is one position: other sessions write to the same server all the while, and after a kill it replays what
    they wrote since its last restart point.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()")
        written = cursor.fetchone()[0]
    wait_until(lambda: followed.ask(f"SELECT pg_last_wal_replay_lsn() >= '{written}'") == (True,), seconds=300)
    wait_until(replica.usable, seconds=20)


def test_heavy_reads_go_to_the_replica_and_all_else_does_not(given, followed):
    given.open_item("100.00 EUR")
    assert not reads_from_a_replica()
    catch_up(followed)
    with replica.reading() as alias:
        assert alias == "replica"
        assert reads_from_a_replica()
        assert OpenItem.objects.count() == 1
        shown = aging.aging(DAY, by="customer")
    assert not reads_from_a_replica()
    assert shown == aging.aging(DAY, by="customer")
    assert OpenItem.objects.using(replica.alias()).db == "replica"


def test_the_replica_refuses_writes(given, followed):
    given.entity()
    catch_up(followed)
    with replica.reading(), pytest.raises(DatabaseError, match="read-only"):
        given.customer()
    given.customer()


def test_inside_a_transaction_it_sees_what_was_just_written(given, followed):
    catch_up(followed)
    with transaction.atomic():
        given.open_item("100.00 EUR")
        with replica.reading() as alias:
            assert alias == "default"
            assert OpenItem.objects.count() == 1


def test_a_replica_that_lags_is_not_read_until_it_has_caught_up(given, followed, settings, caplog):
    catch_up(followed)
    settings.O2C_REPLICA_MAX_LAG = 0
    followed.ask("SELECT pg_wal_replay_pause()")
    wait_until(lambda: followed.ask("SELECT pg_get_wal_replay_pause_state()") == ("paused",), seconds=20)
    given.open_item("100.00 EUR")
    with caplog.at_level(logging.WARNING), replica.reading() as alias:
        assert alias == "default"
        assert OpenItem.objects.count() == 1
    assert "'why': 'lags'" in caplog.text
    followed.ask("SELECT pg_wal_replay_resume()")
    settings.O2C_REPLICA_MAX_LAG = 3600
    catch_up(followed)
    with replica.reading():
        assert OpenItem.objects.count() == 1


def test_a_replica_that_is_killed_is_replaced_by_the_primary_also_in_mid_reading(given, followed, caplog):
    given.open_item("100.00 EUR")
    catch_up(followed)
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    catch_up(followed)
    followed.ask("CHECKPOINT")  # it begins again here, and not at what it was copied from
    read_from = []

    def count() -> int:
        read_from.append(reads_from_a_replica())
        if len(read_from) == 1:
            followed.kill()
        return OpenItem.objects.count()

    with caplog.at_level(logging.WARNING):
        assert replica.read(count) == 1
    assert read_from == [True, False]
    assert "'why': 'broke_off'" in caplog.text
    with replica.reading() as alias:
        assert alias == "default"
    assert "'why': 'does_not_answer'" in caplog.text
    followed.start()
    catch_up(followed)
    assert replica.read(reads_from_a_replica) is True


def test_a_server_of_its_own_is_no_replica(given, followed, monkeypatch):
    given.open_item("100.00 EUR")
    for key in ("HOST", "PORT", "NAME", "USER"):
        monkeypatch.setitem(connections["replica"].settings_dict, key, connection.settings_dict[key])
    assert replica.usable() is False


def test_without_a_replica_nothing_changes(given, monkeypatch):
    monkeypatch.setattr(replica, "_seen", replica._Seen())
    monkeypatch.setattr(replica, "REPLICA", "no_such_name")
    given.open_item("100.00 EUR")
    assert replica.usable() is False
    assert replica.alias() == "default"
    assert replica.read(OpenItem.objects.count) == 1


def test_the_dashboard_ageing_and_statements_are_read_from_it(client, given, followed):
    """What the pages show is there, and the replica has answered for it."""
    customer = given.open_item("100.00 EUR").customer
    client.force_login(given.user("reader", Role.AUDITOR))
    catch_up(followed)
    for address in ("/", "/aging/", f"/customers/{customer.pk}/statement.csv"):
        with CaptureQueriesContext(connections["replica"]) as seen:
            response = client.get(address)
            content = b"".join(response) if response.streaming else response.content
        assert response.status_code == 200, address
        assert content
        assert len(seen) > 1, f"{address} was read from the primary"  # more than the look at its lag
