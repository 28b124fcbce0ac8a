"""Where the ERP applies cash: people do not, files and keys bring what it did."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from o2c.core.actors import Actor
from o2c.core.models import Role
from o2c.invoicing import cash
from o2c.invoicing.models import Allocation
from o2c.orders.models import LegalEntity
from tests.api.conftest import Caller, api, key  # noqa: F401 fixtures
from tests.given import DAY

SAYS = "DE1 applies its cash in the ERP"


@pytest.fixture
def settled(given):
    """An item, a receipt, half of it applied already; from now on the ERP applies."""
    item = given.open_item("1000.00 EUR", number="INV-X")
    receipt = given.receipt("700.00 EUR", customer=item.customer)
    (allocation,) = cash.apply(receipt.item, [cash.Split(item, Decimal("100.00"))], on=DAY, actor=Actor("x"))
    LegalEntity.objects.update(cash_applied_by="erp")
    return item, receipt, allocation


def test_a_person_applies_and_undoes_nothing_and_learns_why(given, settled):
    item, receipt, allocation = settled
    clerk = Actor.of(given.user("clerk", Role.CASH_CLERK))
    for act in (
        lambda: cash.apply(receipt.item, [cash.Split(item, Decimal("1.00"))], on=DAY, actor=clerk),
        lambda: cash.unapply(allocation, on=DAY, actor=clerk),
        lambda: cash.reverse(receipt, on=DAY, actor=clerk),
    ):
        with pytest.raises(cash.AppliedElsewhere, match=SAYS):
            act()
    assert Allocation.objects.count() == 1
    receipt.refresh_from_db()
    assert receipt.reversed_on is None


def test_the_pages_hide_what_the_erp_does_and_refuse_it(given, settled):
    item, receipt, allocation = settled
    client = Client()
    client.force_login(given.user("clerk", Role.CASH_CLERK))
    page = client.get(reverse("receipt", args=[receipt.pk])).content.decode()
    assert SAYS in page
    assert reverse("apply_receipt", args=[receipt.pk]) not in page
    assert reverse("undo_allocation", args=[allocation.pk]) not in page
    answer = client.post(reverse("apply_receipt", args=[receipt.pk]), {f"item-{item.pk}": "1.00"})
    assert answer.status_code == 422
    client.post(reverse("undo_allocation", args=[allocation.pk]))
    assert Allocation.objects.count() == 1
    LegalEntity.objects.update(cash_applied_by="o2c")
    page = client.get(reverse("receipt", args=[receipt.pk])).content.decode()
    assert reverse("apply_receipt", args=[receipt.pk]) in page
    assert reverse("undo_allocation", args=[allocation.pk]) in page


def test_the_api_tells_a_person_by_a_type_of_problem_and_lets_the_erps_key(given, settled, api):  # noqa: F811
    item, receipt, allocation = settled
    body = {
        "credit_item": receipt.item_id,
        "splits": [{"item": item.pk, "amount": {"amount": "50.00", "currency": "EUR"}}],
    }
    client = Client(raise_request_exception=False)
    client.force_login(given.user("clerk", Role.CASH_CLERK))
    person = Caller(None, client=client)
    for path, what in (("/allocations", body), (f"/allocations/{allocation.pk}/undo", {})):
        refused = person.post(path, what, Idempotency_Key=path)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/applied-elsewhere")
        assert SAYS in refused.json()["detail"]
        assert api.post(path, what, Idempotency_Key=path).status_code == 201
    item.refresh_from_db()
    assert item.open_amount == Decimal("950.00")
