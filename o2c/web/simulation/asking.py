"""What customers ask in the demo: some inquiries at each point of their way, answered by the real acts."""

import uuid
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from o2c.collections.inquiries import answering, changing, opening, routing
from o2c.collections.inquiries.answering import Desk, Draft
from o2c.collections.models import Inquiry
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.models import Role, User
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers.keeping import document_of
from o2c.orders.models import LegalEntity

# What is asked, as what, by which way, how many days ago, and what was done about it.
ASKED = (
    ("copy", "Please send us a copy of the invoice", "phone", 0, "answered"),
    ("statement", "Which items are still open on our account?", "phone", 0, "answered"),
    ("payment", "Has our transfer of last week arrived?", "phone", 1, "closed"),
    ("other", "Can the invoices go to another address from now on?", "other", 6, "waits"),
    ("dispute", "The second pallet is missing on the delivery note", "phone", 0, "waits"),
    ("copy", "We cannot find the invoice of last month", "phone", 0, "waits"),
)


def ask(as_of: date, entities: list[LegalEntity], *, actor: Actor) -> int:
    """Say who answers what, and let some customers ask; how many."""
    manager = User.objects.filter(roles__contains=[Role.FINANCE_MANAGER], is_active=True).order_by("pk").first()
    clerk = User.objects.filter(roles__contains=[Role.COLLECTOR], is_active=True).order_by("pk").first()
    if manager is None or clerk is None:
        return 0
    for entity in entities:
        routing.set_rule(
            entity, "copy", target_hours=4, escalate_after=4, to=None, escalate_to=manager, actor=actor
        )  # fmt: skip
    return sum(_some(entity, as_of, Actor.of(clerk)) for entity in entities)


def _some(entity: LegalEntity, as_of: date, clerk: Actor) -> int:
    papers = Invoice.objects.filter(entity=entity, kind=Invoice.Kind.INVOICE, numbered_here=True, entry__isnull=False)
    papers = papers.filter(customer__contacts__in_use=True).select_related("customer", "entry").distinct()
    of_each = {invoice.customer_id: invoice for invoice in papers.order_by("-issued_on", "pk")[:60]}
    zone, now = ZoneInfo(entity.time_zone), clock.now()
    made = 0
    for invoice, (kind, subject, channel, days, what) in zip(of_each.values(), ASKED, strict=False):
        at = datetime.combine(as_of - timedelta(days=days), time(9, 10 + made * 7), zone)
        items = invoice.entry.items.all() if kind in ("copy", "dispute") else ()
        inquiry = opening.open(
            invoice.customer, entity, kind, subject=subject, channel=channel, received_at=min(at, now), items=items,
            contact=invoice.customer.contacts.order_by("pk").first(), actor=clerk,
        )  # fmt: skip
        made += 1
        if what != "waits":
            _answer(inquiry, invoice, clerk)
        if what == "closed":
            changing.close(inquiry, actor=clerk)
    return made


def _answer(inquiry: Inquiry, invoice: Invoice, clerk: Actor) -> None:
    desk = Desk.of(inquiry)
    _, language, text = answering.template(desk)
    if not desk.readers:
        said = Draft("phone", "", f"Told them on the telephone: {inquiry.subject}", language)
    else:
        papers = (invoice,) if inquiry.kind == Inquiry.Kind.COPY and document_of(invoice) else ()
        stated = inquiry.kind == Inquiry.Kind.STATEMENT and invoice.customer.items.exclude(open_amount=0).exists()
        said = Draft("mail", text.subject, text.opening, language, invoices=papers, statement=stated)
    answering.answer(inquiry, said, key=uuid.uuid5(uuid.NAMESPACE_OID, f"inquiry {inquiry.pk}"), actor=clerk)
