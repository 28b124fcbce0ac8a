"""A legal entity with a rule, and customers who pay late."""

from datetime import date
from decimal import Decimal

import pytest

from o2c.collections.interest import packs
from o2c.collections.late_payers import listing, rules
from o2c.collections.late_payers.rules import Wanted
from o2c.collections.models import InterestPack, LatePayer
from o2c.core.actors import SYSTEM
from o2c.orders.models import Account, PaymentTerms

LATE = date(2025, 3, 3)
DAY = date(2025, 4, 1)


class Listing:
    """A list by a rule that proposes everything: one late invoice is enough."""

    def __init__(self, given):
        self.given = given
        self.entity = given.entity(time_zone="UTC")
        self.net30 = PaymentTerms.objects.create(code="L30", name="30 days", days=30)
        self.net7 = PaymentTerms.objects.create(code="L7", name="7 days", days=7)
        self.ahead = PaymentTerms.objects.create(code="L0", name="Before delivery", days=0)
        self.pack = InterestPack.objects.get(code="eu")
        packs.rule(
            self.entity, pack=self.pack, begins_on=date(2024, 1, 1), minimum=Decimal(0), after_payment=True,
            compensates=False, days_to_pay=14, only_agreed=True, actor=SYSTEM,
        )  # fmt: skip
        self.rule()

    def rule(self, on: date = date(2025, 1, 1), **otherwise):
        facts = {
            "least_invoices": 1, "least_share": None, "terms": self.net7, "prepayment": self.ahead, "holds": True,
            "pack": self.pack,
        }  # fmt: skip
        return rules.change(self.entity, Wanted(**facts | otherwise), on=on, actor=SYSTEM)

    def late(self, customer=None, due: date = LATE):
        """A customer with an invoice that is late on the day."""
        customer = customer or self.given.customer(terms=self.net30)
        self.given.open_item("1000.00 EUR", customer=customer, due=due)
        return customer

    def review(self, on: date = DAY):
        return listing.review(self.entity, on)

    def listed(self) -> LatePayer:
        """The entry of a customer who is late on the day."""
        customer = self.late()
        self.review()
        return LatePayer.objects.select_related("entity", "customer").get(customer=customer)

    def account(self, entry: LatePayer) -> Account:
        return Account.objects.select_related("terms").get(customer=entry.customer_id, entity=entry.entity_id)


@pytest.fixture
def book(given):
    return Listing(given)
