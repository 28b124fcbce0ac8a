"""Products, lists and contracts for tests."""

from datetime import date
from decimal import Decimal

from o2c.core.actors import SYSTEM
from o2c.orders import products
from o2c.orders.contracts import keeping as contracts
from o2c.orders.models import Contract, Customer, LegalEntity, Order, PriceList, Product
from o2c.orders.ordering import writing
from o2c.orders.ordering.drafts import DraftLine, DraftOrder
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


def ready(given, number: str = "C-1", *, entity: LegalEntity | None = None, **details) -> Customer:
    """A customer of whom all is known that orders ask for."""
    place = {"street": "Weg 1", "postal_code": "50667", "city": "Köln", "country": "DE", **details}
    return given.customer(number, entity=entity, **place)


def order(customer: Customer, *lines: DraftLine, entity: LegalEntity, submitted: bool = True, **facts) -> Order:
    draft = DraftOrder(
        entity=entity, customer=customer, lines=lines, submitted=submitted,
        **{"ordered_on": TODAY, "channel": "browser", **facts},
    )  # fmt: skip
    return writing.write(draft, actor=SYSTEM)


def line(sold: Product | None, quantity: str = "1", price: str | None = None, **facts) -> DraftLine:
    return DraftLine(product=sold, quantity=Decimal(quantity), price=None if price is None else Decimal(price), **facts)


def problems(of: Order) -> list[str]:
    """What stands, by name; what was waived in brackets."""
    rows = of.problems.filter(ended_at=None).order_by("line__position", "code")
    return [f"({row.code})" if row.waived_at else row.code for row in rows]
