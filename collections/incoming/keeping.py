"""Taking a mail in: once, with what follows from it, in one transaction.

A person's mail gives the collector a task, one for a customer however many mails come; one that goes on with an inquiry
belongs to that, and has its task. A report that an address does
not exist puts it out of use, and somebody looks for another. Nothing that a mail says is done by itself.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower, Upper

from o2c.collections import worklist
from o2c.collections.incoming import fates, reading
from o2c.collections.incoming.models import IncomingMail, NamedItem
from o2c.collections.incoming.reading import Read
from o2c.collections.inquiries import threads
from o2c.collections.models import Task
from o2c.core import clock, outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.models import Message
from o2c.invoicing.matching import texts
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Account, Contact, Customer, LegalEntity

FETCHER = Actor("mailbox")
KINDS = IncomingMail.Kind
FATES = {
    KINDS.DELIVERED: Message.Fate.DELIVERED,
    KINDS.DELAYED: Message.Fate.DELAYED,
    KINDS.BOUNCE: Message.Fate.FAILED,
    KINDS.COMPLAINT: Message.Fate.COMPLAINED,
}
OF_MESSAGE = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.IGNORECASE)
MOST_ITEMS = 50


@dataclass(frozen=True)
class Whose:
    """To whom a mail belongs, and how that was found."""

    entity: LegalEntity
    customer: Customer | None = None
    contact: Contact | None = None
    message: Message | None = None
    by: str = ""


def take_in(
    raw: bytes, *, mailbox: str, entity: LegalEntity, size: int | None = None, cut: bool = False, actor: Actor = FETCHER
) -> IncomingMail | None:
    """Keep a mail that came to a legal entity's mailbox, and do what follows; None where it was taken in before."""
    said = reading.read(raw)
    with acting(actor):
        whose = find(said, entity)
        digest = hashlib.sha256(raw).hexdigest()
        mail, made = IncomingMail.objects.get_or_create(
            mailbox=mailbox[:400],
            digest=digest,
            defaults={
                "entity": whose.entity,
                "kind": said.kind.value,
                "state": IncomingMail.State.NEW if said.kind == "letter" else IncomingMail.State.DONE,
                "customer": whose.customer,
                "contact": whose.contact,
                "message": whose.message,
                "found_by": whose.by,
                "header_id": said.message_id[:400],
                "writer": said.name,
                "address": said.address,
                "subject": said.subject,
                "text": said.text,
                "said": said.said,
                "files": [asdict(file) for file in said.files],
                "report": said.report[:400],
                "raw": raw,
                "size": size if size is not None else len(raw),
                "is_cut": cut,
                "written_at": said.written_at,
                "came_at": clock.now(),
            },
        )
        if not made:
            return None
        name_items(mail)
        if mail.kind in FATES:
            _report(mail, said)
        elif mail.kind == KINDS.LETTER:
            if threads.heed(mail, said.references, actor=actor):
                states.move(mail, IncomingMail.State.DONE, done_at=clock.now())
            else:
                ask_for_answer(mail, actor=actor)
        outbox.emit("mail.came", mail_id=mail.pk, entity_id=mail.entity_id, mail_kind=mail.kind)
        return mail


# --- Whose it is


def find(said: Read, entity: LegalEntity) -> Whose:
    """Whose mail it is: the message of ours that it answers says it, else its writer's address, else what it names."""
    message = _answered(said)
    if message is not None:
        customer = fates.customer_of(message)
        speaker = LegalEntity.objects.filter(code=message.owner).first() or entity
        if customer is not None:
            contact = _contacts(said.address).filter(customer=customer).first()
            return Whose(speaker, customer, contact, message, IncomingMail.Found.ANSWER)
        return Whose(speaker, message=message)
    if said.kind not in ("letter", "automatic"):
        return Whose(entity)
    here = Account.objects.filter(entity=entity).values("customer_id")
    contacts = list(_contacts(said.address).filter(customer__in=here).select_related("customer")[:50])
    payers = {contact.customer.payer_id for contact in contacts}
    if len(payers) == 1:
        # Who looks after several branches writes for the one that pays, unless a document says another.
        named = {item.customer_id for item in _named(said, Q(payer_id__in=payers), entity)}
        own = {contact.customer_id for contact in contacts}
        chosen = (named & own) if len(named & own) == 1 else own & payers or own
        contact = next(each for each in contacts if each.customer_id in chosen)
        return Whose(entity, contact.customer, contact, None, IncomingMail.Found.ADDRESS)
    found = {item.customer for item in _named(said, Q(), entity)}
    if len({customer.payer_id for customer in found}) == 1:
        return Whose(entity, min(found, key=lambda each: each.pk), None, None, IncomingMail.Found.NUMBER)
    return Whose(entity)


def _answered(said: Read) -> Message | None:
    references = [match.group(1) for id in said.references if (match := OF_MESSAGE.match(id))]
    order = {UUID(reference): place for place, reference in reversed(list(enumerate(references)))}
    found = Message.objects.filter(reference__in=list(order))
    return min(found, key=lambda each: order[each.reference], default=None)


def _contacts(address: str):
    found = Contact.objects.annotate(address=Lower("email")).filter(address=address.lower())
    return found.order_by("-in_use", "pk") if address else found.none()


def _named(said: Read, where: Q, entity: LegalEntity) -> list[OpenItem]:
    """The documents whose numbers stand in the mail as they are written, letter by letter."""
    written = [said.subject, said.said]
    words = texts.words(written)
    keys = {key for word in words for key in texts.keys([word]) if len(key) >= 4}
    if not keys:
        return []
    found = OpenItem.objects.filter(where, entity=entity, numbered__key__in=keys)
    found = found.annotate(written=Upper("number")).filter(written__in=words)
    return list(found.select_related("customer").order_by("-pk")[:MOST_ITEMS])


def name_items(mail: IncomingMail) -> None:
    """Note which documents of its customer's the mail names: written out, or by their figures alone."""
    NamedItem.objects.filter(mail=mail).delete()
    if mail.customer is None:
        return
    written = [mail.subject, mail.said]
    keys = {key for key in texts.keys(written) if len(key) >= 4}
    theirs = OpenItem.objects.filter(payer_id=mail.customer.payer_id, entity=mail.entity_id)
    found = theirs.filter(numbered__key__in=keys).order_by("-pk")[:MOST_ITEMS] if keys else []
    NamedItem.objects.bulk_create([NamedItem(mail=mail, item=item) for item in found])


# --- What follows


def ask_for_answer(mail: IncomingMail, *, actor: Actor) -> None:
    """Let the customer's collector answer: one task, however many mails wait; it goes to the newest."""
    if mail.customer is None:
        return
    # Two mails at once: the second finds the first one's task.
    Customer.objects.select_for_update(no_key=True).get(pk=mail.customer_id)
    if tasks(mail.customer_id, mail.entity_id).exists():
        return
    who = mail.writer or mail.address
    worklist.create(
        entity=mail.entity,
        customer=mail.customer,
        kind=Task.Kind.REPLY,
        why=f"{who} wrote: {mail.subject or 'no subject'}"[:300],
        due_on=clock.today(mail.entity.time_zone),
        actor=actor,
    )


def tasks(customer_id: int, entity_id: int) -> QuerySet[Task]:
    """What somebody has yet to do about the mails of a customer."""
    return Task.objects.filter(kind=Task.Kind.REPLY, customer=customer_id, entity=entity_id, state__in=worklist.LIVE)


def waiting(customer_id: int, entity_id: int) -> QuerySet[IncomingMail]:
    """The mails of a customer that nobody has answered or put aside, the newest first."""
    new = {"kind": KINDS.LETTER, "state": IncomingMail.State.NEW}
    return IncomingMail.objects.filter(customer=customer_id, entity=entity_id, **new).order_by("-id")


def finish_tasks(customer_id: int | None, entity_id: int, *, actor: Actor) -> None:
    """With the last of a customer's mails what was to be done about them is done; not a task somebody else is at."""
    if customer_id is None or waiting(customer_id, entity_id).exists():
        return
    for task in tasks(customer_id, entity_id):
        with suppress(worklist.TaskTaken):
            worklist.done(task, "", actor=actor)


def _report(mail: IncomingMail, said: Read) -> None:
    """A server tells of a message of ours. What it says of addresses that we did not write to is not believed."""
    message = mail.message
    if message is None:
        return
    wrote_to = reading.address_of(message.recipient)
    gone = mail.kind == KINDS.COMPLAINT or (mail.kind == KINDS.BOUNCE and wrote_to in said.failed)
    fates.note(
        message,
        FATES[mail.kind],
        said.report or said.subject,
        out_of_use=wrote_to if gone else "",
        entity=mail.entity,
        customer=mail.customer,
        actor=FETCHER,
    )
