"""A legal entity and a customer who is its vendor too, with an agreement, and people who ask and approve."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.db import transaction

from o2c.collections.netting import agreeing, asking, deciding, eligible
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing.models import Netting, OpenItem, Payable
from o2c.invoicing.netting import payables

DAY = date(2026, 3, 2)
LATER = DAY + timedelta(days=1)


class Vendors:
    def __init__(self, given):
        self.given = given
        self.entity = given.entity(time_zone="UTC")
        self.customer = given.customer("ACME")
        self.agreement = self.agree()
        self.clerk = Actor.of(given.user("clerk", Role.CASH_CLERK))
        self.boss = Actor.of(given.user("boss", Role.FINANCE_MANAGER))
        self.numbers = count(1)

    def agree(self, **facts):
        facts = {"entity": self.entity, "customer": self.customer, "since": date(2026, 1, 1), **facts}
        return agreeing.agree(**facts, actor=SYSTEM)

    def item(self, money: str = "1000.00 EUR", **facts) -> OpenItem:
        return self.given.open_item(money, **{"customer": self.customer, "due": DAY, **facts})

    def say(self, money: str = "600.00 EUR", *, key: str = "", left: str = "", as_of: date = DAY, **facts) -> Payable:
        """What the ERP says of a payable: `left` is open of it, all of it unless said."""
        amount, currency = money.split()
        key = key or f"V{next(self.numbers)}"
        told = {
            "entity": self.entity, "customer": self.customer, "source": "erp", "external_id": key, "number": key,
            "issued_on": DAY - timedelta(days=30), "due_on": DAY, "currency": currency, "amount": Decimal(amount),
            "open_amount": Decimal(left or amount), "as_of": as_of, "on": max(as_of, DAY), "actor": SYSTEM, **facts,
        }  # fmt: skip
        with transaction.atomic():
            return payables.put(payables.held(told["entity"], "erp", key), **told)

    def ask(self, items: dict | None = None, owed: dict | None = None, *, currency: str = "EUR", on=DAY) -> Netting:
        """So much of rows, by what they are; what is suggested where nothing is said."""
        if items is None:
            shares, told = eligible.sides(self.agreement, currency, on).suggested()
        else:
            shares = {row.pk: Decimal(amount) for row, amount in items.items()}
            told = {row.pk: Decimal(amount) for row, amount in owed.items()}
        return asking.ask(
            self.agreement, currency, items=shares, owed=told, reason="As agreed", on=on, actor=self.clerk
        )

    def net(self, *args, on=DAY) -> Netting:
        """Asked for and approved on the day."""
        return deciding.approve(self.ask(*args, on=on), on=on, actor=self.boss)

    @staticmethod
    def left(*rows) -> list[str]:
        """What is open of items and payables now."""
        return [f"{type(row).objects.get(pk=row.pk).open_amount:.2f}" for row in rows]

    def today(self):
        return clock.today(self.entity.time_zone)


@pytest.fixture
def vendors(given):
    return Vendors(given)
