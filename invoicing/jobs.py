"""Invoicing's jobs. They take ids at most and may run twice and side by side: leases, locks and keys see to that."""

from celery import shared_task
from django.db import OperationalError, transaction

from o2c.core import jobs, leases
from o2c.core.jobs import deliver_messages
from o2c.core.models import FailedJob, Partition
from o2c.invoicing.bank import arriving
from o2c.invoicing.matching import running
from o2c.invoicing.models import MatchRun
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


@shared_task(acks_late=True, autoretry_for=(OperationalError,), max_retries=5, retry_backoff=True)
def match_lines(partition_id: int) -> None:
    """Match a part of a round unless somebody else does or has; whoever does the last one closes the round."""
    part = Partition.objects.get(pk=partition_id)
    lease = leases.take(part.work, id=partition_id)
    if lease is not None:
        running.do_part(lease)
    if not leases.unfinished(part.work, part.subject_id):
        running.step(part.subject_id)


def bank_loaded(payloads: list[dict]) -> None:
    """Match what statements brought, once that has committed. Raises where the job queue does not answer."""
    for run in running.begin_loaded(payloads):
        enqueue_matching(run)


def bank_released(payloads: list[dict]) -> None:
    """Match again what was let out of quarantine. Raises where the job queue does not answer."""
    for run in running.begin_released(payloads):
        enqueue_matching(run)


def remittances_loaded(payloads: list[dict]) -> None:
    """Look again at the lines whose advice has come. Raises where the job queue does not answer."""
    for run in running.begin_advised(payloads):
        enqueue_matching(run)


def enqueue_matching(run: MatchRun) -> None:
    """Give the waiting parts of a round to the workers, once the transaction has committed."""
    parts = Partition.objects.filter(work=running.WORK, subject_id=run.pk, state="waiting").order_by("number")
    ids = list(parts.values_list("pk", flat=True))
    transaction.on_commit(lambda: [match_lines.delay(id) for id in ids])


def take_up_matching() -> int:
    """Queue again what waits of begun rounds, and close those that are done: a worker died, or never heard of it."""
    taken_up = 0
    for run in running.unfinished():
        if not running.step(run.pk):
            enqueue_matching(run)
            taken_up += 1
    return taken_up


@shared_task(acks_late=True, autoretry_for=(OperationalError,), max_retries=5, retry_backoff=True)
def load_bank_file(load_id: int) -> None:
    """Load a file of a bank that somebody sent, unless somebody else does or has."""
    arriving.work(load_id)


def take_up_bank_files() -> int:
    """Queue files again that wait."""
    return jobs.take_up(load_bank_file, arriving.waiting())
