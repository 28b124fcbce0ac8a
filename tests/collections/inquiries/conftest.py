from datetime import UTC, datetime

import pytest
import time_machine

from o2c.collections.incoming import keeping
from o2c.collections.inquiries import opening
from o2c.collections.models import IncomingMail, Inquiry
from o2c.core.actors import Actor
from o2c.core.models import Role, User
from o2c.invoicing.models import Invoice, OpenItem
from o2c.invoicing.papers.keeping import document_of
from tests.collections.incoming.samples import letter
from tests.given import Given

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # an hour before the office opens


@pytest.fixture
def clock_at():
    """Travel to a moment, and from there to others."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller.move_to


@pytest.fixture
def anna(given) -> User:
    return given.user("anna", Role.COLLECTOR)


@pytest.fixture
def boss(given) -> User:
    return given.user("boss", Role.FINANCE_MANAGER)


class Asking:
    """A customer with Erika, an invoice of 119.00 EUR issued here, and what they ask."""

    def __init__(self, given: Given):
        self.given = given
        self.entity = given.entity(email="ar@seller.example")
        self.customer = given.customer(email="")
        self.contact = self.customer.contacts.create(name="Erika Muster", email="erika@kunde.example", language="en")
        self.invoice: Invoice = given.invoice("100.00 EUR", customer=self.customer)
        document_of(self.invoice)
        self.invoice.refresh_from_db()
        self.item = OpenItem.objects.get(entry=self.invoice.entry_id)

    def mail(self, text: str = "Please send us a copy of the invoice.", **more) -> IncomingMail:
        return keeping.take_in(letter(text, **more), mailbox="box", entity=self.entity)

    def open(self, kind: str = "copy", *, actor: Actor, subject: str = "A copy, please", **more) -> Inquiry:
        return opening.open(self.customer, self.entity, kind, subject=subject, actor=actor, **more)


@pytest.fixture
def asking(given) -> Asking:
    return Asking(given)
