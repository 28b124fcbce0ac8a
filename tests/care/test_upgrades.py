"""Upgrades with rows: the watch sees what holds writers up, and our own migrations go down and up again."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys

import pytest
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from o2c import ROOT
from o2c.core.care import upgrades
from o2c.invoicing.models import OpenItem

# Versions that were released: from the first migration after them on, no finding is accepted. Nothing is released yet,
# so what stands now is what the first installation begins with.
RELEASED: dict[str, str] = {}
OURS = ("core", "orders", "invoicing", "collections", "analytics")


def watched(*statements: str) -> upgrades.Seen:
    def work():
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        seen = upgrades.watch("tried", work)
        transaction.set_rollback(True)
    return seen


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX tried ON invoicing_openitem (number)",
        "ALTER TABLE invoicing_openitem ADD CONSTRAINT tried CHECK (amount <> 7)",
        "ALTER TABLE invoicing_openitem ADD COLUMN tried uuid NOT NULL DEFAULT gen_random_uuid()",
        "ALTER TABLE invoicing_openitem ALTER COLUMN disputed_on TYPE timestamp",
        "ALTER TABLE invoicing_openitem ALTER COLUMN base_amount SET NOT NULL",
        "ALTER TABLE invoicing_openitem ADD CONSTRAINT tried UNIQUE (id, number)",
        "ALTER TABLE invoicing_openitem ADD CONSTRAINT tried FOREIGN KEY (entry_id) REFERENCES invoicing_entry",
        # The index on upper(number) is built anew.
        "ALTER TABLE invoicing_itemnumber ALTER COLUMN number TYPE varchar(400)",
    ],
    ids=["index", "check", "volatile default", "other type", "not null", "unique", "foreign key", "longer, indexed"],
)
def test_what_holds_up_the_writers_of_a_large_table_is_found(given, statement):
    given.open_item()
    assert watched(statement).findings()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE invoicing_openitem ADD COLUMN tried integer",
        "ALTER TABLE invoicing_openitem ADD COLUMN tried integer NOT NULL DEFAULT 7",
        "ALTER TABLE invoicing_openitem ADD CONSTRAINT tried CHECK (amount <> 7) NOT VALID",
        "ALTER TABLE invoicing_receipt ALTER COLUMN reference TYPE varchar(400)",
        "ALTER TABLE invoicing_openitem ALTER COLUMN source DROP NOT NULL",
        "CREATE INDEX tried ON invoicing_agingbucketset (name)",
        "SELECT count(*) FROM invoicing_openitem",
        "CREATE TABLE tried AS SELECT * FROM invoicing_openitem",
    ],
    ids=["column", "constant default", "check not valid", "longer text", "nullable", "small", "read", "new table"],
)
def test_what_only_touches_the_catalogue_is_not(given, statement):
    given.open_item()
    assert watched(statement).findings() == []


def before_last(loader: MigrationLoader, app: str) -> str:
    """The migration before an app's last one; `zero`, Django's word for none, where there is only one."""
    (leaf,) = loader.graph.leaf_nodes(app)
    names = ["zero", *sorted(name for label, name in loader.graph.nodes if label == app)]
    return names[names.index(leaf[1]) - 1]


@pytest.mark.django_db(transaction=True)
def test_the_latest_migrations_go_down_and_up_on_a_database_with_rows(services, child_environment, given):
    """On a copy of the tests' database: each app's last migration is undone, and all is applied watched."""
    item = given.open_item("100.00 EUR")
    given.pay(item, "40.00 EUR")
    before = list(OpenItem.objects.order_by("pk").values_list("number", "amount", "open_amount"))
    name = connection.settings_dict["NAME"]
    copy = f"{name}_upgraded"
    connection.close()

    def on_server(*statements: str) -> None:
        with contextlib.closing(services.postgres.connect("postgres")) as link:
            link.autocommit = True
            with link.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

    def manage(*words: str) -> str:
        environ = child_environment | {
            "DATABASE_URL": child_environment["DATABASE_URL"].replace(f"/{name}?", f"/{copy}?")
        }
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=900
        )
        assert done.returncode == 0 or words[0] == "upgradecheck", done.stderr
        return done.stdout

    def is_applied(app: str, migration: str) -> bool:
        with contextlib.closing(services.postgres.connect(copy)) as link, link.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations WHERE app = %s AND name = %s", [app, migration])
            return cursor.fetchone() is not None

    on_server(
        # What an earlier test's server in another thread left connected: a database in use cannot be copied.
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'",
        f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)',
        f'CREATE DATABASE "{copy}" TEMPLATE "{name}"',
    )
    try:
        loader = MigrationLoader(None, ignore_no_migrations=True)
        for app in reversed(OURS[1:]):
            # What went down with another app's is left down: going to the one before might bring that one up again.
            if is_applied(app, loader.graph.leaf_nodes(app)[0][1]):
                manage("migrate", app, before_last(loader, app), "--verbosity", "0")
        told = json.loads(manage("upgradecheck", "--json"))
        applied = [each["migration"] for each in told["migrations"]]
        assert {label.split(".")[0] for label in applied} >= set(OURS[1:])
        bad = {
            m: found for m, found in told["findings"].items() if m.split(".")[1] > RELEASED.get(m.split(".")[0], "~")
        }
        assert bad == {}
        assert all(each["seconds"] < 60 for each in told["migrations"])
        assert json.loads(manage("prove", "--json"))["clean"]
        with contextlib.closing(services.postgres.connect(copy)) as link, link.cursor() as cursor:
            cursor.execute("SELECT number, amount, open_amount FROM invoicing_openitem ORDER BY id")
            assert cursor.fetchall() == before
        assert json.loads(manage("upgradecheck", "--json"))["migrations"] == []
    finally:
        on_server(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
