"""A legal entity with rules, whose customers owe for long, and people who decide."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from o2c.collections import policies
from o2c.collections.chronic import recommending, rules
from o2c.collections.chronic.recommending import Recommended
from o2c.collections.chronic.rules import Wanted
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role

DAY = date(2026, 3, 2)


class Office:
    """Chronic is what is overdue for more than 90 days, 100.00 at least, with nothing paid for 60."""

    def __init__(self, given):
        self.given = given
        self.entity = given.entity(time_zone="UTC")
        policies.install_standard(self.entity)
        self.rule()
        self.boss = Actor.of(given.user("boss", Role.FINANCE_MANAGER))
        self.other = Actor.of(given.user("other", Role.FINANCE_MANAGER))

    def rule(self, **otherwise) -> None:
        facts = {"minimum": Decimal(100), "exit_days": 180, "write_off_days": 365}
        rules.change(self.entity, Wanted(**facts | otherwise), actor=SYSTEM)

    def owes(self, days: int, money: str = "1000.00 EUR", customer=None):
        """A customer with an item that is so many days overdue on the day."""
        customer = customer or self.given.customer(entity=self.entity)
        self.given.open_item(money, customer=customer, due=DAY - timedelta(days=days))
        return customer

    def recommended(self, customer=None, on: date = DAY) -> list[Recommended]:
        return recommending.recommended([self.entity], on, customer)

    def act(self, customer, on: date = DAY) -> str | None:
        found = self.recommended(customer, on)
        return found[0].act if found else None


@pytest.fixture
def office(given):
    return Office(given)
