"""Jobs of the ground: handing over messages, freeing the leases of the dead. Both may run any number of times."""

from collections.abc import Iterable
from datetime import timedelta

from celery import Task, shared_task
from django.core.cache import cache
from django.db import OperationalError

from o2c.core import clock, leases, messages
from o2c.core.models import FailedJob

# A job does not hold a worker for long; the tick or the next act starts another.
BATCH = 2_000
# What waits longer is found by the tick.
SOON = timedelta(minutes=5)


@shared_task(acks_late=True, autoretry_for=(OperationalError,), max_retries=5)
def deliver_messages() -> int:
    total = messages.deliver(limit=BATCH).total
    deliver_the_next()
    return total


def deliver_the_next() -> bool:
    """Deliver again when the next message's time comes, if that is soon; whether this queued it.

    One such job waits at a time, however many others ask for it.
    """
    due = messages.next_due()
    wait = due - clock.now() if due else SOON
    if wait >= SOON:
        return False
    seconds = max(wait.total_seconds(), 1.0)
    if not cache.add("deliver_the_next", 1, timeout=seconds):
        return False
    deliver_messages.apply_async(countdown=seconds, expires=seconds + SOON.total_seconds())
    return True


@shared_task(acks_late=True, autoretry_for=(OperationalError,), max_retries=5)
def sweep_leases() -> int:
    return leases.sweep()


def take_up(task: Task, waiting: Iterable[int]) -> int:
    """Queue again the rows that wait for a task of their own: a worker died, or nobody told one; how many.

    Not one that failed, which waits for a person who is told once and not at every tick.
    """
    failed = FailedJob.objects.filter(name=task.name, state=FailedJob.State.OPEN).values_list("args", flat=True)
    stopped = {args[0] for args in failed}
    ids = [row_id for row_id in waiting if row_id not in stopped]
    for row_id in ids:
        task.delay(row_id)
    return len(ids)
