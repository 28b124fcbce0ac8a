"""Deliveries: what is left, what left the house and came back, and how the state of the orders follows."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from o2c.core.actors import SYSTEM
from o2c.core.models import OutboxEvent
from o2c.orders.deliveries import keeping
from o2c.orders.deliveries.keeping import DeliveryRefused, Part
from o2c.orders.models import Carrier, Delivery, DeliveryLine, Order, OrderLine
from tests.at_once import at_once
from tests.orders.ordered import DAY, order, planned, shipped

PDF = b"%PDF-1.7 signed"


@pytest.fixture
def sold(given, today):
    return order(given.customer("C1"), ("10", "2.50"), ("4", "100"), entity=given.entity())


@pytest.fixture
def today(time_machine):
    time_machine.move_to("2026-03-02 12:00Z", tick=False)
    return DAY


def delivered(made: Order) -> list[Decimal]:
    return list(OrderLine.objects.filter(order=made).order_by("position").values_list("delivered", flat=True))


def state(made: Order) -> str:
    return Order.objects.get(pk=made.pk).state


def test_in_parts(sold):
    first = planned(sold, "6", "0")
    assert (first.number, first.state, state(sold)) == ("DN2026-000001", "planned", "confirmed")
    assert (first.ship_to_name, first.customer_id) == (sold.ship_to_name, sold.customer_id)
    assert delivered(sold) == [0, 0]
    keeping.ship(first, on=DAY, tracking_number="T1", actor=SYSTEM)
    assert (delivered(sold), state(sold)) == ([6, 0], "partly_delivered")
    rest = planned(sold)
    assert list(rest.lines.values_list("quantity", flat=True)) == [4, 4]
    keeping.ship(rest, on=DAY, actor=SYSTEM)
    assert (delivered(sold), state(sold)) == ([10, 4], "delivered")
    told = OutboxEvent.objects.filter(kind__startswith="orders.").order_by("id").values_list("kind", flat=True)
    assert list(told) == ["orders.partly_delivered", "orders.delivered"]


def test_no_more_than_is_left(sold):
    planned(sold, "6")
    with pytest.raises(DeliveryRefused, match="Of line 1 4 are left"):
        planned(sold, "5")
    part = planned(sold, "0.25")
    with pytest.raises(DeliveryRefused, match=r"Of line 1 3\.75 are left"):
        planned(sold, "4")
    keeping.cancel(part, reason="Not sent", actor=SYSTEM)
    assert Delivery.objects.exclude(state="cancelled").count() == 1
    planned(sold, "4", "4")
    with pytest.raises(DeliveryRefused, match="Nothing is left"):
        planned(sold)


def test_more_than_was_ordered_where_it_is_so(sold):
    line = sold.lines.get(position=1)
    made = keeping.plan([Part(line, Decimal(12))], over=True, actor=SYSTEM)
    keeping.ship(made, on=DAY, actor=SYSTEM)
    assert (delivered(sold), state(sold)) == ([12, 0], "partly_delivered")


@pytest.mark.parametrize("stands", ["draft", "validated", "on_hold", "cancelled", "closed"])
def test_what_is_not_confirmed_stays_in_the_house(given, today, stands):
    facts = {"reason": "not wanted"} if stands == "cancelled" else {}
    made = order(given.customer("C1"), ("10", "1"), entity=given.entity(), state=stands, **facts)
    with pytest.raises(DeliveryRefused, match="nothing of it is sent"):
        planned(made)


def test_an_order_that_is_held_meanwhile_is_not_shipped(sold):
    made = planned(sold)
    Order.objects.filter(pk=sold.pk).update(state="on_hold")
    with pytest.raises(DeliveryRefused, match="on credit hold"):
        keeping.ship(made, on=DAY, actor=SYSTEM)
    assert (delivered(sold), Delivery.objects.get().state) == ([0, 0], "planned")


def test_to_the_door_and_proved(sold):
    made = shipped(sold)
    arrived = keeping.deliver(made, on=DAY, actor=SYSTEM)
    assert (arrived.state, arrived.delivered_on) == ("delivered", DAY)
    proved = keeping.prove(arrived, by="Ms Ring", name="slip.pdf", content=PDF, actor=SYSTEM)
    assert (proved.state, proved.proved_by, proved.proved_on) == ("proved", "Ms Ring", DAY)
    assert (bytes(proved.proof.content), proved.proof.media_type) == (PDF, "application/pdf")
    again = keeping.prove(proved, by="Somebody else", name="b.pdf", content=b"%PDF-2", actor=SYSTEM)
    assert (again.proved_by, again.proof_id) == ("Ms Ring", proved.proof_id)
    with pytest.raises(DeliveryRefused, match="taken it in"):
        keeping.cancel(proved, reason="lost", actor=SYSTEM)


def test_a_proof_says_that_it_arrived(sold):
    proved = keeping.prove(shipped(sold), by="Ms Ring", on=DAY, actor=SYSTEM)
    assert (proved.state, proved.delivered_on, proved.proof) == ("proved", DAY, None)
    paper = keeping.prove(proved, by="x", name="a.png", content=b"\x89PNG\r\n\x1a\n...", actor=SYSTEM)
    assert paper.proof.media_type == "image/png"


@pytest.mark.parametrize(
    ("content", "said"), [(b"<html>", "PDF, PNG or JPEG"), (b"%PDF-" + b"x" * (10 << 20), "larger than 10 MB")]
)
def test_a_proof_that_is_refused(sold, content, said):
    made = shipped(sold)
    with pytest.raises(DeliveryRefused, match=said):
        keeping.prove(made, by="Ms Ring", name="a.pdf", content=content, actor=SYSTEM)
    assert Delivery.objects.get().state == "shipped"


def test_days_that_cannot_be(sold):
    made = planned(sold)
    with pytest.raises(DeliveryRefused, match="has not come"):
        keeping.ship(made, on=date(2026, 3, 3), actor=SYSTEM)
    keeping.ship(made, on=DAY, actor=SYSTEM)
    with pytest.raises(DeliveryRefused, match="left the house"):
        keeping.deliver(made, on=date(2026, 3, 1), actor=SYSTEM)


def test_taken_back(sold):
    made = shipped(sold, "6", "4")
    taken = keeping.cancel(made, reason="came back", actor=SYSTEM)
    assert (taken.state, delivered(sold), state(sold)) == ("cancelled", [0, 0], "confirmed")
    assert keeping.cancel(made, reason="again", actor=SYSTEM).reason == "came back"
    assert list(planned(sold).lines.values_list("quantity", flat=True)) == [10, 4]


def test_each_act_twice_is_once(sold):
    made = planned(sold)
    for _ in range(2):
        keeping.ship(made, on=DAY, actor=SYSTEM)
    for _ in range(2):
        keeping.deliver(made, on=DAY, actor=SYSTEM)
    assert delivered(sold) == [10, 4]
    kinds = OutboxEvent.objects.filter(kind__startswith="deliveries.").values_list("kind", flat=True)
    assert sorted(kinds) == ["deliveries.delivered", "deliveries.planned", "deliveries.shipped"]


def test_said_anew_while_it_is_planned(sold):
    made = planned(sold)
    first, second = made.lines.all()
    keeping.change(made, quantities={first.pk: Decimal(7), second.pk: Decimal(0)}, note="early", actor=SYSTEM)
    assert list(made.lines.values_list("quantity", flat=True)) == [7]
    with pytest.raises(DeliveryRefused, match="Of line 1 10 are left"):
        keeping.change(made, quantities={made.lines.get().pk: Decimal(11)}, actor=SYSTEM)
    keeping.ship(made, on=DAY, actor=SYSTEM)
    with pytest.raises(DeliveryRefused, match="left the house"):
        keeping.change(made, quantities={}, actor=SYSTEM)
    dhl = Carrier.objects.create(code="DHL", name="DHL", tracking_url="https://dhl.example/{number}")
    found = keeping.change(made, carrier=dhl, tracking_number="A/1", actor=SYSTEM)
    assert found.tracking_link == "https://dhl.example/A%2F1"


def test_the_database_keeps_what_left_the_house(sold):
    made = shipped(sold)
    with pytest.raises(IntegrityError, match="not rewritten"), transaction.atomic():
        DeliveryLine.objects.filter(delivery=made).update(quantity=1)
    with pytest.raises(IntegrityError, match="not rewritten"), transaction.atomic():
        made.lines.all().delete()
    with pytest.raises(IntegrityError, match="delivery_line_billed"), transaction.atomic():
        DeliveryLine.objects.filter(delivery=made).update(billed=11)


def test_of_several_orders_of_one_place(given, today):
    entity, customer = given.entity(), given.customer("C1")
    one = order(customer, ("1", "1"), entity=entity, number="SO-1")
    two = order(customer, ("2", "1"), entity=entity, number="SO-2")
    away = order(customer, ("3", "1"), entity=entity, number="SO-3", ship_to_city="Elsewhere")
    made = keeping.plan_left([away, two, one], actor=SYSTEM)
    assert [sorted(each.lines.values_list("quantity", flat=True)) for each in made] == [[1, 2], [3]]
    with pytest.raises(DeliveryRefused, match="two places"):
        keeping.plan([Part(each.lines.get(), Decimal(1)) for each in (one, away)], over=True, actor=SYSTEM)


@pytest.mark.django_db(transaction=True)
def test_two_who_ship_parts_of_an_order_at_once(given, today):
    made = order(given.customer("C1"), ("10", "1"), ("10", "1"), entity=given.entity())
    parts = [planned(made, "5", "5"), planned(made, "5", "5")]
    at_once(*(lambda each=each: keeping.ship(each, on=DAY, actor=SYSTEM) for each in parts), refusals=())
    assert (delivered(made), state(made)) == ([10, 10], "delivered")


@pytest.mark.django_db(transaction=True)
def test_two_who_plan_the_same_rest_at_once(given, today):
    made = order(given.customer("C1"), ("10", "1"), entity=given.entity())
    answers = at_once(*(lambda: planned(made, "10") for _ in range(4)), refusals=(DeliveryRefused,))
    assert sum(isinstance(each, Delivery) for each in answers) == 1


@pytest.mark.django_db(transaction=True)
def test_ship_and_take_back_at_once(given, today):
    made = order(given.customer("C1"), ("10", "1"), entity=given.entity())
    each = planned(made)
    at_once(
        lambda: keeping.ship(each, on=DAY, actor=SYSTEM),
        lambda: keeping.cancel(each, reason="no", actor=SYSTEM),
        refusals=(DeliveryRefused,),
    )
    gone = Delivery.objects.get().state == "shipped"
    assert delivered(made) == [10 if gone else 0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(delivered) FROM orders_orderline")
        assert cursor.fetchone()[0] == (10 if gone else 0)
