"""Who reads what we send about money: the customer as it is addressed, and the contact that mail goes to."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from o2c.core import addresses, clock, mail
from o2c.core.models import Message
from o2c.invoicing.models import BankAccount
from o2c.invoicing.papers.facts import Party, PayTo
from o2c.invoicing.papers.wording import base_language
from o2c.orders.models import Contact, Customer, LegalEntity


class NotSent(ValueError):
    """It cannot be sent so; the text says why."""


class SentBefore(NotSent):
    """It was sent to this address before: say that it is wanted again."""


@dataclass(frozen=True)
class Correspondent:
    """A customer and where mail to it goes: to the first usable address of those who pay its bills, else of others."""

    customer: Customer
    contact: Contact | None
    language: str

    @property
    def address(self) -> str:
        """ "Name <email>" for a message; empty where nobody can be written to."""
        return mail.address(self.contact.name or self.customer.name, self.contact.email) if self.contact else ""


def of(customer_ids: Iterable[int]) -> dict[int, Correspondent]:
    """Of each customer, in two queries for all."""
    ids = list(customer_ids)
    first: dict[int, Contact] = {}
    written_to = addresses.without_dead(Contact.objects.filter(customer__in=ids, in_use=True).exclude(email=""))
    contacts = written_to.order_by("customer_id", "pk")
    for contact in sorted(contacts, key=lambda contact: contact.role != Contact.Role.BILLING):
        if contact.customer_id not in first and mail.usable(contact.email):
            first[contact.customer_id] = contact
    return {
        customer.pk: Correspondent(
            customer,
            contact := first.get(customer.pk),
            base_language((contact and contact.language) or customer.language),
        )
        for customer in Customer.objects.filter(pk__in=ids)
    }


def as_asked(customer: Customer, contact: Contact) -> Correspondent:
    """The customer, with mail to the contact that somebody has chosen; without one where it cannot be written to."""
    usable = contact.customer_id == customer.pk and contact.in_use and mail.usable(contact.email)
    usable = usable and not addresses.is_dead(contact.email)
    chosen = contact if usable else None
    return Correspondent(customer, chosen, base_language((chosen and chosen.language) or customer.language))


def readers(customer_id: int) -> list[Contact]:
    """Who of a customer can be written to, accounts payable first."""
    found = addresses.without_dead(Contact.objects.filter(customer=customer_id, in_use=True).exclude(email=""))
    can = [each for each in found if mail.usable(each.email)]
    return sorted(can, key=lambda each: (each.role != Contact.Role.BILLING, each.name, each.pk))


def to_whom(customer_id: int, contact: Contact | None = None) -> Correspondent:
    """Who gets what is sent to a customer: the contact named, else who pays the bills. Raises NotSent."""
    to = of([customer_id])[customer_id]
    if contact is not None:
        to = as_asked(to.customer, contact)
    if to.contact is None:
        raise NotSent(f"{to.customer.name} has no contact with an e-mail address.")
    return to


def once(number: str, to: Correspondent, before: Iterable[Message]) -> None:
    """Refuse an address where it went before, or goes; what was given up or refused did not. Raises SentBefore."""
    gone = (Message.State.CANCELLED, Message.State.REFUSED)
    reached = {each.recipient.rpartition("<")[2].rstrip(">").lower() for each in before if each.state not in gone}
    if to.contact.email.lower() in reached:
        raise SentBefore(f"{number} was sent to {to.contact.email} before. Say that you want it again.")


def message(entity: LegalEntity, to: Correspondent, *, key: str, subject: str, text: str) -> Message:
    """A message to the customer, to be written down."""
    now = clock.now()
    return Message(
        key=key,
        owner=entity.code,
        sender=mail.address(entity.name, entity.email or settings.DEFAULT_FROM_EMAIL),
        recipient=to.address,
        subject=mail.one_line(subject)[:400],
        text=text,
        language=to.language,
        country=to.customer.country or entity.country,
        created_at=now,
        not_before=now,
    )


# --- As they stand on a paper


def seller(entity: LegalEntity) -> Party:
    return Party(
        name=entity.name,
        address=tuple(line.strip() for line in entity.address.splitlines() if line.strip()),
        country=entity.country,
        vat_id=entity.vat_id,
        registration=entity.registration_number,
        email=entity.email,
        phone=entity.phone,
    )


def buyer(customer: Customer) -> Party:
    town = f"{customer.postal_code} {customer.city}".strip()
    return Party(
        name=customer.name,
        address=tuple(line for line in (customer.street, town) if line),
        country=customer.country,
        number=customer.number,
        vat_id=customer.vat_id,
    )


def pay_to(entity: LegalEntity, account: BankAccount | None) -> PayTo | None:
    if account is None:
        return None
    return PayTo(entity.name, account.iban, account.bic, account.account_number, account.bank)
