"""Of whom the rule of late payers holds: what counts as late, from which day, and what does not."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from o2c.collections import disputes
from o2c.collections.late_payers import judging
from o2c.collections.late_payers.rules import Wanted
from o2c.collections.models import Dispute
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing import cash
from o2c.invoicing.cash import writeoffs
from o2c.invoicing.models import OpenItem

DUE = date(2025, 3, 3)
ONE = Wanted(least_invoices=1, least_share=None)


@pytest.fixture
def customer(given):
    return given.customer()


def later(days: int) -> date:
    return DUE + timedelta(days=days)


def judged(given, customer, as_of: date, rule: Wanted = ONE):
    return judging.of(given.entity(), as_of, rule, [customer.pk]).get(customer.pk)


def figures(given, customer, as_of: date, rule: Wanted = ONE) -> tuple:
    found = judged(given, customer, as_of, rule)
    return (found.invoices, found.late, found.late_amount, found.average, found.holds) if found else None


def test_an_open_invoice_is_late_once_it_is_owed_for_more_days_than_the_rule_lets(given, customer):
    given.open_item("1000.00 EUR", customer=customer, due=DUE)
    assert figures(given, customer, DUE) is None
    assert figures(given, customer, later(10)) is None  # open and not late yet: it says nothing
    assert figures(given, customer, later(11)) == (1, 1, 1000, 11, True)


def test_what_was_paid_late_counts_by_the_day_on_which_the_money_was_there(given, customer):
    item = given.open_item("1000.00 EUR", customer=customer, due=DUE)
    receipt = given.receipt("1000.00 EUR", customer=customer, on=later(10))
    cash.apply(receipt.item, [cash.Split(item, Decimal(1000))], on=later(40), actor=SYSTEM)
    assert figures(given, customer, later(39)) == (1, 1, 1000, 39, True)  # nobody knew yet what it was for
    assert figures(given, customer, later(40)) == (1, 0, 0, 10, False)


def test_a_payment_that_came_back_was_none_from_then_on_and_a_day_before_is_judged_as_it_was(given, customer):
    item = given.open_item("1000.00 EUR", customer=customer, due=DUE)
    receipt = given.pay(item, on=later(2))
    cash.reverse(receipt, on=later(20), actor=SYSTEM)
    assert figures(given, customer, later(19)) == (1, 0, 0, 2, False)
    assert figures(given, customer, later(21)) == (1, 1, 1000, 21, True)


def test_what_was_credited_was_never_to_be_paid(given, customer):
    whole = given.open_item("1000.00 EUR", customer=customer, due=DUE)
    credit = given.open_item("-1000.00 EUR", customer=customer, due=later(30))
    cash.apply(credit, [cash.Split(whole, Decimal(1000))], on=later(30), actor=SYSTEM)
    assert figures(given, customer, later(30)) is None
    part = given.open_item("1000.00 EUR", customer=customer, due=DUE)
    credit = given.open_item("-400.00 EUR", customer=customer, due=later(30))
    cash.apply(credit, [cash.Split(part, Decimal(400))], on=later(30), actor=SYSTEM)
    given.pay(part, on=later(30))
    assert figures(given, customer, later(30)) == (1, 1, 600, 30, True)


def test_what_was_written_off_was_owed_until_then(given, customer):
    item = given.open_item("1000.00 EUR", customer=customer, due=DUE)
    asked = writeoffs.write_off(item, Decimal(1000), kind="bad_debt", reason="x", on=later(50), actor=SYSTEM)
    boss = Actor.of(given.user("boss", Role.FINANCE_MANAGER))
    writeoffs.approve(asked, on=later(50), actor=boss)
    assert figures(given, customer, later(80)) == (1, 1, 1000, 50, True)


def test_days_in_dispute_do_not_count_however_many_disputes_there_were_at_once(given, customer):
    """Due 3 March, paid on 2 April, 30 days. Disputed from 5 to 15 March and from 10 to 20 March: 15 days."""
    item = given.open_item("1000.00 EUR", customer=customer, due=DUE)
    case = disputes.open(item, reason="Too dear", on=later(2), actor=SYSTEM)
    Dispute.objects.filter(pk=case.pk).update(closed_on=later(12), state="resolved")
    about = {"entity": item.entity, "customer": customer, "payer_id": customer.payer_id, "item": item, "actor": "s"}
    Dispute.objects.create(**about, reason="Wrong", opened_on=later(7), closed_on=later(17), state="resolved")
    given.pay(item, on=later(30))
    assert figures(given, customer, later(40)) == (1, 1, 1000, 15, True)


def test_what_its_source_calls_disputed_waits_since_then(given, customer):
    item = given.open_item("1000.00 EUR", customer=customer, due=DUE)
    OpenItem.objects.filter(pk=item.pk).update(disputed_on=later(4))
    assert figures(given, customer, later(60)) is None
    assert figures(given, customer, later(60), Wanted(least_invoices=1, least_share=None, days_late=3)) == (
        1, 1, 1000, 4, True,
    )  # fmt: skip


def test_the_months_end_for_what_was_settled_before_them_and_never_for_what_is_open(given, customer):
    paid = given.open_item("1000.00 EUR", customer=customer, due=DUE)
    given.pay(paid, on=date(2025, 3, 31))
    assert figures(given, customer, date(2026, 3, 31)) == (1, 1, 1000, 28, True)
    assert figures(given, customer, date(2026, 4, 1)) is None
    given.open_item("500.00 EUR", customer=customer, due=DUE)
    assert figures(given, customer, date(2028, 3, 3)) == (1, 1, 500, 1096, True)


def test_the_share_the_average_and_the_least_amount_are_asked_for_together(given, customer):
    """Of four invoices two are late, one of them by 20.00 only; (1000 × 20 + 20 × 20 + 980 × 0 + 2000 × 0) / 4000."""
    late = given.open_item("1000.00 EUR", customer=customer, due=DUE)
    given.pay(late, on=later(20))
    nearly = given.open_item("1000.00 EUR", customer=customer, due=DUE)
    given.pay(nearly, "980.00 EUR", on=DUE)
    given.pay(nearly, on=later(20))
    for _ in range(2):
        given.pay(given.open_item("1000.00 EUR", customer=customer, due=DUE), on=DUE)
    rule = {"least_invoices": 1, "least_share": None}
    assert figures(given, customer, later(30), Wanted(**rule)) == (4, 2, 1020, Decimal("5.1"), True)
    assert figures(given, customer, later(30), Wanted(**rule, minimum=Decimal("20.01"))) == (
        4, 1, 1000, Decimal("5.1"), True,
    )  # fmt: skip
    share = {"least_invoices": 1, "minimum": Decimal(50)}
    assert judged(given, customer, later(30), Wanted(**share, least_share=25)).holds
    assert not judged(given, customer, later(30), Wanted(**share, least_share=26)).holds
    assert judged(given, customer, later(30), Wanted(**rule, least_average=5)).holds
    assert not judged(given, customer, later(30), Wanted(**rule, least_average=6)).holds
    assert not judged(given, customer, later(30), Wanted(least_invoices=3, least_share=None)).holds


def test_another_currency_counts_at_the_rate_of_its_invoice(given, customer):
    given.rate("USD", "1.25", on=date(2025, 1, 1))
    given.open_item("1000.00 USD", customer=customer, due=DUE)
    assert figures(given, customer, later(11)) == (1, 1, 800, 11, True)


def test_fees_credits_and_what_belongs_to_others_are_not_looked_at(given, customer):
    given.open_item("-1000.00 EUR", customer=customer, due=DUE)
    other = given.customer()
    given.open_item("1000.00 EUR", customer=other, due=DUE)
    given.open_item("1000.00 EUR", customer=customer, entity=given.entity("FR1"), due=DUE)
    assert [found.customer_id for found in judging.holding(given.entity(), later(11), ONE)] == [other.pk]


def test_the_invoices_behind_the_figures_are_told_with_the_late_ones_first(given, customer):
    early = given.open_item("500.00 EUR", customer=customer, due=DUE, number="A")
    given.pay(early, on=DUE)
    given.open_item("700.00 EUR", customer=customer, due=later(5), number="B")
    found = judging.items(given.entity(), later(30), ONE, customer.pk)
    assert [(item.number, item.owed, item.days, item.is_open, item.late) for item in found] == [
        ("B", 700, 25, True, True), ("A", 500, 0, False, False),
    ]  # fmt: skip
