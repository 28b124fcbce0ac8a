"""Parts of the regular work: one at a time across all machines, and each one's failure is its own and seen."""

import time
from collections.abc import Callable
from contextlib import contextmanager

import structlog
from django.db import connection
from django.db.models import F, QuerySet

from o2c.core import clock
from o2c.core.models import Heartbeat

log = structlog.get_logger()

BUSY = "busy"


@contextmanager
def alone(part: str):
    """Yields whether nobody else does this part now, and keeps others out while it is so.

    The lock is the connection's: a process that dies gives it up at once.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('heartbeat'), hashtext(%s))", [part])
        mine = cursor.fetchone()[0]
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('heartbeat'), hashtext(%s))", [part])


def run(part: str, work: Callable[[], dict | None]) -> dict:
    """Do a part unless somebody else is doing it, and write down how it went; its error is logged, not raised.

    Answers {"busy": true}, {"error": …} or what the work answered.
    """
    with alone(part) as mine:
        if not mine:
            return {BUSY: True}
        started_at, began = clock.now(), time.monotonic()
        try:
            result = work() or {}
        except Exception as error:
            text = f"{type(error).__name__}: {error}"[:2000]
            log.exception("heartbeat.failed", part=part)
            _write(part, started_at, began, last_error=text, failures=F("failures") + 1)
            return {"error": text}
        _write(part, started_at, began, result=result, last_error="", failures=0, succeeded_at=clock.now())
        return result


def failing() -> QuerySet[Heartbeat]:
    """The parts that failed when they last ran."""
    return Heartbeat.objects.filter(failures__gt=0).order_by("part")


def _write(part: str, started_at, began: float, **facts) -> None:
    facts |= {"started_at": started_at, "seconds": round(time.monotonic() - began, 3)}
    if not Heartbeat.objects.filter(part=part).update(**facts):
        Heartbeat.objects.create(part=part, **{**facts, "failures": 1 if facts["last_error"] else 0})
