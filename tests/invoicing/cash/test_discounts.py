"""The pure rules of early-payment discounts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from o2c.invoicing.cash import discounts
from o2c.invoicing.cash.discounts import Tier
from o2c.invoicing.models import OpenItem

DAY = date(2026, 3, 2)
TIERS = (Tier(DAY + timedelta(days=10), Decimal(3)), Tier(DAY + timedelta(days=20), Decimal(2)))


@pytest.mark.parametrize(
    ("days", "grace", "percent"), [(0, 0, 3), (10, 0, 3), (11, 0, 2), (11, 1, 3), (20, 0, 2), (21, 0, None), (23, 3, 2)]
)
def test_the_best_tier_still_open_counts(days, grace, percent):
    tier = discounts.tier_on(TIERS, DAY + timedelta(days=days), grace_days=grace)
    assert (tier and tier.percent) == percent


@pytest.mark.parametrize(
    ("paid", "open", "currency", "discount"),
    [
        ("970.00", "1000.00", "EUR", "30.00"),
        ("1000.00", "1000.00", "EUR", "0"),
        ("990.00", "1000.00", "EUR", "10.00"),
        ("485.00", "1000.00", "EUR", "15.00"),
        ("97", "100", "JPY", "3"),
        ("50", "101", "JPY", "2"),
        ("0.01", "0.01", "EUR", "0.00"),
    ],
)
def test_a_payment_earns_all_or_its_part(paid, open, currency, discount):
    assert discounts.for_payment(Decimal(paid), Decimal(open), currency, Decimal(3)) == Decimal(discount)


cents = st.integers(1, 10**9).map(lambda n: Decimal(n) / 100)


@hypothesis_given(paid=cents, owed=cents, percent=st.integers(1, 50))
def test_no_payment_earns_more_than_the_whole_nor_overpays(paid, owed, percent):
    found = discounts.for_payment(paid, owed, "EUR", Decimal(percent))
    assert 0 <= found <= discounts.whole(owed, "EUR", Decimal(percent))
    assert paid >= owed or paid + found <= owed


def test_an_issued_invoice_keeps_what_was_agreed(given):
    from o2c.invoicing.models import Invoice
    from o2c.orders.models import Account, EarlyPaymentDiscount, PaymentTerms

    terms = PaymentTerms.objects.create(code="NET30", name="30 days", days=30)
    tier = EarlyPaymentDiscount.objects.create(terms=terms, days=10, percent=2)
    invoice = given.invoice(on=DAY)
    Account.objects.filter(customer=invoice.customer).update(terms=terms)
    EarlyPaymentDiscount.objects.filter(pk=tier.pk).update(percent=5)
    bare = given.open_item("10.00 EUR", customer=invoice.customer, issued=DAY, due=DAY + timedelta(days=30))
    item = OpenItem.objects.get(entry=Invoice.objects.get().entry)
    assert discounts.of_items([item, bare]) == {
        item.pk: (Tier(DAY + timedelta(days=10), Decimal(2)),),
        bare.pk: (Tier(DAY + timedelta(days=10), Decimal(5)),),
    }
