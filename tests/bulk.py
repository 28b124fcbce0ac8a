"""A large book quickly, for tests that need one: many customers who all owe, with their entries and postings."""

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F

from o2c.invoicing.models import Entry, LedgerAccount, OpenItem, Posting
from o2c.orders.models import Account, Contact, Customer, LegalEntity

LANGUAGES = ("de", "en", "fr")


def owing(
    entity: LegalEntity, *, customers: int, items: int, as_of: date, late: range = range(-5, 12)
) -> list[OpenItem]:
    """So many items spread over so many customers with a contact, each late by the next of the days in `late`."""
    Customer.objects.bulk_create(
        Customer(number=f"B{number:06d}", name=f"Customer {number}", language=LANGUAGES[number % 3])
        for number in range(customers)
    )
    Customer.objects.filter(payer=None).update(payer=F("id"))
    owners = list(Customer.objects.filter(number__startswith="B").order_by("number"))
    Account.objects.bulk_create(Account(customer=c, entity=entity, currency=entity.base_currency) for c in owners)
    Contact.objects.bulk_create(
        Contact(customer=owner, name=owner.name, email=f"ap@{owner.number.lower()}.example") for owner in owners
    )
    dues = [as_of - timedelta(days=late[number % len(late)]) for number in range(items)]
    issued = [due - timedelta(days=30) for due in dues]
    entries = Entry.objects.bulk_create(
        Entry(
            entity=entity,
            payer_id=owners[number % customers].pk,
            kind="item",
            effective_on=issued[number],
            known_on=issued[number],
            actor="test",
        )
        for number in range(items)
    )
    made = OpenItem.objects.bulk_create(
        OpenItem(
            entity=entity,
            customer=owners[number % customers],
            payer_id=owners[number % customers].pk,
            kind="invoice",
            source="test",
            external_id=f"{number}",
            number=f"INV-{number:06d}",
            issued_on=issued[number],
            due_on=dues[number],
            currency=entity.base_currency,
            amount=Decimal(10 + number % 500),
            open_amount=Decimal(10 + number % 500),
            base_amount=Decimal(10 + number % 500),
            effective_on=issued[number],
            known_on=issued[number],
            entry=entries[number],
        )
        for number in range(items)
    )
    accounts = dict(LedgerAccount.objects.filter(entity=entity).values_list("role", "id"))
    Posting.objects.bulk_create(
        Posting(
            entry_id=item.entry_id,
            account_id=accounts[role],
            item=item if role == "receivables" else None,
            currency=item.currency,
            amount=sign * item.amount,
            base_amount=sign * item.amount,
        )
        for item in made
        for role, sign in (("receivables", 1), ("revenue", -1))
    )
    return made
