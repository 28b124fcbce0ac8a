"""The acts behind the buttons. Each is also recorded: who put what right, and why.

Nothing is lost where the job queue does not answer. What only starts a job is queued first and recorded then, so that
nothing has happened where it could not be queued; what changes rows leaves them so that the tick goes on with them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from o2c import wiring
from o2c.celery import app
from o2c.collections import dunning
from o2c.collections.models import DunningRun, Notice, Task
from o2c.core import clock, leases, messages, outbox
from o2c.core.actors import Actor, acting
from o2c.core.audit import records
from o2c.core.models import FailedJob, Message, OutboxEvent, SetAside
from o2c.invoicing.models import Receipt, StatementRun
from o2c.invoicing.statements import runs as statements
from o2c.orders.models import LegalEntity
from o2c.web.corrections.reading import Red

LATER = "It is written down, and done as soon as the job queue answers again: at the latest at the next tick then."
# Where the customer of a red thing stands, by its key.
CUSTOMER = {"messages": (Notice, "message_id"), "on_account": (Receipt, "pk"), "no_address": (Task, "pk")}


class CannotCorrect(Exception):
    """Nothing was done; the text says why."""


def do(red: Red, act: str, *, actor: Actor, reason: str = "", until: date | None = None) -> str:
    """Put a thing right; what to tell the person. Raises CannotCorrect, and what the act itself refuses."""
    if act == "set_aside":
        return set_aside(red, actor=actor, reason=reason, until=until)
    thing = red.kind.name, act
    if thing in START:
        try:
            said = START[thing](red)
        except OperationalError as away:
            raise CannotCorrect("The job queue does not answer; nothing was started.") from away
        _record(red, act, actor=actor, reason=reason)
        return said
    try:
        with transaction.atomic():
            said = DO[thing](red, actor, reason)
            _record(red, act, actor=actor, reason=reason)
    except OperationalError:  # only what is queued after the commit raises it
        return LATER
    return said


def set_aside(red: Red, *, actor: Actor, reason: str, until: date | None) -> str:
    """Not red any more, for good or until a day."""
    with acting(actor):
        SetAside.objects.update_or_create(
            kind=red.kind.name,
            key=red.key,
            defaults={"reason": reason, "until": until, "actor": actor.name, "at": clock.now()},
        )
        _record(red, "set aside", actor=actor, reason=reason, until=until.isoformat() if until else "")
    return "Set aside" + (f" until {until}." if until else ".")


def _record(red: Red, act: str, *, actor: Actor, **facts: str) -> None:
    records.record(
        records.Kind.CORRECTED,
        f"{red.kind.title}: {red.title}"[:200] if red.kind.everywhere else red.kind.title,
        actor=actor,
        customer_id=_customer(red),
        entity_ids=_entity(red),
        act=act,
        thing=red.key,
        **facts,
    )


def _customer(red: Red) -> int | None:
    """Whom it is about, so that their erasure reaches the reason."""
    if red.kind.name not in CUSTOMER:
        return None
    model, key = CUSTOMER[red.kind.name]
    return model.objects.filter(**{key: red.key}).values_list("customer_id", flat=True).first()


def _entity(red: Red) -> list[int] | None:
    return list(LegalEntity.objects.filter(code=red.entity).values_list("pk", flat=True)) or None


def _prove(red: Red) -> str:
    wiring.prove_now.delay()
    return "A worker proves the books now. Load this page again in a moment."


def _run_part(red: Red) -> str:
    name = red.key.removeprefix("tick.")
    if name not in wiring.PARTS:
        raise CannotCorrect(f"{red.key} is no part of the tick; it runs by its own clock.")
    wiring.run_part.delay(name)
    return "A worker does it now. Load this page again in a moment."


def _fetch_rates(red: Red) -> str:
    if not settings.O2C_RATES_URL:
        raise CannotCorrect("No address is set to fetch rates from (O2C_RATES_URL). Load them from a file.")
    wiring.run_part.delay("rates")
    return "A worker fetches the rates now."


def _retry_parts(red: Red, actor: Actor, reason: str) -> str:
    work, subject = red.key.rsplit(" ", 1)
    leases.sweep()
    leases.retry(work, int(subject))
    if work in dunning.STEPS:
        dunning.enqueue(DunningRun.objects.get(pk=int(subject)))
    elif work == statements.WORK:
        statements.enqueue(StatementRun.objects.get(pk=int(subject)))
    return "The parts wait to be taken again."


def _job_again(red: Red, actor: Actor, reason: str) -> str:
    job = _take(FailedJob.objects.select_for_update().filter(pk=red.key, state=FailedJob.State.OPEN))
    FailedJob.objects.filter(pk=job.pk).update(state=FailedJob.State.RETRIED, settled_at=clock.now())
    outbox.emit("jobs.wanted", name=job.name, args=job.args, kwargs=job.kwargs)
    transaction.on_commit(wiring.dispatch.delay)
    return "It is queued again."


def queue_jobs(payloads: list[dict]) -> None:
    """Queue the jobs that somebody wants done again; one may be queued twice, and none is lost.

    Raises OperationalError where the job queue does not answer, and NotRegistered for a job that this version of the
    software does not have, which a worker would throw away: the event then stays, and is tried again.
    """
    app.loader.import_default_modules()  # so that every job is known here too, be it a worker or not
    for job in payloads:
        app.tasks[job["name"]].apply_async(args=job["args"], kwargs=job["kwargs"])


def _discard_job(red: Red, actor: Actor, reason: str) -> str:
    job = _take(FailedJob.objects.select_for_update().filter(pk=red.key, state=FailedJob.State.OPEN))
    FailedJob.objects.filter(pk=job.pk).update(state=FailedJob.State.DISCARDED, settled_at=clock.now())
    return "It is discarded."


def _retry_event(red: Red, actor: Actor, reason: str) -> str:
    outbox.revive([int(red.key)])
    transaction.on_commit(wiring.dispatch.delay)
    return "It is tried again now."


def _discard_event(red: Red, actor: Actor, reason: str) -> str:
    event = _take(OutboxEvent.objects.select_for_update().filter(pk=red.key, done_at=None))
    OutboxEvent.objects.filter(pk=event.pk).update(done_at=clock.now())
    return "It is discarded: what should have followed from it does not."


def _send_again(red: Red, actor: Actor, reason: str) -> str:
    message = Message.objects.get(pk=red.key)
    if message.state in (Message.State.REFUSED, Message.State.UNSURE):
        messages.send_again(message, actor=actor)
    elif message.state == Message.State.SENDING:
        raise CannotCorrect("Its sender may still be at work; the next tick decides what became of it.")
    transaction.on_commit(lambda: wiring.run_part.delay("deliver"))
    return "It is queued, and a worker hands it over now."


def _give_up(red: Red, actor: Actor, reason: str) -> str:
    messages.give_up(Message.objects.get(pk=red.key), actor=actor)
    return "It stays unsent."


def _take(rows):
    found = rows.first()
    if found is None:
        raise CannotCorrect("Somebody else has settled this meanwhile.")
    return found


# What starts a job and changes nothing.
START: dict[tuple[str, str], Callable[[Red], str]] = {
    ("proof", "prove"): _prove,
    ("work", "run"): _run_part,
    ("rates", "fetch"): _fetch_rates,
}
# What changes rows, with which the tick goes on where no job does.
DO: dict[tuple[str, str], Callable[[Red, Actor, str], str]] = {
    ("parts", "retry"): _retry_parts,
    ("jobs", "again"): _job_again,
    ("jobs", "discard"): _discard_job,
    ("events", "retry"): _retry_event,
    ("events", "discard"): _discard_event,
    ("messages", "again"): _send_again,
    ("messages", "give_up"): _give_up,
}
