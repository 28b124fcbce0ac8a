"""Whether this installation can work: each check's state, how old what it looked at is, and how old it may be."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import Error, connection, transaction
from django.db.migrations.loader import MigrationLoader

from o2c.core.care import broker, heartbeat
from o2c.core.models import OutboxEvent
from o2c.core.outbox import MOST_ATTEMPTS

log = structlog.get_logger("o2c.ready")

OK, LATE, FAILED, UNKNOWN = "ok", "late", "failed", "unknown"
# Seconds. A worker says every ten that it lives, beat ticks every five minutes.
WORKER_LIMIT, BEAT_LIMIT, OUTBOX_LIMIT = 60, 15 * 60, 15 * 60
PATIENCE = "2s"  # for one look at the database


@dataclass(frozen=True)
class Check:
    """`needed`: without it no page can be answered, so this process takes no visitors."""

    name: str
    needed: bool
    state: str
    age: float | None = None
    limit: int | None = None

    def as_json(self) -> dict:
        age = None if self.age is None else round(self.age, 1)
        return {"state": self.state, "needed": self.needed, "age": age, "limit": self.limit}


@dataclass(frozen=True)
class Readiness:
    checks: list[Check]

    @property
    def ready(self) -> bool:
        return all(check.state == OK for check in self.checks if check.needed)

    @property
    def healthy(self) -> bool:
        return all(check.state == OK for check in self.checks)

    def as_json(self) -> dict:
        """Names, states and ages; nothing of what a check has read."""
        status = "ready" if self.healthy else "degraded" if self.ready else "not ready"
        return {"status": status, "checks": {check.name: check.as_json() for check in self.checks}}


def readiness() -> Readiness:
    checks = [look("database", database)]
    reachable = checks[0].state == OK
    for name, check in (("migrations", migrations), ("beat", beat), ("outbox", outbox)):
        checks.append(look(name, check) if reachable else Check(name, name == "migrations", UNKNOWN))
    checks.append(look("broker", reaches_broker))
    reachable = checks[-1].state == OK
    checks.append(look("worker", worker) if reachable else Check("worker", False, UNKNOWN))
    return Readiness(checks)


NEEDED = {"database", "migrations", "broker"}


def look(name: str, check: Callable[[], tuple[str, float | None, int | None]]) -> Check:
    """Do a check; whatever error it meets is a failed check, and its class goes to the log."""
    try:
        return Check(name, name in NEEDED, *check())
    except (Error, broker.Unreachable, OSError) as error:
        log.warning("ready.failed", check=name, exc_info=error)
        return Check(name, name in NEEDED, FAILED)


def in_time(age: float | None, limit: int) -> tuple[str, float | None, int]:
    return (UNKNOWN if age is None else OK if age <= limit else LATE), age, limit


def database() -> tuple[str, float | None, int | None]:
    began = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
        cursor.execute("SELECT 1")
    return OK, time.monotonic() - began, None


_migrated = False


def migrations() -> tuple[str, float | None, int | None]:
    """Whether the database has all that this version of the code needs. What is applied stays applied."""
    global _migrated
    if not _migrated:
        loader = MigrationLoader(connection)
        _migrated = all(leaf in loader.applied_migrations for leaf in loader.graph.leaf_nodes())
    return (OK if _migrated else FAILED), None, None


def _one(sql: str, *values) -> float | None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
        cursor.execute(sql, values)
        row = cursor.fetchone()
    return None if row is None or row[0] is None else max(0.0, float(row[0]))


def beat() -> tuple[str, float | None, int | None]:
    """How long ago a worker began beat's last tick."""
    age = _one("SELECT extract(epoch FROM now() - started_at) FROM core_heartbeat WHERE part = %s", heartbeat.PART)
    return in_time(age, BEAT_LIMIT)


def outbox() -> tuple[str, float | None, int | None]:
    """How long the oldest event waits that is still to be handled; those that failed too often wait for a person."""
    table = OutboxEvent._meta.db_table
    age = _one(
        f"SELECT extract(epoch FROM now() - min(created_at)) FROM {table} WHERE done_at IS NULL AND attempts < %s",  # noqa: S608
        MOST_ATTEMPTS,
    )
    return in_time(age or 0.0, OUTBOX_LIMIT)


def reaches_broker() -> tuple[str, float | None, int | None]:
    began = time.monotonic()
    broker.ping()
    return OK, time.monotonic() - began, None


def worker() -> tuple[str, float | None, int | None]:
    """How long ago any worker said that it lives."""
    return in_time(min(broker.workers().values(), default=None), WORKER_LIMIT)
