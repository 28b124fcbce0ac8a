"""Jobs of the ground: handing over messages, freeing the leases of the dead. Both may run any number of times."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from celery import Task, shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError

from o2c.core import clock, leases, messages
from o2c.core.messages import Delivered
from o2c.core.models import FailedJob

# A job does not hold a worker for longer, however slow the server that takes the messages; another goes on.
HOLDS = 20.0  # seconds
# Of a sender that died, its place is free again after this.
PLACE_FREE = 180  # seconds
# More than this is handed over by several at once.
FEW = 200
# What waits longer is found by the tick.
SOON = timedelta(minutes=5)


@shared_task(acks_late=True, autoretry_for=(OperationalError,), max_retries=5)
def deliver_messages() -> int:
    """Hand over what is due for a while, beside other senders, and queue whoever goes on; how many it looked at.

    Where as many send as may, nothing is done: whoever sends looks again when he is through.
    """
    with _place() as free:
        if not free:
            return 0
        if messages.due(FEW + 1) > FEW:
            deliver_messages.delay()
        delivered = messages.deliver(seconds=HOLDS)
    deliver_on(delivered)
    return delivered.total


@contextmanager
def _place() -> Iterator[bool]:
    """One of the places of senders, to the end of the block; whether one was free.

    It only keeps workers free for other jobs: that nothing is sent twice, claims see to.
    """
    names = (f"sender:{number}" for number in range(settings.O2C_SENDERS))
    place = next((name for name in names if cache.add(name, 1, timeout=PLACE_FREE)), None)
    try:
        yield place is not None
    finally:
        if place:
            cache.delete(place)


def deliver_on(delivered: Delivered) -> None:
    """Queue who delivers what a delivery has left: at once where it got on, else when the next message's time comes."""
    if delivered.handed_over and messages.due(1):
        deliver_messages.delay()
    else:
        deliver_the_next()


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
