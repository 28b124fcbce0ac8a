"""Orders for tests of the credit decision, as the acts of writing them leave them."""

from datetime import date
from decimal import Decimal
from itertools import count

from o2c.orders.models import Account, Order, OrderLine

TODAY = date(2026, 3, 10)
NUMBERS = count(1)


def order(
    account: Account, gross: str, *, state: str = "validated", on: date = TODAY, base: str | None = "", **facts
) -> Order:
    """An order of two lines, of which the second has three times the first's net; no tax."""
    amount = Decimal(gross)
    made = Order.objects.create(
        entity=account.entity, customer=account.customer, number=f"O-{next(NUMBERS)}", channel="api", state=state,
        ordered_on=on, currency=account.currency, net_total=amount, gross_total=amount,
        base_total=amount if base == "" else base, created_by="tests", **facts,
    )  # fmt: skip
    for position, share in ((1, Decimal("0.25")), (2, Decimal("0.75"))):
        OrderLine.objects.create(
            order=made, position=position, quantity=10, price=amount * share / 10, net=amount * share, tax_category="Z"
        )
    return made
