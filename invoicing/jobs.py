"""Invoicing's jobs. They take ids at most and may run twice and side by side: leases, locks and keys see to that."""

from celery import shared_task
from django.db import OperationalError

from o2c.core import leases
from o2c.core.jobs import deliver_messages
from o2c.core.models import FailedJob, Partition
from o2c.invoicing.papers import keeping
from o2c.invoicing.statements import runs

# A job does not hold a worker for long: what is left then goes to the back of the queue.
SECONDS = 60
# More workers than that do not print side by side: others want to work too.
SIDE_BY_SIDE = 4


@shared_task(acks_late=True, autoretry_for=(OperationalError,), max_retries=5)
def print_documents() -> int:
    """Make the documents of issued invoices that have none."""
    made = keeping.print_issued(seconds=SECONDS)
    if made and keeping.to_print().exists():
        print_documents.delay()
    return made


def invoices_issued(payloads: list[dict]) -> None:
    """Queue the printing. Raises where the job queue does not answer: the events then stay, and are tried again."""
    for _ in range(min(len(payloads), SIDE_BY_SIDE)):
        print_documents.delay()


def take_up() -> int:
    """Queue the printing again where invoices wait: its worker has died, or it never reached the queue.

    Not where it failed: that waits for a person, who is told once and not at every tick.
    """
    failed = FailedJob.objects.filter(name=print_documents.name, state=FailedJob.State.OPEN)
    if not keeping.waiting() or failed.exists():
        return 0
    print_documents.delay()
    return 1


@shared_task(acks_late=True, autoretry_for=(OperationalError,), max_retries=5, retry_backoff=True)
def make_statements(partition_id: int) -> None:
    """Make a part of a run unless somebody else does or has; whoever does the last one closes the run."""
    part = Partition.objects.filter(pk=partition_id).first()
    if part is None:  # the run was cancelled
        return
    lease = leases.take(part.work, id=partition_id)
    if lease is not None:
        runs.do_part(lease)
        deliver_messages.delay()
    if not leases.unfinished(part.work, part.subject_id):
        runs.step(part.subject_id)
