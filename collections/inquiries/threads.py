"""What a customer writes again: it belongs to the inquiry whose thread it is in, and opens it again."""

from collections.abc import Iterable
from datetime import datetime

from o2c.collections import cases
from o2c.collections.inquiries import routing
from o2c.collections.inquiries.keeping import STATE, InquiryRefused, ask_for_answer, locked, tell
from o2c.collections.models import IncomingMail, Inquiry, InquiryMail
from o2c.core import clock, outbox, states
from o2c.core.actors import Actor, acting


def heed(mail: IncomingMail, references: Iterable[str], *, actor: Actor) -> Inquiry | None:
    """Lay a mail that came to the inquiry that it goes on with, if there is one; an answered or closed one opens again.

    That is one whose answer it answers, else one of which a mail stands among those that it refers to, of the same
    customer. Inside the act that takes it in.
    """
    if mail.customer_id is None:
        return None
    rows = Inquiry.objects.filter(customer=mail.customer_id, entity=mail.entity_id)
    found = None
    if mail.message_id is not None:
        found = rows.filter(answers__message=mail.message_id).order_by("-id").first()
    if found is None and (named := [each for each in references if each]):
        found = rows.filter(mails__mail__header_id__in=named).order_by("-id").first()
    if found is None:
        return None
    row = locked(found)
    InquiryMail.objects.get_or_create(mail=mail, defaults={"inquiry": row})
    who = mail.writer or mail.address
    if row.state == STATE.OPEN:
        tell(row, f"{who} wrote again: {mail.subject or 'no subject'}", actor)
        Inquiry.objects.filter(pk=row.pk).update(contact=row.contact or mail.contact)
    else:
        _open_again(row, mail.came_at, f"{who} wrote again: {mail.subject or 'no subject'}", actor)
    return row


def reopen(inquiry: Inquiry, *, actor: Actor, note: str = "", seen: datetime | None = None) -> Inquiry:
    """Something is to be answered after all. Raises InquiryRefused for an open one, InquiryChanged."""
    with acting(actor):
        row = locked(inquiry, seen)
        if row.state == STATE.OPEN:
            raise InquiryRefused("It is open.")
        _open_again(row, clock.now(), f"Opened again. {note}".strip(), actor)
        row.refresh_from_db()
        return row


def _open_again(row: Inquiry, asked_at: datetime, text: str, actor: Actor) -> None:
    tell(row, text, actor)
    owner, queue = row.owner, row.queue
    if queue is None and (owner is None or not cases.sees(owner, row.entity)):  # whoever had it has left
        owner, queue = routing.holder(row.entity, row.kind, row.customer_id)
    states.move(
        row,
        STATE.OPEN,
        owner=owner,
        queue=queue,
        asked_at=asked_at,
        round=row.round + 1,
        escalated_at=None,
        closed_at=None,
        note="",
        **routing.deadline(row.entity, row.kind, asked_at).as_columns(),
    )
    ask_for_answer(row, actor)
    outbox.emit("inquiries.reopened", inquiry_id=row.pk, entity_id=row.entity_id)
