"""Sending an issued invoice to whoever pays the customer's bills, with its paper attached."""

from django.db.models import Q

from o2c.core import formats, outbox
from o2c.core.actors import Actor, acting
from o2c.core.models import Message, MessageAttachment
from o2c.invoicing import correspondents
from o2c.invoicing.correspondents import Correspondent
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers import keeping
from o2c.invoicing.statements import wording
from o2c.orders.models import Contact

COPIES = "copies:"  # what the keys of messages with several papers begin with


class NotSent(ValueError):
    """The invoice cannot be sent so; the text says why."""


class SentBefore(NotSent):
    """It was sent to this address before: say that it is wanted again."""


def to_whom(invoice: Invoice, contact: Contact | None = None) -> Correspondent:
    """Who would get it: the contact named, else who pays the bills. Raises NotSent."""
    to = correspondents.of([invoice.customer_id])[invoice.customer_id]
    if contact is not None:
        to = correspondents.as_asked(to.customer, contact)
    if to.contact is None:
        raise NotSent(f"{to.customer.name} has no contact with an e-mail address.")
    return to


def sent(invoice: Invoice) -> list[Message]:
    """The messages that it went with, alone or among others, the newest first."""
    alone = Q(key__startswith=_key(invoice))
    if invoice.document_id is None:
        return list(Message.objects.filter(alone).order_by("-pk"))
    among = MessageAttachment.objects.filter(document=invoice.document_id, message__key__startswith=COPIES)
    return list(Message.objects.filter(alone | Q(pk__in=among.values("message"))).order_by("-pk"))


def _key(invoice: Invoice) -> str:
    return f"invoice:{invoice.pk}:"


def send(invoice: Invoice, *, contact: Contact | None = None, again: bool = False, actor: Actor) -> Message:
    """Queue a message with the invoice's paper to a contact of the customer, in the contact's language.

    To the same address once, unless it is wanted `again`. Raises NotSent for what has no paper of ours or where nobody
    can be written to, SentBefore.
    """
    to = to_whom(invoice, contact)
    try:
        document = keeping.document_of(invoice)
    except keeping.NoDocument as none:
        raise NotSent(str(none)) from None
    with acting(actor):
        Invoice.objects.select_for_update(no_key=True).get(pk=invoice.pk)
        before = sent(invoice)
        if not again and any(_reaches(message, to) for message in before):
            raise SentBefore(f"{invoice.number} was sent to {to.contact.email} before. Say that you want it again.")
        number = sum(message.key.startswith(_key(invoice)) for message in before) + 1
        message = correspondents.message(invoice.entity, to, key=f"{_key(invoice)}{number}", **_words(invoice, to))
        message.save()
        MessageAttachment.objects.create(message=message, document=document, position=1)
        outbox.emit("invoices.sent", invoice_id=invoice.pk, message_id=message.pk)
    return message


def _reaches(message: Message, to: Correspondent) -> bool:
    """Whether it went, or goes, to the same address; one that was given up or refused has not."""
    gone = message.state in (Message.State.CANCELLED, Message.State.REFUSED)
    address = message.recipient.rpartition("<")[2].rstrip(">")
    return not gone and address.lower() == to.contact.email.lower()


def _words(invoice: Invoice, to: Correspondent) -> dict[str, str]:
    with formats.written_for(to.language):
        facts = {
            "invoice": invoice,
            "entity": invoice.entity,
            "customer": to.customer,
            "total": wording.money(invoice.gross_total, invoice.currency),
            "payable": wording.money(invoice.payable, invoice.currency),
            "issued_on": formats.long_day(invoice.issued_on),
            "due_on": formats.long_day(invoice.due_on) if invoice.due_on and invoice.payable > 0 else "",
            "corrects": invoice.corrects.number if invoice.corrects else "",
        }
        words = wording.write(invoice.kind, to.language, facts)
    return {"subject": words.subject, "text": words.text}
