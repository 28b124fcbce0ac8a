"""Sending papers once more: those of several items in one message, with the statement of account where it is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from o2c.core import clock, documents, formats, locks, mail, outbox
from o2c.core.actors import Actor, acting
from o2c.core.models import Document, Message, MessageAttachment
from o2c.invoicing import correspondents
from o2c.invoicing.correspondents import Correspondent, NotSent
from o2c.invoicing.invoices.sending import COPIES
from o2c.invoicing.models import Invoice, OpenItem
from o2c.invoicing.papers import keeping
from o2c.invoicing.statements import making, wording
from o2c.orders.models import Contact, Customer, LegalEntity


@dataclass(frozen=True)
class Copy:
    """A paper that goes once more, and the item that it is of."""

    invoice: Invoice
    item: OpenItem


def of_items(items: Sequence[OpenItem]) -> list[Copy]:
    """The papers of these items, in their order. Raises NotSent, naming the items of which there is none."""
    found = there_are(items)
    with_paper = {copy.item.pk for copy in found}
    if missing := [item.number for item in items if item.pk not in with_paper]:
        raise NotSent(f"There is no paper of ours of {', '.join(missing)}.")
    return found


def there_are(items: Sequence[OpenItem]) -> list[Copy]:
    """The papers that there are of these items: of those that another system numbered and sent there is none."""
    papers = Invoice.objects.filter(entry__in=[item.entry_id for item in items]).exclude(state=Invoice.State.DRAFT)
    by_entry = {paper.entry_id: paper for paper in papers.defer("seller", "buyer", "agreed")}
    return [Copy(by_entry[item.entry_id], item) for item in items if _can_go(by_entry.get(item.entry_id))]


def _can_go(invoice: Invoice | None) -> bool:
    return invoice is not None and (invoice.numbered_here or invoice.document_id is not None)


def send(
    items: Sequence[OpenItem],
    *,
    entity: LegalEntity,
    customer: Customer,
    contact: Contact,
    key: UUID,
    actor: Actor,
    note: str = "",
    with_statement: bool = False,
) -> tuple[Message, bool]:
    """Queue one message with the papers of a customer's items, and say whether it is new: the same `key` sends once.

    `note` stands above what goes along. Raises NotSent for items without a paper of ours, a contact that cannot be
    written to, nothing to state, or more than goes with one message.
    """
    to = correspondents.as_asked(customer, contact)
    if to.contact is None:
        raise NotSent(f"{contact.name} cannot be written to by e-mail.")
    if len(items) + with_statement > mail.MOST_PAPERS:
        raise NotSent(f"At most {mail.MOST_PAPERS} papers go with one message.")
    on = clock.today(entity.time_zone)
    with acting(actor):
        locks.hold(COPIES, key)
        before = Message.objects.filter(key=f"{COPIES}{key}").first()
        if before is not None:
            return before, False
        copies = of_items(items)
        keeping.ensure(copy.invoice for copy in copies)
        going = [copy.invoice.document_id for copy in copies]
        stated = _statement(entity, to, on) if with_statement else None
        if too_large := mail.too_large(documents.size(going) + (len(stated.content) if stated else 0)):
            raise NotSent(too_large)
        words = _words(copies, entity, to, note=note, as_of=on if stated else None)
        message = correspondents.message(entity, to, key=f"{COPIES}{key}", subject=words.subject, text=words.text)
        message.save()
        if stated:
            stated.save()
            going.append(stated.pk)
        MessageAttachment.objects.bulk_create(
            MessageAttachment(message=message, document_id=document, position=place)
            for place, document in enumerate(going, start=1)
        )
        outbox.emit_all("invoices.sent", [{"invoice_id": copy.invoice.pk, "message_id": message.pk} for copy in copies])
        return message, True


def _statement(entity: LegalEntity, to: Correspondent, on: date) -> Document:
    made = making.stated(entity, to.customer.pk, to.language, on)
    if made is None:
        raise NotSent("There is nothing to state: nothing is open.")
    return made


def _words(copies: list[Copy], entity: LegalEntity, to: Correspondent, *, note: str, as_of: date | None):
    with formats.written_for(to.language):
        facts = {
            "invoices": [_told(copy) for copy in copies],
            "entity": entity,
            "customer": to.customer,
            "note": note.strip(),
            "stated": as_of is not None,
            "as_of": formats.long_day(as_of) if as_of else "",
        }
        return wording.write("copies", to.language, facts)


def _told(copy: Copy) -> dict:
    invoice, item = copy.invoice, copy.item
    return {
        "number": invoice.number,
        "issued_on": formats.long_day(invoice.issued_on),
        "total": wording.money(invoice.gross_total, invoice.currency),
        "open": wording.money(item.open_amount, item.currency) if item.open_amount > 0 else "",
        "due_on": formats.long_day(item.due_on),
    }
