"""What carriers told goes once nobody can claim anything for it, but for deliveries that are under way still."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.orders.deliveries import keeping
from o2c.orders.models import Carrier, Delivery, TrackingEvent
from o2c.web.privacy import retention
from tests.orders.ordered import DAY, order, planned

DAYS = 3 * 365


def told(carrier: Carrier, number: str, days: int, times: int = 1) -> None:
    TrackingEvent.objects.bulk_create(
        TrackingEvent(
            carrier=carrier, event=f"{number}/{days}/{place}", tracking_number=number, kind="failed",
            at=clock.now() - timedelta(days=days), came_at=clock.now() - timedelta(days=days), place="Köln",
        )
        for place in range(times)
    )  # fmt: skip


def applied() -> tuple[int, int]:
    row = next(row for row in retention.table(apply=True, actor=SYSTEM) if row["rule"] == "tracking")
    return row["old"], row["done"]


@pytest.fixture
def sent(given) -> Carrier:
    """Two deliveries of three years ago: T-1 was delivered, T-2 is still under way."""
    entity, carrier = given.entity(), Carrier.objects.create(code="PP", name="Parcel Post")
    for number in ("T-1", "T-2"):
        made = planned(order(given.customer(number, entity=entity), ("1", "5"), entity=entity, number=f"SO-{number}"))
        keeping.change(made, carrier=carrier, tracking_number=number, actor=SYSTEM)
        keeping.ship(made, on=DAY, actor=SYSTEM)
    keeping.deliver(Delivery.objects.get(tracking_number="T-1"), on=DAY, actor=SYSTEM)
    Delivery.objects.update(created_at=clock.now() - timedelta(days=DAYS + 30))
    return carrier


def test_what_is_old_goes_and_what_a_delivery_under_way_needs_stays(sent):
    for number in ("T-1", "T-2", "nobody's"):
        told(sent, number, DAYS + 1)
    told(sent, "T-1", DAYS - 1)
    assert Delivery.objects.filter(carrier=sent).count() == 2
    assert applied() == (2, 2)
    assert sorted(TrackingEvent.objects.values_list("event", flat=True)) == ["T-1/1094/0", "T-2/1096/0"]
    assert applied() == (0, 0)
    keeping.deliver(Delivery.objects.get(tracking_number="T-2"), on=DAY, actor=SYSTEM)
    assert applied() == (1, 1)


def test_many_go_by_one_statement(sent, settings):
    settings.O2C_RETENTION = ["tracking=10"]
    told(sent, "T-1", 11, times=500)
    with CaptureQueriesContext(connection) as asked:
        assert applied() == (500, 500)
    assert sum("orders_trackingevent" in each["sql"] for each in asked.captured_queries) == 2
