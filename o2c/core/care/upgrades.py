"""What a migration does to a database at work: which tables it locks against writers while it reads or rewrites them.

Each pending migration is applied in its own transaction, and before that ends PostgreSQL is asked what it holds. A
lock that keeps writers out is harmless while nothing but the catalogue changes (milliseconds); together with a scan or
a rewrite of the table it lasts as long as the table is large. That does not depend on how many rows there are, so a
small copy of a database shows it; docs/upgrading.md says how to write it otherwise.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

# Grow with the business: nothing may hold their writers up.
BIG = {
    "invoicing_entry", "invoicing_posting", "invoicing_openitem", "invoicing_itemnumber", "invoicing_allocation",
    "invoicing_receipt",
    "collections_decision", "collections_notice", "collections_noticeline", "collections_task", "collections_activity",
    "core_message", "core_outboxevent", "orders_customer", "orders_account", "orders_contact",
    "orders_customerevent", "orders_accountevent", "orders_contactevent",
}  # fmt: skip
# Modes that conflict with ROW EXCLUSIVE, which every writer takes (PostgreSQL, 13.3.1).
KEEPS_WRITERS_OUT = {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}
# How long a migration waits for a lock before it gives up: while it waits, everybody behind it waits too.
LOCK_TIMEOUT = "5s"


@dataclass
class Seen:
    """What was observed of one migration. `locked`: table → strongest modes; `scanned` and `rewritten`: tables."""

    migration: str
    seconds: float = 0.0
    locked: dict[str, list[str]] = field(default_factory=dict)
    scanned: list[str] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)

    def findings(self, big: set[str] = BIG) -> list[str]:
        """What would hold up the writers of a large table."""
        found = [f"{table} is rewritten" for table in self.rewritten if table in big]
        for table, modes in self.locked.items():
            if table in big and table in self.scanned and table not in self.rewritten:
                found.append(f"{table} is read through under {modes[-1]}")
        return sorted(found)

    def as_json(self) -> dict:
        return {
            "migration": self.migration,
            "seconds": round(self.seconds, 3),
            "locked": self.locked,
            "rewritten": self.rewritten,
            "findings": self.findings(),
        }


FILES = """
    SELECT c.oid::bigint, c.relname, pg_relation_filenode(c.oid) FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'm')
"""
SCANS = "SELECT relid::bigint, seq_scan FROM pg_stat_xact_user_tables"
# The check of a new foreign key may read the table by an index, which counts as no scan.
FOREIGN_KEYS = "SELECT oid::bigint, conrelid::bigint FROM pg_constraint WHERE contype = 'f' AND convalidated"
LOCKS = """
    SELECT relation::bigint, array_agg(DISTINCT mode) FROM pg_locks
    WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted GROUP BY relation
"""


def _rows(question: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()


def watch(name: str, work: Callable[[], None]) -> Seen:
    """Do a piece of work inside the current transaction and tell what it holds of the tables that were there before."""
    there = {oid: (table, file) for oid, table, file in _rows(FILES)}
    scans = dict(_rows(SCANS))
    keys = dict(_rows(FOREIGN_KEYS))
    began = time.monotonic()
    work()
    seen = Seen(name, time.monotonic() - began)
    files = {oid: file for oid, _table, file in _rows(FILES)}
    for oid, modes in _rows(LOCKS):
        strong = sorted(set(modes) & KEEPS_WRITERS_OUT, key=sorted(KEEPS_WRITERS_OUT).index)
        if oid in there and strong:
            seen.locked[there[oid][0]] = strong
    read = {oid for oid, count in _rows(SCANS) if (count or 0) > (scans.get(oid) or 0)}
    read |= {table for key, table in _rows(FOREIGN_KEYS) if key not in keys}
    seen.scanned = sorted(there[oid][0] for oid in read if oid in there)
    seen.rewritten = sorted(table for oid, (table, file) in there.items() if oid in files and files[oid] != file)
    return seen


def apply_pending() -> Iterator[Seen]:
    """Apply what is pending, one migration at a time, and tell of each what it held.

    A migration that is not atomic (indexes made CONCURRENTLY) commits as it goes: of it only rewriting is seen.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    state = executor._create_project_state(with_applied_migrations=True)
    for migration, _backwards in plan:
        name = f"{migration.app_label}.{migration.name}"
        if migration.atomic:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")

                def work(migration=migration):
                    nonlocal state
                    with connection.schema_editor(atomic=True) as editor:
                        state = migration.apply(state, editor)
                    executor.record_migration(migration)

                seen = watch(name, work)
        else:
            before = {table: file for _oid, table, file in _rows(FILES)}
            began = time.monotonic()
            with connection.schema_editor(atomic=False) as editor:
                state = migration.apply(state, editor)
            executor.record_migration(migration)
            seen = Seen(name, time.monotonic() - began)
            after = {table: file for _oid, table, file in _rows(FILES)}
            seen.rewritten = sorted(table for table in before if table in after and after[table] != before[table])
        yield seen
