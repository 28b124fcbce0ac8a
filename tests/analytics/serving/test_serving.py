"""Cost to serve: each step counted from what happened, priced by the rate of its day, beside the margin."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.analytics.models import CostRate, WorkRecord
from o2c.analytics.models.serving import Step
from o2c.analytics.serving import counting, keeping, reading
from o2c.analytics.serving.keeping import ServingRefused
from o2c.collections.models import Activity
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.invoicing import cash
from o2c.orders.models import Order, Product
from tests.orders.ordered import DAY, order, shipped

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture
def entity(given):
    return given.entity("DE1", vat_id="DE123456789")


@pytest.fixture
def customer(given, entity):
    return given.customer("C1", entity=entity, country="DE", city="Ulm")


def rate(entity, step: Step, amount: str | None, on: date = FIRST) -> CostRate:
    value = None if amount is None else Decimal(amount)
    return keeping.set_rate(entity, step, value, from_on=on, actor=SYSTEM)


def whole(entity, customer) -> reading.Result:
    return reading.of_customer(entity.pk, customer.pk, FIRST, LAST)[0]


def told(found: reading.Result) -> dict[str, tuple[str, str]]:
    return {str(step): (f"{each.quantity.normalize():f}", f"{each.cost:.2f}") for step, each in found.steps.items()}


def test_an_order_costs_its_entry_its_lines_and_its_delivery(entity, customer):
    for step, amount in ((Step.ENTRY_BY_HAND, "12"), (Step.ENTRY_ELECTRONIC, "1.50"), (Step.LINE, "0.40"),
                         (Step.PICKING, "2"), (Step.FREIGHT, "9")):  # fmt: skip
        rate(entity, step, amount)
    by_hand = order(customer, ("2", "10"), ("1", "30"), entity=entity, channel=Order.Channel.BROWSER)
    order(customer, ("1", "5"), entity=entity, number="SO-2")
    order(customer, ("9", "9"), entity=entity, number="SO-3", state=Order.State.DRAFT)
    shipped(by_hand)
    found = whole(entity, customer)
    assert told(found) == {
        "entry_by_hand": ("1", "12.00"), "entry_electronic": ("1", "1.50"), "line": ("3", "1.20"),
        "picking": ("2", "4.00"), "freight": ("1", "9.00"),
    }  # fmt: skip
    assert (found.orders, found.net, found.cost, found.left) == (2, Decimal(55), Decimal("27.70"), Decimal("27.30"))
    orders = reading.of_orders(entity.pk, customer.pk, [by_hand.pk], FIRST, LAST)
    assert (orders[by_hand.pk].net, orders[by_hand.pk].cost) == (Decimal(50), Decimal("25.80"))


def test_the_margin_is_what_was_sold_less_the_goods(entity, customer):
    product = Product.objects.create(number="P1", name="P1", cost=Decimal("6"), cost_currency="EUR")
    made = order(customer, ("2", "10"), ("1", "30"), entity=entity)
    made.lines.filter(position=1).update(product=product)
    order(customer, ("1", "1000"), entity=entity, number="SO-9", state=Order.State.CANCELLED, reason="Withdrawn")
    order(customer, ("1", "1000"), entity=entity, number="SO-8", state=Order.State.ON_HOLD)
    found = whole(entity, customer)
    assert (found.net, found.goods, found.margin, found.uncosted) == (50, 12, 38, 30)
    made.lines.filter(position=1).update(closed=1)  # the rest of it was given up
    found = whole(entity, customer)
    assert (found.net, found.goods, found.margin) == (40, 6, 34)


def test_a_delivery_for_two_orders_is_shared_by_its_lines(entity, customer, given):
    rate(entity, Step.FREIGHT, "9")
    one = order(customer, ("1", "10"), ("1", "10"), entity=entity)
    two = order(customer, ("1", "10"), entity=entity, number="SO-2")
    from o2c.orders.deliveries import keeping as deliveries
    from o2c.orders.deliveries.keeping import Part

    parts = [Part(line, Decimal(1)) for line in (*one.lines.all(), *two.lines.all())]
    deliveries.ship(deliveries.plan(parts, actor=SYSTEM), on=DAY, actor=SYSTEM)
    found = reading.of_orders(entity.pk, customer.pk, [one.pk, two.pk], FIRST, LAST)
    assert (found[one.pk].of_step(Step.FREIGHT), found[two.pk].of_step(Step.FREIGHT)) == (6, 3)


def test_the_rate_of_the_day_counts_and_what_counted_stays(entity, customer):
    today = clock.today(entity.time_zone)
    rate(entity, Step.CALL, "4", on=today - timedelta(days=400))
    rate(entity, Step.CALL, "5", on=today)
    rate(entity, Step.CALL, "5", on=today)
    with pytest.raises(ServingRefused, match="stays"):
        rate(entity, Step.CALL, "7", on=today - timedelta(days=1))
    assert rate(entity, Step.CALL, "4", on=today - timedelta(days=400)).amount == 4  # it says so already
    at = clock.now()
    for days in (0, 30):
        Activity.objects.create(
            entity=entity, customer=customer, payer=customer, kind="call", actor="x", happened_at=at - timedelta(days)
        )
    found, months = reading.of_customer(entity.pk, customer.pk, today - timedelta(days=40), today)
    assert told(found) == {"call": ("2", "9.00")}
    assert sum(each.cost for each in months) == 9
    rate(entity, Step.CALL, None, on=today)
    assert [row.step for row in keeping.standing([entity])[0][1]] == []


def test_a_card_payment_costs_its_share(entity, customer):
    rate(entity, Step.CARD_FEE, "1.5")
    rate(entity, Step.PAYMENT, "0.20")
    for method, amount in (("card", "200"), ("transfer", "50")):
        cash.receive(
            entity=entity, customer=customer, amount=Decimal(amount), currency="EUR", received_on=DAY, method=method,
            actor=SYSTEM,
        )  # fmt: skip
    assert told(whole(entity, customer)) == {"payment": ("2", "0.40"), "card_fee": ("200", "3.00")}


def test_what_was_really_spent_counts_instead_of_the_orders_rate(entity, customer):
    rate(entity, Step.FREIGHT, "9")
    made = order(customer, ("1", "10"), entity=entity)
    shipped(made)
    spent = keeping.record(
        entity=entity, customer=customer, step=Step.FREIGHT, on=DAY, order=made, amount=Decimal("31.40"), actor=SYSTEM
    )
    assert told(whole(entity, customer))["freight"] == ("1", "31.40")
    assert keeping.take_back(spent, actor=SYSTEM)
    assert not keeping.take_back(spent, actor=SYSTEM)
    assert told(whole(entity, customer))["freight"] == ("1", "9.00")


def test_minutes_of_a_dispute_are_priced_and_steps_without_a_rate_are_told(entity, customer):
    facts = {"entity": entity, "customer": customer, "on": DAY, "actor": SYSTEM}
    keeping.record(**facts, step=Step.DISPUTE, quantity=Decimal(45), note="Wrong price")
    assert whole(entity, customer).unpriced == [Step.DISPUTE]
    rate(entity, Step.DISPUTE, "0.80")
    found = whole(entity, customer)
    assert (told(found), found.unpriced) == ({"dispute": ("45", "36.00")}, [])


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"step": Step.CALL}, "amount"),
        ({"step": Step.OTHER, "quantity": Decimal(0)}, "quantity"),
        ({"step": Step.OTHER, "amount": Decimal("1.005")}, "amount"),
        ({"step": Step.OTHER, "amount": Decimal(-1)}, "amount"),
        ({"step": Step.OTHER, "on": date(2999, 1, 1)}, "on"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(entity, customer, facts, field):
    with pytest.raises(ServingRefused) as refused:
        keeping.record(**{"entity": entity, "customer": customer, "on": DAY, "actor": SYSTEM, **facts})
    assert refused.value.field == field
    assert not WorkRecord.objects.exists()


def test_an_order_of_somebody_else_is_refused(given, entity, customer):
    other = given.customer("C2", entity=entity)
    made = order(other, ("1", "10"), entity=entity)
    with pytest.raises(ServingRefused, match="SO-1 is no order of C1"):
        keeping.record(
            entity=entity, customer=customer, step=Step.OTHER, on=DAY, order=made, amount=Decimal(1), actor=SYSTEM
        )
    with pytest.raises(ServingRefused, match="no account"):
        keeping.record(entity=given.entity("FR1"), customer=customer, step=Step.OTHER, on=DAY, actor=SYSTEM)


def test_months_and_customers_add_up_in_two_statements(given, entity, customer):
    rate(entity, Step.ENTRY_ELECTRONIC, "2")
    second = given.customer("C2", entity=entity)
    for number in range(6):
        whose = customer if number % 2 else second
        order(whose, ("1", "10"), entity=entity, number=f"S{number}", ordered_on=date(2026, 1 + number, 3))
    months = reading.of_customer(entity.pk, customer.pk, FIRST, LAST)[1]
    assert [(each.of, each.net, each.cost) for each in months] == [
        (date(2026, month, 1), Decimal(10), Decimal(2)) for month in (2, 4, 6)
    ]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = reading.by_customer(entity.pk, FIRST, LAST)
    assert len(queries) == 2
    assert {each.of: (each.net, each.cost) for each in found} == {
        customer.pk: (Decimal(30), Decimal(6)), second.pk: (Decimal(30), Decimal(6))}  # fmt: skip
    assert reading.total(found).left == 48
    assert counting.served([given.entity("FR1").pk], FIRST, LAST) == []
