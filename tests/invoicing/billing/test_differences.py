"""Invoices that differ from their orders: what, by how much, and what holds them back until when."""

from dataclasses import replace
from decimal import Decimal

import pytest

from o2c.core.actors import SYSTEM
from o2c.invoicing.billing import differences, running
from o2c.invoicing.billing.running import BillingRefused
from o2c.invoicing.invoices import correcting, drafts, issuing
from o2c.invoicing.invoices.drafts import InvoiceRefused
from o2c.invoicing.models import Invoice
from o2c.orders.models import Account, Order, PaymentTerms
from tests.orders.ordered import DAY, order, shipped

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(given, time_machine) -> Invoice:
    """A draft over ten at 2.50 and four at 100, which a blocked account kept back and nothing does any more."""
    time_machine.move_to("2026-03-02 12:00Z", tick=False)
    seller = given.entity(vat_id="DE123456789")
    terms = PaymentTerms.objects.create(code="NET30", name="30 days", days=30)
    buyer = given.customer("C1", entity=seller, terms=terms)
    Account.objects.filter(customer=buyer).update(standing="blocked")
    shipped(order(buyer, ("10", "2.50"), ("4", "100"), entity=seller, terms=terms))
    running.run(seller, as_of=DAY, actor=SYSTEM)
    Account.objects.filter(customer=buyer).update(standing="open")
    return Invoice.objects.get()


def rewrite(draft: Invoice, *, terms: PaymentTerms | None = None, **facts) -> Invoice:
    """The draft with its first line said otherwise."""
    said = correcting.as_draft(draft)
    lines = (replace(said.lines[0], **facts), *said.lines[1:])
    return drafts.write(replace(said, lines=lines, terms=terms or said.terms), existing=draft, seen=None, actor=SYSTEM)


def found(draft: Invoice) -> list[tuple]:
    rows = differences.listed([draft.entity_id])
    return [(each.kind, each.ordered, each.invoiced, each.amount, each.held) for each in rows]


def is_held(draft: Invoice) -> str:
    with pytest.raises(InvoiceRefused) as refused:
        issuing.issue(draft, actor=SYSTEM, today=DAY)
    (fault,) = refused.value.faults
    assert (fault.code, fault.pointer) == ("differs", "/lines/0")
    return fault.text


def test_as_ordered_it_goes(draft):
    assert found(draft) == []
    assert issuing.issue(draft, actor=SYSTEM, today=DAY).number == "INV2026-000001"


def test_another_price_holds_it(draft):
    rewrite(draft, price=Decimal("2.75"))
    assert found(draft) == [("price", "2.50", "2.75", Decimal("2.50"), True)]
    assert "The price is 2.75, and 2.50 was ordered" in is_held(draft)
    assert Invoice.objects.get().state == "draft"


@pytest.mark.parametrize(
    ("amount", "percent", "goes"), [("2.50", "0", True), ("2.49", "0", False), ("0", "10", True), ("0", "9.9", False)]
)
def test_within_the_tolerance_of_its_account_it_goes(draft, amount, percent, goes):
    account = Account.objects.get(customer=draft.customer)
    differences.tolerate(account, amount=Decimal(amount), percent=Decimal(percent), actor=SYSTEM)
    rewrite(draft, price=Decimal("2.75"))
    assert found(draft)[0][-1] is not goes
    if goes:
        assert issuing.issue(draft, actor=SYSTEM, today=DAY).state == "issued"
    else:
        is_held(draft)


def test_other_tax_and_terms_hold_it_whatever_is_tolerated(draft):
    account = Account.objects.get(customer=draft.customer)
    differences.tolerate(account, amount=Decimal(1000), percent=Decimal(100), actor=SYSTEM)
    rewrite(draft, rate=Decimal(7))
    assert found(draft) == [("tax", "S 19", "S 7", Decimal("-3.00"), True)]
    is_held(draft)
    rewrite(draft, rate=Decimal(19), terms=PaymentTerms.objects.create(code="NET90", name="90 days", days=90))
    assert [each[:3] for each in found(draft)] == [("terms", "NET30", "NET90")]
    is_held(draft)


def test_accepted_it_goes_and_changed_again_it_is_held(draft):
    rewrite(draft, price=Decimal("2.75"))
    with pytest.raises(BillingRefused, match="Say why"):
        differences.accept(draft, reason=" ", actor=SYSTEM)
    accepted = differences.accept(draft, reason="agreed by phone", actor=SYSTEM)
    assert (accepted.amount, accepted.accepted_by) == (Decimal("2.50"), "system")
    assert found(draft)[0][-1] is False
    rewrite(draft, price=Decimal("2.80"))
    is_held(draft)
    differences.accept(draft, reason="agreed by phone again", actor=SYSTEM)
    assert issuing.issue(draft, actor=SYSTEM, today=DAY).state == "issued"


def test_what_does_not_differ_is_not_accepted(draft):
    with pytest.raises(BillingRefused, match="does not differ"):
        differences.accept(draft, reason="why not", actor=SYSTEM)


def test_more_than_was_ordered(given, draft):
    made = Order.objects.get()
    made.lines.filter(position=1).update(closed=4)
    assert found(draft) == [("quantity", "6", "10", Decimal("10.00"), True)]
    assert "10 are invoiced, and 6 were ordered" in is_held(draft)
    first, second = made.lines.order_by("position")
    assert (first.delivered, first.over, first.left) == (10, 4, 0)
    assert (second.over, second.left) == (0, 0)
