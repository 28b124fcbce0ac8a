"""Sending an issued invoice to whoever pays the customer's bills, with its paper attached."""

from django.db.models import Q

from o2c.core import formats, outbox
from o2c.core.actors import Actor, acting
from o2c.core.models import Message, MessageAttachment
from o2c.invoicing import correspondents
from o2c.invoicing.correspondents import Correspondent, NotSent
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers import keeping
from o2c.invoicing.statements import wording
from o2c.orders.models import Contact

COPIES = "copies:"  # what the keys of messages with several papers begin with


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
    to = correspondents.to_whom(invoice.customer_id, contact)
    try:
        document = keeping.document_of(invoice)
    except keeping.NoDocument as none:
        raise NotSent(str(none)) from None
    with acting(actor):
        Invoice.objects.select_for_update(no_key=True).get(pk=invoice.pk)
        before = sent(invoice)
        if not again:
            correspondents.once(invoice.number, to, before)
        number = sum(message.key.startswith(_key(invoice)) for message in before) + 1
        message = correspondents.message(invoice.entity, to, key=f"{_key(invoice)}{number}", **_words(invoice, to))
        message.save()
        MessageAttachment.objects.create(message=message, document=document, position=1)
        outbox.emit("invoices.sent", invoice_id=invoice.pk, message_id=message.pk)
    return message


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
