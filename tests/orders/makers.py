"""Products, lists and contracts for tests."""

from datetime import date
from decimal import Decimal

from o2c.core.actors import SYSTEM
from o2c.orders import products
from o2c.orders.contracts import keeping as contracts
from o2c.orders.models import Contract, Customer, LegalEntity, PriceList, Product
from o2c.orders.prices import keeping, lists

TODAY = date(2026, 3, 10)


def product(number: str = "P1", **details) -> Product:
    return products.create(number=number, name=f"Product {number}", **details, actor=SYSTEM)


def price_list(entity: LegalEntity, code: str = "STD", **details) -> PriceList:
    return lists.create(entity, code=code, name=code, **{"currency": entity.base_currency, **details}, actor=SYSTEM)


def contract(entity: LegalEntity, customer: Customer, number: str = "C-1", **details) -> Contract:
    facts = {"name": "Framework", "begins_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31), **details}
    return contracts.draft(entity=entity, customer=customer, number=number, **facts, actor=SYSTEM)


def active(*args, **details) -> Contract:
    return activate(contract(*args, **details))


def activate(drafted: Contract, today: date = TODAY) -> Contract:
    return contracts.activate(drafted, today=today, actor=SYSTEM)


def say(owner, sold: Product, price: str, *, since: date = TODAY, until: date | None = None, above: str = "0", **facts):
    return keeping.say(
        owner, sold, Decimal(price), valid_from=since, valid_until=until, from_quantity=Decimal(above),
        **{"today": TODAY, "actor": SYSTEM, **facts},
    )  # fmt: skip
