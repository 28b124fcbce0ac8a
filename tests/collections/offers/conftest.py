"""A legal entity with a rule of nine percent a year, and customers whose invoices are due in a month."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from o2c.collections.offers import deciding, proposing, rules
from o2c.collections.offers.rules import Wanted
from o2c.core.actors import SYSTEM, Actor
from o2c.invoicing.models import EarlyOffer, OpenItem

DAY = date(2026, 3, 2)
DUE = date(2026, 4, 1)
MANAGER = Actor("manager")


class Offering:
    def __init__(self, given):
        self.given = given
        self.entity = given.entity(time_zone="UTC")
        self.rule()

    def rule(self, segment: str = "", on: date = DAY, **otherwise):
        return rules.change(self.entity, Wanted(**otherwise), segment=segment, on=on, actor=SYSTEM)

    def customer(self, **facts):
        facts.setdefault("email", "ap@acme.example")
        return self.given.customer(**facts)

    def item(self, money: str = "10000.00 EUR", *, customer=None, due: date = DUE, **facts) -> OpenItem:
        customer = customer or self.customer()
        facts.setdefault("issued", DAY - timedelta(days=30))
        return self.given.open_item(money, customer=customer, due=due, **facts)

    def propose(self, on: date = DAY):
        return proposing.propose(self.entity, on, actor=SYSTEM)

    def proposed(self) -> list[EarlyOffer]:
        return list(EarlyOffer.objects.order_by("pk"))

    def offered(self, money: str = "10000.00 EUR", **facts) -> EarlyOffer:
        """An offer that stands since the day: nine percent a year."""
        item = self.item(money, **facts)
        run = self.propose()
        deciding.approve(run, on=DAY, actor=MANAGER)
        return EarlyOffer.objects.select_related("item__customer", "entity", "run").get(item=item)

    def follow(self, on: date = DAY) -> int:
        return deciding.follow(self.entity, on)


@pytest.fixture
def book(given):
    return Offering(given)


def percent(days: int) -> Decimal:
    return (Decimal(9) * days / 365).quantize(Decimal("1e-10"))
