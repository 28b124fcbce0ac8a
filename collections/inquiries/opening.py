"""Opening an inquiry: by a person, from a call or from a mail that came."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from o2c.collections import cases
from o2c.collections.incoming import acts
from o2c.collections.inquiries import routing
from o2c.collections.inquiries.keeping import InquiryRefused, ask_for_answer, tell
from o2c.collections.models import IncomingMail, Inquiry, InquiryItem, InquiryMail, Queue
from o2c.core import clock, outbox
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Account, Contact, Customer, LegalEntity

MOST_ITEMS = 50
MOST_TEXT = 20_000
LONGEST_AGO = timedelta(days=3660)


def open(
    customer: Customer,
    entity: LegalEntity,
    kind: str,
    *,
    subject: str,
    actor: Actor,
    text: str = "",
    channel: str = Inquiry.Channel.OTHER,
    received_at: datetime | None = None,
    contact: Contact | None = None,
    items: Iterable[OpenItem] = (),
    mail: IncomingMail | None = None,
    to: User | Queue | None = None,
) -> Inquiry:
    """Write down what a customer asks; its kind says who answers it and by when. A mail brings its text, its sender and
    its time along, and is settled by it: it is answered here.

    Raises InquiryRefused without a subject, for a time to come, for items and contacts of others, for somebody who does
    not see the legal entity, for a mail of another customer or one that belongs to an inquiry already.
    """
    items, now = list(items), clock.now()
    if not subject.strip():
        raise InquiryRefused("Say what the customer asks.", "subject")
    if not Account.objects.filter(customer=customer, entity=entity).exists():
        raise InquiryRefused(f"{customer.name} has no account with {entity.code}.", "entity")
    if isinstance(to, User) and not cases.sees(to, entity):
        raise InquiryRefused(f"{to} does not see {entity.code}.", "to")
    if contact is not None and contact.customer_id != customer.pk:
        raise InquiryRefused(f"{contact.name} is no contact of {customer.name}.", "contact")
    with acting(actor):
        if mail is not None:
            mail = _mail(mail, customer, entity)
            channel, received_at, contact = Inquiry.Channel.MAIL, mail.came_at, contact or mail.contact
            text = text.strip() or mail.said or mail.text
        asked_at = received_at or now
        if not now - LONGEST_AGO <= asked_at <= now:
            raise InquiryRefused("It was asked now or before, in the last years.", "received_at")
        owner, queue = routing.holder(entity, kind, customer.pk)
        if to is not None:
            owner, queue = (to, None) if isinstance(to, User) else (None, to)
        inquiry = Inquiry.objects.create(
            entity=entity,
            customer=customer,
            payer_id=customer.payer_id,
            kind=Inquiry.Kind(kind),
            channel=Inquiry.Channel(channel),
            subject=subject.strip()[:200],
            text=text.strip()[:MOST_TEXT],
            contact=contact,
            owner=owner,
            queue=queue,
            received_at=asked_at,
            asked_at=asked_at,
            actor=actor.name,
            **routing.deadline(entity, kind, asked_at).as_columns(),
        )
        name_items(inquiry, items)
        tell(inquiry, f"{inquiry.get_kind_display()}: {inquiry.subject}", actor)
        ask_for_answer(inquiry, actor)
        if mail is not None:
            InquiryMail.objects.create(inquiry=inquiry, mail=mail)
            acts.taken_over(mail, actor=actor)
        outbox.emit("inquiries.opened", inquiry_id=inquiry.pk, entity_id=entity.pk, inquiry_kind=inquiry.kind)
        inquiry.refresh_from_db()
        return inquiry


def name_items(inquiry: Inquiry, items: list[OpenItem]) -> None:
    """Say anew which items it is about. Raises InquiryRefused for another customer's."""
    if len(items) > MOST_ITEMS:
        raise InquiryRefused(f"At most {MOST_ITEMS} items.", "items")
    for item in items:
        if (item.customer_id, item.entity_id) != (inquiry.customer_id, inquiry.entity_id):
            whose = f"{inquiry.customer.name} with {inquiry.entity.code}"
            raise InquiryRefused(f"{item.number} is no item of {whose}.", "items")
    wanted = {item.pk for item in items}
    there = set(InquiryItem.objects.filter(inquiry=inquiry).values_list("item_id", flat=True))
    InquiryItem.objects.filter(inquiry=inquiry, item__in=there - wanted).delete()
    InquiryItem.objects.bulk_create(InquiryItem(inquiry=inquiry, item_id=pk) for pk in sorted(wanted - there))


def _mail(mail: IncomingMail, customer: Customer, entity: LegalEntity) -> IncomingMail:
    rows = IncomingMail.objects.select_for_update(no_key=True, of=("self",)).select_related("contact", "entity")
    mail = rows.defer("raw").get(pk=mail.pk)
    if (mail.customer_id, mail.entity_id) != (customer.pk, entity.pk):
        raise InquiryRefused(f"The mail is not one of {customer.name} to {entity.code}.")
    if InquiryMail.objects.filter(mail=mail).exists():
        raise InquiryRefused("Somebody has opened an inquiry of this mail already.")
    return mail
