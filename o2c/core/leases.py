"""Leases on the parts of a long piece of work: each part is done by one worker, and a dead worker's part by another.

A lease is a row that was committed before the work began. The work itself runs in one transaction that first holds
the row and last marks it done, so a worker that dies leaves nothing behind but its lease, and whoever takes the part
over begins from nothing. Each taking has its own number (`attempts`); a worker that was given up cannot mark done
what somebody else has taken since.
"""

import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import psutil
from django.db import connection, transaction
from django.db.models import Max

from o2c.core import clock
from o2c.core.models import Partition

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 5
EVERY_PAYER = (0, 2**63 - 1)


class LeaseLost(Exception):
    """Somebody else works on the part by now: roll back."""


@dataclass(frozen=True)
class Lease:
    """A part that is ours until `leased_until`, or for as long as the transaction that `hold` was called in lives."""

    id: int
    work: str
    subject_id: int
    number: int
    first: int
    last: int
    taking: int


@cache
def _holder(pid: int) -> str:
    return f"{socket.gethostname()[:30]}:{pid}:{psutil.Process(pid).create_time():.2f}"


def holder() -> str:
    """This process: its machine, number and time of start, so that a later process of the same number is another."""
    return _holder(os.getpid())


def is_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that is no more. Of other machines nothing is known: False."""
    try:
        host, pid, started = holder.rsplit(":", 2)
        if host != socket.gethostname()[:30]:
            return False
        process = psutil.Process(int(pid))
        return f"{process.create_time():.2f}" != started or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except (ValueError, psutil.Error):
        return False


def cut(work: str, subject_id: int, ranges: Iterable[tuple[int, int]], *, after: int = 0) -> None:
    """Write down the parts of a piece of work, numbered on from `after`; what is written already stays as it is."""
    Partition.objects.bulk_create(
        [
            Partition(work=work, subject_id=subject_id, number=number, first=first, last=last)
            for number, (first, last) in enumerate(ranges, start=after + 1)
        ],
        ignore_conflicts=True,
    )


def last_number(work: str, subject_id: int) -> int:
    """The number of the last part of a piece of work; 0 where there is none."""
    return Partition.objects.filter(work=work, subject_id=subject_id).aggregate(last=Max("number"))["last"] or 0


def take(work: str, *, subject_id: int | None = None, id: int | None = None, lease: timedelta = LEASE) -> Lease | None:
    """Lease the next part that nobody works on, of one subject or one certain part; None where there is none.

    A part whose lease has run out counts as free, unless its holder's transaction still lives.
    """
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE core_partition SET state = 'leased', holder = %(holder)s, leased_until = %(until)s,
                                      attempts = attempts + 1
            WHERE id = (
                SELECT id FROM core_partition
                WHERE work = %(work)s AND (%(subject)s::bigint IS NULL OR subject_id = %(subject)s)
                    AND (%(id)s::bigint IS NULL OR id = %(id)s)
                    AND (state = 'waiting' OR (state = 'leased' AND leased_until < %(now)s))
                ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            RETURNING id, work, subject_id, number, first, last, attempts
            """,
            {"holder": holder(), "until": now + lease, "now": now, "work": work, "subject": subject_id, "id": id},
        )
        row = cursor.fetchone()
    return Lease(*row) if row else None


def hold(lease: Lease) -> None:
    """Keep the part for as long as the current transaction lives. Raises LeaseLost where it is no longer ours."""
    held = Partition.objects.select_for_update().filter(pk=lease.id, state="leased", attempts=lease.taking)
    if not held.values_list("pk", flat=True).first():
        raise LeaseLost(f"{lease.work} {lease.subject_id}, part {lease.number}")


def renew(lease: Lease, until: timedelta = LEASE) -> None:
    """Keep a part that takes several transactions. Raises LeaseLost where it is no longer ours."""
    ours = Partition.objects.filter(pk=lease.id, state="leased", attempts=lease.taking)
    if not ours.update(leased_until=clock.now() + until):
        raise LeaseLost(f"{lease.work} {lease.subject_id}, part {lease.number}")


def done(lease: Lease, result: dict) -> None:
    """Mark the part done, in the transaction that did it. Raises LeaseLost where it is no longer ours."""
    ours = Partition.objects.filter(pk=lease.id, state="leased", attempts=lease.taking)
    if not ours.update(state="done", result=result, done_at=clock.now(), leased_until=None, last_error=""):
        raise LeaseLost(f"{lease.work} {lease.subject_id}, part {lease.number}")


def failed(lease: Lease, error: BaseException) -> None:
    """Give the part back after an error: to be tried again, or left as failed after the last attempt."""
    ours = Partition.objects.filter(pk=lease.id, state="leased", attempts=lease.taking)
    text = f"{type(error).__name__}: {error}"[:2000]
    state = "waiting" if lease.taking % MOST_ATTEMPTS else "failed"
    ours.update(state=state, last_error=text, leased_until=None)


def retry(work: str, subject_id: int) -> int:
    """Let failed parts be tried again, as often as at first."""
    return Partition.objects.filter(work=work, subject_id=subject_id, state="failed").update(state="waiting")


def unfinished(work: str, subject_id: int) -> dict[str, int]:
    """How many parts are not done, by state."""
    counts: dict[str, int] = {}
    states = Partition.objects.filter(work=work, subject_id=subject_id).exclude(state="done")
    for state in states.values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return counts


def errors(work: str, subject_id: int) -> list[str]:
    failed_parts = Partition.objects.filter(work=work, subject_id=subject_id, state="failed")
    return list(failed_parts.order_by("number").values_list("last_error", flat=True))


def sweep(now: datetime | None = None) -> int:
    """Free the parts whose lease has run out, and those held by a process of this machine that has died."""
    now = now or clock.now()
    leased = Partition.objects.filter(state="leased")
    dead = [name for name in leased.values_list("holder", flat=True).distinct() if is_dead(name)]
    with transaction.atomic():
        free = leased.filter(holder__in=dead) | leased.filter(leased_until__lt=now)
        ids = list(free.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True))
        return Partition.objects.filter(pk__in=ids, state="leased").update(state="waiting", leased_until=None)
