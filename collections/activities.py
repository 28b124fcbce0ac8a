"""What people did about a customer. Written once, never changed: the timeline and the worklist show it."""

from collections.abc import Iterable

from o2c.collections.models import Activity, Dispute, Inquiry, Task
from o2c.core.actors import Actor, acting
from o2c.orders.models import Customer, LegalEntity


class NothingSaid(ValueError):
    """A note needs words."""


def record(*, actor: Actor, **facts) -> Activity:
    """Write down that the actor did something about the customer now; the facts are those of `written`."""
    with acting(actor):
        activity = written(actor=actor, **facts)
        activity.save(force_insert=True)
        return activity


def record_all(activities: Iterable[Activity], *, actor: Actor) -> None:
    """Write down many at once."""
    with acting(actor):
        Activity.objects.bulk_create(activities)


def written(
    *,
    customer: Customer,
    entity: LegalEntity,
    kind: Activity.Kind,
    actor: Actor,
    outcome: str = "",
    text: str = "",
    task: Task | None = None,
    dispute: Dispute | None = None,
    inquiry: Inquiry | None = None,
) -> Activity:
    """What stands in the customer's history, not saved yet."""
    return Activity(
        customer=customer,
        entity=entity,
        payer_id=customer.payer_id,
        kind=Activity.Kind(kind),
        outcome=Activity.Outcome(outcome) if outcome else "",
        text=text.strip(),
        task=task,
        dispute=dispute,
        inquiry=inquiry,
        actor=actor.name,
    )


def log_call(
    subject: Task | Customer, outcome: str, text: str = "", *, actor: Actor, entity: LegalEntity | None = None
) -> Activity:
    """Write down a call and how it ended, for a task or for a customer of a legal entity.

    Raises ValueError for an outcome that is not one of Activity.Outcome.
    """
    outcome = Activity.Outcome(outcome)
    return _about(subject, Activity.Kind.CALL, actor=actor, entity=entity, outcome=outcome, text=text)


def add_note(subject: Task | Customer, text: str, *, actor: Actor, entity: LegalEntity | None = None) -> Activity:
    """Write a note on a task or a customer of a legal entity. Raises NothingSaid where there are no words."""
    if not text.strip():
        raise NothingSaid("Write something first.")
    return _about(subject, Activity.Kind.NOTE, actor=actor, entity=entity, text=text)


def _about(subject: Task | Customer, kind: Activity.Kind, *, actor, entity, text, outcome="") -> Activity:
    if isinstance(subject, Task):
        return record(
            customer=subject.customer,
            entity=subject.entity,
            kind=kind,
            outcome=outcome,
            text=text,
            task=subject,
            actor=actor,
        )
    return record(customer=subject, entity=entity, kind=kind, outcome=outcome, text=text, actor=actor)
