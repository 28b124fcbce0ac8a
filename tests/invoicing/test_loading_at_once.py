"""Two loads at once, and loads that are killed: each item once, nothing half-written."""

import json
import os
import signal
import subprocess
import sys
import threading
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection, connections

from o2c.core.models import ImportRun
from o2c.invoicing.models import Allocation, Entry, OpenItem, Posting, Receipt
from o2c.invoicing.proof import proof
from o2c.orders.models import Customer
from tests.imports.files_given import ITEM_COLUMNS, ROOT, Loader, counts

MAP = {"columns": {**ITEM_COLUMNS, "settled_on": "Paid on"}, "currency": "EUR", "create_customers": True}
TABLES = (Customer, Entry, OpenItem, Posting, Receipt, Allocation, ImportRun)


def file_of(rows: int, prefix: str = "") -> str:
    lines = ["Customer;Invoice;Issued;Due;Amount;Paid on"]
    lines += [
        f"C{n % 50};{prefix}{n};2026-01-02;2026-02-01;{n + 1}.50;{'2026-02-03' if n % 3 else ''}" for n in range(rows)
    ]
    return "\n".join(lines)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sources", [("erp", "erp"), ("erp", "shop")])
def test_two_loads_at_once(given, tmp_path, sources):
    """Of the same source one waits and finds everything there; of two sources both book, and share customers."""
    given.entity()
    answers: dict[int, dict] = {}
    start = threading.Barrier(2)

    def run(index: int):
        folder = tmp_path / str(index)
        folder.mkdir()
        try:
            start.wait(timeout=30)
            answers[index] = Loader(folder).items(file_of(400), {**MAP, "source": sources[index]})
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    created = sorted(counts(answer)[0] for answer in answers.values())
    assert created == ([0, 400] if sources[0] == sources[1] else [400, 400])
    assert OpenItem.objects.filter(kind="invoice").count() == sum(created)
    assert Customer.objects.count() == 50
    assert proof() == []


def environment() -> dict[str, str]:
    """For a process of its own, on the test's database."""
    database = settings.DATABASES["default"]
    name, user, host = (quote(str(connection.settings_dict[key]), safe="") for key in ("NAME", "USER", "HOST"))
    port = f"&port={database['PORT']}" if database.get("PORT") else ""
    password = f":{quote(database['PASSWORD'], safe='')}" if database.get("PASSWORD") else ""
    return os.environ | {
        "DATABASE_URL": f"postgres://{user}{password}@/{name}?host={host}{port}",
        "SECRET_KEY": "for this test only",
        "DJANGO_SETTINGS_MODULE": "o2c.settings",
    }


@pytest.mark.django_db(transaction=True)
def test_a_killed_load_leaves_nothing_and_the_next_one_completes(given, tmp_path):
    given.entity()
    file, mapping = tmp_path / "items.csv", tmp_path / "map.json"
    file.write_text(file_of(3_000))
    mapping.write_text(json.dumps(MAP))
    command = [sys.executable, "manage.py", "load", "open-items", str(file), "--map", str(mapping), "--json"]
    for statement in ("COPY import_row", "INSERT INTO invoicing_allocation"):
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        backend = doing(statement, process)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
        gone(backend)
        assert [model.__name__ for model in TABLES if model.objects.exists()] == []
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120)
    assert counts(json.loads(done.stdout)) == (3_000, 0, 0, 0), done.stderr
    assert OpenItem.objects.filter(kind="invoice").count() == 3_000
    assert proof() == []


def doing(statement: str, process: subprocess.Popen) -> int:
    """The backend that runs such a statement for the load, as soon as one does."""
    while process.poll() is None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
                " AND pid <> pg_backend_pid() AND strpos(query, %s) > 0",
                [statement],
            )
            if row := cursor.fetchone():
                return row[0]
    pytest.fail(f"The load ended before it was seen at {statement}: {process.communicate()[0]}")


def gone(backend: int) -> None:
    """Come back when the server has noticed that the process is dead."""
    there = True
    while there:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid = %s)", [backend])
            there = cursor.fetchone()[0]
