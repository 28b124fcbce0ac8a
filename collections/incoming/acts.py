"""What people do with a mail: lay it to a customer, answer it, put it aside."""

from __future__ import annotations

from django.conf import settings

from o2c.collections.incoming import keeping
from o2c.collections.incoming.models import IncomingMail
from o2c.core import addresses, clock, mail, outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.models import Message
from o2c.orders.models import Account, Customer

STATE = IncomingMail.State
QUOTED_LINES = 60


class MailRefused(ValueError):
    """It cannot be done with this mail; the text says why."""


def lay_to(came: IncomingMail, customer: Customer, *, actor: Actor) -> IncomingMail:
    """Say whose mail it is; that customer's collector is asked to answer. Raises MailRefused."""
    with acting(actor):
        came = _locked(came)
        if not Account.objects.filter(customer=customer, entity=came.entity_id).exists():
            raise MailRefused(f"{customer.name} has no account with {came.entity}.")
        before = came.customer_id
        IncomingMail.objects.filter(pk=came.pk).update(customer=customer, found_by=IncomingMail.Found.PERSON)
        came.refresh_from_db()
        keeping.name_items(came)
        keeping.finish_tasks(before, came.entity_id, actor=actor)
        if came.state == STATE.NEW:
            keeping.ask_for_answer(came, actor=actor)
        return came


def settle(came: IncomingMail, *, actor: Actor) -> None:
    """Nothing more is to be done about it. Raises IllegalMove, LostRace."""
    with acting(actor):
        _settle(_locked(came), actor)


def reopen(came: IncomingMail, *, actor: Actor) -> None:
    """Something is to be done about it after all. Raises IllegalMove, LostRace."""
    with acting(actor):
        came = _locked(came)
        states.move(came, STATE.NEW, done_at=None, done_by_id=None)
        keeping.ask_for_answer(came, actor=actor)


def answer(came: IncomingMail, text: str, *, actor: Actor, settled: bool = True) -> Message:
    """Answer a mail, in its own thread: from the legal entity to whoever wrote it. Raises MailRefused."""
    if not text.strip():
        raise MailRefused("Write something first.")
    with acting(actor):
        came = _locked(came)
        if not mail.usable(came.address):
            raise MailRefused("Nobody can be written to at the address that this mail bears.")
        if addresses.is_dead(came.address):
            raise MailRefused("Mail to this address does not arrive. Say first that it works again.")
        before = Message.objects.filter(key__startswith=f"answer:{came.pk}:").count()
        now = clock.now()
        made = Message.objects.create(
            key=f"answer:{came.pk}:{before + 1}",
            owner=came.entity.code,
            sender=mail.address(came.entity.name, came.entity.email or settings.DEFAULT_FROM_EMAIL),
            recipient=mail.address(came.writer, came.address),
            subject=_subject(came.subject),
            text=f"{text.strip()}\n\n{_quoted(came)}",
            language=came.customer.language if came.customer else "en",
            in_reply_to=came.header_id,
            created_at=now,
            not_before=now,
        )
        if settled and came.state == STATE.NEW:
            _settle(came, actor)
        outbox.emit("mail.answered", mail_id=came.pk, message_id=made.pk)
        return made


def _settle(came: IncomingMail, actor: Actor) -> None:
    states.move(came, STATE.DONE, done_at=clock.now(), done_by_id=actor.user_id)
    keeping.finish_tasks(came.customer_id, came.entity_id, actor=actor)


def _subject(subject: str) -> str:
    return (subject if subject[:3].lower() in ("re:", "aw:") else f"Re: {subject}".strip())[:400]


def _quoted(came: IncomingMail) -> str:
    lines = (came.said or came.text).splitlines()
    shown = [f"> {line}".rstrip() for line in lines[:QUOTED_LINES]]
    return "\n".join([f"{came.writer or came.address}:", *shown, *(["> …"] if len(lines) > QUOTED_LINES else [])])


def _locked(came: IncomingMail) -> IncomingMail:
    rows = IncomingMail.objects.select_for_update(no_key=True, of=("self",)).select_related("entity", "customer")
    return rows.defer("raw").get(pk=came.pk)
