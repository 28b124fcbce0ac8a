"""Cost to serve in the browser."""

from decimal import Decimal

import pytest
from django.urls import reverse

from o2c.analytics.models import CostRate, WorkRecord
from o2c.analytics.models.serving import Step
from o2c.analytics.serving import keeping
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from tests.orders.ordered import order


@pytest.fixture
def entity(given):
    return given.entity("DE1", vat_id="DE123456789")


@pytest.fixture
def customer(given, entity):
    customer = given.customer("C1", entity=entity)
    order(customer, ("2", "10"), entity=entity, ordered_on=clock.today(entity.time_zone))
    return customer


@pytest.fixture
def manager(client, given):
    client.force_login(given.user("mira", Role.FINANCE_MANAGER))
    return client


def test_a_rate_is_said_and_work_is_written_down_and_taken_back(manager, entity, customer):
    today = clock.today(entity.time_zone)
    rate = {"step": "dispute", "rate": "0.80", "from_on": today.isoformat()}
    assert manager.post(reverse("set_cost_rate", args=[entity.pk]), rate).status_code == 302
    assert (CostRate.objects.get().amount, CostRate.objects.get().set_by) == (Decimal("0.8"), "mira")
    address = reverse("record_work", args=[customer.pk, entity.pk])
    work = {"step": "dispute", "on": today.isoformat(), "quantity": "45", "note": "Price"}
    assert manager.post(address, work | {"order": "SO-9"}).status_code == 422
    assert manager.post(address, work | {"order": "SO-1"}).status_code == 302
    row = WorkRecord.objects.get()
    assert (row.order.number, row.quantity, row.recorded_by) == ("SO-1", Decimal(45), "mira")
    page = manager.get(reverse("customer_serving", args=[customer.pk])).content.decode()
    assert "36.00" in page
    assert manager.post(reverse("take_back_work", args=[row.pk])).status_code == 302
    assert "36.00" not in manager.get(reverse("customer_serving", args=[customer.pk])).content.decode()
    assert "Taken back" in manager.get(reverse("customer_serving", args=[customer.pk])).content.decode()


def test_customers_stand_by_what_serving_them_cost(manager, given, entity, customer):
    cheap = given.customer("C2", entity=entity)
    order(cheap, ("1", "900"), entity=entity, number="SO-2", ordered_on=clock.today(entity.time_zone))
    keeping.record(
        entity=entity, customer=customer, step=Step.OTHER, on=clock.today(entity.time_zone), amount=Decimal(77),
        actor=SYSTEM,
    )  # fmt: skip
    page = manager.get(reverse("serving")).content.decode()
    assert page.index("Customer C1") < page.index("Customer C2")
    page = manager.get(reverse("serving"), {"sort": "net"}).content.decode()
    assert page.index("Customer C2") < page.index("Customer C1")
    assert manager.get(reverse("serving"), {"since": "2026-02-01", "until": "2026-01-01"}).status_code == 422
