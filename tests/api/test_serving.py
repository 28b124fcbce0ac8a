"""What serving customers costs, in the API."""

from datetime import date
from decimal import Decimal

import pytest

from o2c.core import clock
from tests.orders.ordered import order


@pytest.fixture
def entity(given):
    return given.entity("DE1", vat_id="DE123456789")


@pytest.fixture
def customer(given, entity):
    customer = given.customer("C1", entity=entity)
    order(customer, ("2", "10"), entity=entity, ordered_on=clock.today(entity.time_zone))
    return customer


def test_the_api_says_the_same(api, entity, customer):
    today = clock.today(entity.time_zone)
    body = {"entity": "DE1", "step": "line", "amount": {"amount": "0.40", "currency": "EUR"}, "from_on": str(today)}
    assert api.post("/cost-rates", body).status_code == 201
    wrong = body | {"amount": {"amount": "0.40", "currency": "USD"}}
    assert api.post("/cost-rates", wrong).json()["errors"][0]["pointer"] == "/amount/currency"
    assert api.post("/cost-rates", body | {"percent": "1"}).status_code == 400
    work = {"entity": "DE1", "customer": {"number": "C1"}, "step": "call", "on": str(today)}
    assert api.post("/work-records", work).json()["errors"][0]["pointer"] == "/amount"
    spent = {"amount": {"amount": "5.00", "currency": "EUR"}, "order": "SO-1"}
    made = api.post("/work-records", work | spent).json()
    said = api.get(f"/customers/{customer.pk}/cost-to-serve?entity=DE1&since=2026-01-01&until={today}").json()
    assert (said["orders"], Decimal(said["net"]), Decimal(said["cost"])) == (1, 20, Decimal("5.40"))
    assert [each["month"] for each in said["months"]] == [str(today.replace(day=1))]
    order_id = customer.orders.get().pk
    assert Decimal(api.get(f"/orders/{order_id}/cost-to-serve").json()["cost"]) == Decimal("5.40")
    assert api.post(f"/work-records/{made['id']}/take-back", {}).json()["taken_back_at"]
    assert Decimal(api.get(f"/orders/{order_id}/cost-to-serve").json()["cost"]) == Decimal("0.40")
    assert date.fromisoformat(said["since"]) == date(2026, 1, 1)
