"""The instance that the tests run in: their own servers, so that a demo running beside them is untouched."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode

import django
import pytest

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("O2C_RUN_DIR", str(ROOT / ".run" / "test"))
# A crash of the machine may cost the tests' data; and pages need no collected files.
os.environ.setdefault("O2C_SCRATCH", "1")
os.environ.setdefault("O2C_HASHED_STATIC", "0")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "o2c.settings")
django.setup()


def pytest_make_parametrize_id(val, argname):
    """Content of files by its name: packed files bear the time they were made, and two processes must agree."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items):
    """Two tests of one name count as one where files are dealt out to processes: all but one would never run.

    Those that are made of the API's description lose the operation from theirs with pytest 9.2.
    """
    for item in items:
        name, bracket, params = item.name.partition("[")
        if bracket and item.nodeid.endswith(f"::{name}"):
            item._id = replace(item.id, params=params.removesuffix("]"))
    twice = sorted(name for name, count in Counter(item.nodeid for item in items).items() if count > 1)
    if twice:
        raise pytest.UsageError(f"several tests are called {', '.join(twice[:5])}")


@pytest.fixture(scope="session")
def services():
    """The test instance's servers, running; left running for the next session, unless `make test` started this one."""
    from o2c.core.services import Instance
    from o2c.core.services.commands import Servers

    servers = Servers(Instance.of())
    servers.up()
    yield servers
    if os.environ.get("O2C_TESTS_STOP_SERVICES") and all(free_seats(servers.instance.run)):
        servers.down()


def free_seats(run: Path) -> Iterator[bool]:
    """Whether each seat taken so far is free again."""
    from o2c.core.services.processes import try_lock

    for path in run.glob("seat-*.lock"):
        with path.open("a") as file:
            yield try_lock(file)


@pytest.fixture(scope="session")
def seat(services):
    """A number that no other test session in this instance has: several may run side by side."""
    from o2c.core.services.processes import try_lock

    for number in range(16):
        with (services.instance.run / f"seat-{number}.lock").open("a") as file:
            if try_lock(file):
                yield number
                return
    pytest.exit("Sixteen test sessions already run in this instance.")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(services, seat, queue):
    """Give this session a database of its own, copied from a migrated one, and a cache: what counts who asks too often
    is neither an earlier session's nor a neighbour's."""
    from django.conf import settings
    from django.db import connections

    from tests.template import migrated

    test = connections["default"].settings_dict["TEST"]
    test["NAME"] = f"test_o2c_{seat}"
    if services.postgres:
        test["TEMPLATE"] = migrated(services.postgres)
    settings.CACHES["default"]["LOCATION"] = queue


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Empty the tables between tests by deleting, which is what a few rows are emptied fastest by.

    TRUNCATE makes a new file for each table and index, a thousand of them. A replica makes them over again, and some
    file systems take longer for each the more were removed of late.
    """
    from django.db import connections

    from tests.emptying import statements

    connections["default"].ops.sql_flush = statements


@pytest.fixture(scope="session")
def queue(services, seat):
    """The address of this session's own job queue, which Celery in this process uses too; empty at the start."""
    import redis

    from o2c.celery import app
    from o2c.core.environment import broker

    address = services.valkey.url(seat) if services.valkey else os.environ["REDIS_URL"]
    redis.Redis.from_url(address).flushdb()
    app.conf.broker_url = broker(address)
    return address


@pytest.fixture(scope="session")
def child_environment(django_db_setup, queue) -> dict[str, str]:
    """The environment for processes that a test starts (manage.py, workers): this session's database and queue.

    They see only what is committed, so such a test is marked `django_db(transaction=True)`.
    """
    from django.conf import settings
    from django.db import connection

    database = connection.settings_dict
    address = f"postgres://{quote(database['USER'])}:{quote(database['PASSWORD'])}@/{quote(database['NAME'])}"
    socket = urlencode({"host": database["HOST"], "port": database["PORT"] or 5432})
    own = {"DATABASE_URL": f"{address}?{socket}", "REDIS_URL": queue, "SECRET_KEY": settings.SECRET_KEY}
    return os.environ | own


@pytest.fixture
def given(db):
    """Builds what a test needs in the domain's words; see tests/given.py."""
    from tests.given import Given

    return Given()
