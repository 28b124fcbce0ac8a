"""Planning a delivery in the browser: what is left stands in the form, and what does not fit is said."""

import pytest

from o2c.core.models import Role
from o2c.orders.models import Delivery
from o2c.orders.views import deliveries
from tests.orders.ordered import order, planned

pytestmark = pytest.mark.django_db


def test_the_form_holds_what_is_left_and_says_when_that_is_not_all(client, given, monkeypatch):
    entity = given.entity("DE1", vat_id="DE123456789")
    made = order(given.customer("C1", entity=entity), ("2", "10"), ("3", "10"), ("4", "10"), entity=entity)
    planned(made, "2", "0", "0")
    first, second, third = made.lines.order_by("position")
    client.force_login(given.user("otto", Role.ORDER_CLERK))
    page = client.get(f"/orders/{made.pk}/deliver/").content.decode()
    assert f'name="line_{first.pk}"' not in page
    assert f'name="line_{third.pk}"' in page
    monkeypatch.setattr(deliveries, "MOST_IN_FORM", 1)
    page = client.get(f"/orders/{made.pk}/deliver/").content.decode()
    assert "The first 1 of 2 lines that are left" in page
    assert client.post(f"/orders/{made.pk}/deliver/", {f"line_{second.pk}": "3"}).status_code == 302
    assert [(each.order_line_id, each.quantity) for each in Delivery.objects.last().lines.all()] == [(second.pk, 3)]
