"""Working on an inquiry: what it is about and who has it, what was said, its end, and the dispute that it becomes."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from o2c.collections import cases, disputes
from o2c.collections.activities import NothingSaid
from o2c.collections.inquiries import answering, opening, routing
from o2c.collections.inquiries.keeping import STATE, InquiryRefused, again, finish_tasks, locked, tell
from o2c.collections.models import Activity, Dispute, Inquiry, Queue, Task
from o2c.collections.worklist import LIVE
from o2c.core import clock, outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.core.money import MoneyError
from o2c.invoicing.models import OpenItem, ReasonCode


def change(
    inquiry: Inquiry,
    *,
    actor: Actor,
    seen: datetime | None = None,
    kind: str = "",
    subject: str = "",
    to: User | Queue | None = None,
    items: Iterable[OpenItem] | None = None,
) -> Inquiry:
    """Change what is said of an inquiry that is not closed; what is left out stays.

    Another kind brings its own holder and deadline along, unless another holder is said with it. Raises InquiryRefused,
    InquiryChanged where it was changed after `seen`.
    """
    with acting(actor):
        row = locked(inquiry, seen)
        if row.state == STATE.CLOSED:
            raise InquiryRefused("It is closed. Open it again to change it.")
        wanted: dict = {}
        said = []
        before = row.owner or row.queue
        holder = to or before
        if kind and kind != row.kind:
            wanted["kind"] = Inquiry.Kind(kind).value
            said.append(f"Now: {Inquiry.Kind(kind).label}.")
            if to is None or to == before:
                owner, queue = routing.holder(row.entity, kind, row.customer_id)
                holder = owner or queue
            if row.state == STATE.OPEN:
                wanted |= routing.deadline(row.entity, kind, row.asked_at).as_columns()
        if subject.strip() and subject.strip() != row.subject:
            wanted["subject"] = subject.strip()[:200]
            said.append(f"It is about: {wanted['subject']}.")
        if holder != before:
            if isinstance(holder, User) and not cases.sees(holder, row.entity):
                raise InquiryRefused(f"{holder} does not see {row.entity.code}.", "to")
            wanted["owner"] = holder if isinstance(holder, User) else None
            wanted["queue"] = holder if isinstance(holder, Queue) else None
            said.append(f"With {holder}.")
        if items is not None:
            items = list(items)
            if {item.pk for item in items} != set(row.items.values_list("item_id", flat=True)):
                opening.name_items(row, items)
                wanted["subject"] = wanted.get("subject", row.subject)  # a new version of the case
                said.append(f"It is about {', '.join(item.number for item in items) or 'no item'}.")
        if wanted:
            tell(row, " ".join(said), actor)
            Inquiry.objects.filter(pk=row.pk).update(**wanted)
            if holder != before:
                _hand_on(row, holder)
        return again(row)


def _hand_on(row: Inquiry, holder: User | Queue) -> None:
    """What is still to be done goes along; who has claimed it loses it."""
    live = Task.objects.filter(
        Q(key__startswith=f"inquiry:{row.pk}:"), kind=Task.Kind.INQUIRY, customer=row.customer_id, state__in=LIVE
    )
    to = {
        "assignee": holder if isinstance(holder, User) else None,
        "queue": holder if isinstance(holder, Queue) else None,
    }
    live.filter(state=Task.State.CLAIMED).update(state=Task.State.OPEN, claimed_by=None, claimed_at=None)
    live.update(**to)


def add_note(inquiry: Inquiry, text: str, *, actor: Actor) -> Activity:
    """Write into an inquiry what was said or found, also into one that is closed. Raises NothingSaid."""
    if not text.strip():
        raise NothingSaid("Write something first.")
    return tell(inquiry, text, actor, Activity.Kind.NOTE)


def close(inquiry: Inquiry, *, actor: Actor, note: str = "", seen: datetime | None = None) -> Inquiry:
    """Nothing more is to be said. One that nobody has answered needs a reason. Raises InquiryRefused."""
    with acting(actor):
        row = locked(inquiry, seen)
        if row.state == STATE.CLOSED:
            raise InquiryRefused("It is closed already.")
        if row.state == STATE.OPEN and not note.strip():
            raise InquiryRefused("Say why it needs no answer.", "note")
        _end(row, note, actor)
        return again(row)


def _end(row: Inquiry, note: str, actor: Actor) -> None:
    tell(row, f"Closed. {note}".strip(), actor)
    states.move(row, STATE.CLOSED, closed_at=clock.now(), note=note.strip()[:300])
    finish_tasks(row, "cleared")
    outbox.emit("inquiries.closed", inquiry_id=row.pk, entity_id=row.entity_id)


def dispute(
    inquiry: Inquiry,
    item: OpenItem,
    *,
    reason: str,
    on: date,
    actor: Actor,
    amount: Decimal | None = None,
    code: ReasonCode | None = None,
    seen: datetime | None = None,
) -> Dispute:
    """Make a dispute of what the customer contests; it is settled there, and the inquiry says so and is closed.

    Raises InquiryRefused where it cannot be opened, or one was made of it before.
    """
    with acting(actor):
        row = locked(inquiry, seen)
        if row.dispute_id is not None:
            raise InquiryRefused("It has become a dispute already.")
        if (item.customer_id, item.entity_id) != (row.customer_id, row.entity_id):
            raise InquiryRefused(f"{item.number} is no item of {row.customer.name} with {row.entity.code}.", "item")
        mail = answering.last_mail(row)
        try:
            made = disputes.open(item, reason=reason, on=on, amount=amount, code=code, mail=mail, actor=actor)
        except disputes.DisputeRefused as refused:
            raise InquiryRefused(str(refused), refused.field) from None
        except MoneyError as refused:
            raise InquiryRefused(str(refused), "amount") from None
        Inquiry.objects.filter(pk=row.pk).update(dispute=made)
        if row.state != STATE.CLOSED:
            _end(row, f"It is settled as the dispute of {item.number}.", actor)
        return made
