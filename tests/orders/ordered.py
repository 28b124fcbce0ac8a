"""Confirmed orders for tests of what comes after them."""

from datetime import date
from decimal import Decimal

from o2c.core.actors import SYSTEM
from o2c.orders.deliveries import keeping
from o2c.orders.deliveries.keeping import Part
from o2c.orders.models import Customer, Delivery, LegalEntity, Order, OrderLine

DAY = date(2026, 3, 2)


def order(
    customer: Customer,
    *lines: tuple[str, str],
    entity: LegalEntity,
    number: str = "SO-1",
    state: str = Order.State.CONFIRMED,
    **facts,
) -> Order:
    """An order of (quantity, price) a line."""
    usual = {
        "currency": "EUR", "ordered_on": DAY, "channel": Order.Channel.API, "created_by": "test",
        "customer_reference": f"PO-{number}", "ship_to_name": customer.name, "ship_to_country": customer.country,
        "ship_to_city": customer.city,
    }  # fmt: skip
    made = Order.objects.create(entity=entity, customer=customer, number=number, state=state, **usual | facts)
    rows = [
        OrderLine(
            order=made, position=position, description=f"Goods {position}", quantity=Decimal(quantity),
            price=Decimal(price), tax_category="S", tax_rate=Decimal(19), net=Decimal(quantity) * Decimal(price),
        )
        for position, (quantity, price) in enumerate(lines, start=1)
    ]  # fmt: skip
    OrderLine.objects.bulk_create(rows)
    return made


def planned(made: Order, *quantities: str, **facts) -> Delivery:
    """A delivery of so much of each line of an order, of all of what is left where nothing is said."""
    lines = list(made.lines.order_by("position"))
    if not quantities:
        (found,) = keeping.plan_left([made], actor=SYSTEM, **facts)
        return found
    parts = [Part(line, Decimal(each)) for line, each in zip(lines, quantities, strict=False) if Decimal(each)]
    return keeping.plan(parts, actor=SYSTEM, **facts)


def shipped(made: Order, *quantities: str, on: date = DAY, **facts) -> Delivery:
    return keeping.ship(planned(made, *quantities, **facts), on=on, actor=SYSTEM)
