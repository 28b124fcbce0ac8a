"""Dunning's jobs. They take ids only and may run twice: the lease and the unique keys see to that."""

from celery import shared_task
from django.db import OperationalError

from o2c.collections import backtests, claims, dunning, printing
from o2c.collections.interest import papers
from o2c.collections.proposing import NotDecided
from o2c.core import jobs, leases
from o2c.core.jobs import deliver_messages
from o2c.core.models import FailedJob, Partition

LASTING = {
    "acks_late": True,
    "autoretry_for": (OperationalError, NotDecided),
    "max_retries": 5,
    "retry_backoff": True,
}


@shared_task(**LASTING)
def do_part(partition_id: int) -> None:
    """Do a part of a run unless somebody else does or has; whoever does the last one takes the run further."""
    part = Partition.objects.get(pk=partition_id)
    lease = leases.take(part.work, id=partition_id)
    if lease is not None:
        dunning.do_part(lease)
    if not leases.unfinished(part.work, part.subject_id):
        go_on(part.subject_id)


@shared_task(**LASTING)
def go_on(run_id: int) -> None:
    """Take a run as far as it goes by itself, and hand over the messages it has made."""
    dunning.go_on(run_id)
    deliver_messages.delay()


@shared_task(**LASTING)
def propose_due() -> None:
    dunning.propose_due()


@shared_task(**LASTING)
def play_backtest(backtest_id: int) -> None:
    """Play a backtest unless somebody else does or has."""
    backtests.work(backtest_id)


def take_up_backtests() -> int:
    """Queue again what waits."""
    return jobs.take_up(play_backtest, backtests.waiting())


@shared_task(**LASTING)
def print_interest_notes() -> int:
    """Make the documents of notes that have none."""
    made = papers.print_charged(seconds=60)
    if made and papers.to_print().exists():
        print_interest_notes.delay()
    return made


def interest_charged(payloads: list[dict]) -> None:
    """Queue the printing. Raises where the job queue does not answer: the events then stay, and are tried again."""
    print_interest_notes.delay()


def take_up_interest_notes() -> int:
    """Queue the printing again where notes wait: its worker has died. Not where it failed: that waits for a person."""
    failed = FailedJob.objects.filter(name=print_interest_notes.name, state=FailedJob.State.OPEN)
    if not papers.waiting() or failed.exists():
        return 0
    print_interest_notes.delay()
    return 1


@shared_task(**LASTING)
def print_letters(batch_id: int) -> None:
    """Make the file of letters that were asked for, unless somebody else does or has."""
    printing.work(batch_id)


def take_up_letters() -> int:
    """Queue again what waits."""
    return jobs.take_up(print_letters, printing.unmade())


@shared_task(**LASTING)
def write_claims(placement_id: int) -> None:
    """Make the file of a hand-over, unless somebody else does or has."""
    claims.work(placement_id)


def take_up_claims() -> int:
    """Queue again what waits."""
    return jobs.take_up(write_claims, claims.unmade())
