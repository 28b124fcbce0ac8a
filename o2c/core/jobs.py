"""Jobs of the ground: handing over messages, freeing the leases of the dead. Both may run any number of times."""

from celery import shared_task
from django.db import OperationalError

from o2c.core import leases, messages

# A job does not hold a worker for long; the tick or the next act starts another.
BATCH = 2_000


@shared_task(acks_late=True, autoretry_for=(OperationalError,), max_retries=5)
def deliver_messages() -> int:
    return messages.deliver(limit=BATCH).total


@shared_task(acks_late=True, autoretry_for=(OperationalError,), max_retries=5)
def sweep_leases() -> int:
    return leases.sweep()
