"""What hangs on customers follows them to another payer, however many move in one statement."""

from decimal import Decimal

import pytest

from o2c.invoicing.models import Allocation, Invoice, OpenItem, Receipt
from o2c.orders.models import Customer

pytestmark = pytest.mark.django_db


def test_all_that_they_owe_and_paid_follows(given):
    head, stays, *movers = (given.customer(f"C{n}") for n in range(5))
    for customer in (stays, *movers):
        given.invoice("100.00 EUR", customer=customer)
        given.pay(OpenItem.objects.get(customer=customer, amount__gt=0), "19.00 EUR")
    # the first update of a connection, by which PostgreSQL plans those that come
    Customer.objects.filter(pk=-1).update(payer_id=head.pk)
    Customer.objects.filter(pk__in=[mover.pk for mover in movers]).update(payer_id=head.pk)
    moved = {mover.pk: head.pk for mover in movers} | {stays.pk: stays.pk}
    for model in (Invoice, OpenItem, Receipt):
        assert dict(model.objects.values_list("customer", "payer")) == moved
    assert dict(OpenItem.objects.values_list("customer", "entry__payer")) == moved
    assert dict(Allocation.objects.values_list("debit_item__customer", "payer")) == moved
    assert set(Allocation.objects.values_list("amount", flat=True)) == {Decimal("19.00")}
