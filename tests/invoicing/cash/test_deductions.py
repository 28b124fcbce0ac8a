"""Short payments: their reasons stay open and disputed until settled; what is let go of goes with its payment."""

from datetime import timedelta
from decimal import Decimal

import pytest

from o2c.collections import disputes
from o2c.collections.models import Activity, Dispute
from o2c.core import outbox, states
from o2c.core.actors import SYSTEM, Actor
from o2c.invoicing import cash
from o2c.invoicing.cash import conceding, deductions
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.models import Concession, Deduction, ReasonCode
from o2c.orders.models import Account, EarlyPaymentDiscount, PaymentTerms
from o2c.wiring import handle_events
from tests.given import DAY
from tests.invoicing.cash.conftest import balance, open_of

LATER = DAY + timedelta(days=3)


@pytest.fixture
def freight(given) -> ReasonCode:
    given.entity()  # its books open with reasons
    return ReasonCode.objects.get(code="freight")


@pytest.fixture
def price(given) -> ReasonCode:
    given.entity()  # its books open with reasons
    return ReasonCode.objects.get(code="price")


def paid_short(given, item, money, **part):
    receipt = given.receipt(money, customer=item.customer)
    conceding.apply_parts(receipt, [Part(item, receipt.amount, **part)], on=DAY, actor=part.pop("actor", SYSTEM))
    return receipt


def test_a_short_payment_is_split_into_reasons_and_stays_open(given, freight, price):
    item = given.open_item("100.00 EUR")
    receipt = paid_short(given, item, "90.00 EUR", deduction=Decimal("6.00"), reason=freight, note="Pallets")
    deductions.record(item, Decimal("4.00"), price, on=DAY, actor=SYSTEM)
    assert open_of(item) == [Decimal("10.00")]
    assert sorted(Deduction.objects.values_list("reason__code", "amount", "state", "receipt_id")) == [
        ("freight", Decimal("6.00"), "open", receipt.pk),
        ("price", Decimal("4.00"), "open", None),
    ]
    with pytest.raises(cash.OverApplied):
        deductions.record(item, Decimal("0.01"), price, on=DAY, actor=SYSTEM)


def test_a_deduction_opens_one_dispute_that_ends_with_it(given, freight, price):
    item = given.open_item("100.00 EUR")
    paid_short(given, item, "90.00 EUR", deduction=Decimal("6.00"), reason=freight, note="Pallets")
    handle_events()
    second = deductions.record(item, Decimal("4.00"), price, on=DAY, actor=SYSTEM)
    handle_events()
    dispute = Dispute.objects.get()
    assert (dispute.item, dispute.closed_on) == (item, None)
    assert dispute.reason == "6.00 EUR deducted: Freight. Pallets"
    assert Activity.objects.filter(text__contains="4.00 EUR deducted: Price not as agreed").count() == 1
    first = Deduction.objects.get(reason=freight)
    deductions.settle(first, on=LATER, actor=SYSTEM)
    handle_events()
    assert Dispute.objects.get().closed_on is None
    deductions.withdraw(second, on=LATER, actor=SYSTEM)
    handle_events()
    assert Dispute.objects.get().closed_on is not None
    with pytest.raises(states.IllegalMove):
        deductions.settle(first, on=LATER, actor=SYSTEM)
    assert outbox.dead().count() == 0


def test_a_dispute_contests_what_is_deducted_of_its_own_item(given, freight, price):
    first, second, theirs = (given.open_item("100.00 EUR") for _ in range(3))
    disputes.open(theirs, reason="Damaged", on=DAY, amount=Decimal("50.00"), actor=Actor("cora"))

    def deduct(item, amount, reason):
        return deductions.record(item, Decimal(amount), reason, on=DAY, actor=SYSTEM)

    def contested() -> dict:
        handle_events()
        return dict(Dispute.objects.filter(closed_on=None).values_list("item", "amount"))

    ending = deduct(first, "6.00", freight)
    for item, amount in ((second, "1.00"), (theirs, "2.00")):
        deduct(item, amount, freight)
    standing = {first.pk: Decimal(6), second.pk: Decimal(1), theirs.pk: Decimal(50)}
    assert contested() == standing
    deduct(first, "4.00", price)
    deduct(second, "3.00", price)
    assert contested() == standing | {first.pk: Decimal(10), second.pk: Decimal(4)}
    deductions.withdraw(ending, on=LATER, actor=SYSTEM)
    assert contested() == standing | {first.pk: Decimal(4), second.pk: Decimal(4)}


def test_what_is_settled_is_not_deducted_any_more(given, freight):
    item = given.open_item("100.00 EUR")
    paid_short(given, item, "90.00 EUR", deduction=Decimal("10.00"), reason=freight)
    handle_events()
    given.pay(item)
    handle_events()
    handle_events()
    assert (Deduction.objects.get().state, Dispute.objects.get().closed_on is None) == ("settled", False)


def test_a_deduction_needs_a_reason_in_use(given, freight):
    item = given.open_item("100.00 EUR")
    with pytest.raises(cash.CashRefused, match="Say why"):
        paid_short(given, item, "90.00 EUR", deduction=Decimal("10.00"))
    ReasonCode.objects.filter(pk=freight.pk).update(in_use=False)
    freight.refresh_from_db()
    with pytest.raises(cash.CashRefused, match="not used any more"):
        deductions.record(item, Decimal("1.00"), freight, on=DAY, actor=SYSTEM)
    assert Deduction.objects.count() == 0


# --- What is let go of with a payment


@pytest.fixture
def discounted(given):
    """An item of 1,000 issued on the day: two percent within ten days, by its customer's terms."""
    terms = PaymentTerms.objects.create(code="SK", name="2/10 net 30", days=30)
    EarlyPaymentDiscount.objects.create(terms=terms, days=10, percent=2)
    customer = given.customer(terms=terms)
    assert Account.objects.get(customer=customer).terms == terms
    return given.open_item("1000.00 EUR", customer=customer, issued=DAY, due=DAY + timedelta(days=30))


def pay_with(given, item, money, on, actor, **let_go):
    receipt = given.receipt(money, customer=item.customer, on=on)
    conceding.apply_parts(receipt, [Part(item, receipt.amount, **let_go)], on=on, actor=actor)
    return receipt


@pytest.mark.parametrize("days", [0, 10, 13])
def test_a_discount_is_earned_in_its_window_and_the_days_of_grace(given, discounted, clerk, days):
    pay_with(given, discounted, "980.00 EUR", DAY + timedelta(days=days), clerk, discount=Decimal("20.00"))
    assert open_of(discounted) == [0]
    assert balance("discount") == Decimal("20.00")


def test_a_late_discount_is_waived_within_ones_limit_or_deducted(given, discounted, clerk, manager):
    late = DAY + timedelta(days=14)
    receipt = given.receipt("980.00 EUR", customer=discounted.customer, on=late)
    taken = [Part(discounted, Decimal(980), discount=Decimal(20))]
    with pytest.raises(cash.CashRefused, match="not earned"):
        conceding.apply_parts(receipt, taken, on=late, actor=clerk)
    assert open_of(discounted, receipt.item) == [Decimal("1000.00"), Decimal("-980.00")]
    reason = ReasonCode.objects.get(code="discount")
    deducted = [Part(discounted, Decimal(980), deduction=Decimal(20), reason=reason)]
    conceding.apply_parts(receipt, deducted, on=late, actor=clerk)
    assert open_of(discounted) == [Decimal("20.00")]
    another = given.open_item("1000.00 EUR", customer=discounted.customer, issued=DAY, due=DAY + timedelta(days=30))
    pay_with(given, another, "980.00 EUR", late, manager, discount=Decimal("20.00"))
    assert open_of(another) == [0]


def test_a_part_payment_earns_its_part(given, discounted, clerk):
    pay_with(given, discounted, "490.00 EUR", DAY, clerk, discount=Decimal("10.00"))
    assert open_of(discounted) == [Decimal("500.00")]
    with pytest.raises(cash.CashRefused, match="not earned"):
        pay_with(given, discounted, "245.00 EUR", DAY, clerk, discount=Decimal("10.01"))
    assert balance("discount") == Decimal("10.00")


def test_a_banks_charge_up_to_the_rules_and_a_difference_within_the_limit(given, clerk):
    first, second, third = (given.open_item("100.00 EUR") for _ in range(3))
    pay_with(given, first, "75.00 EUR", DAY, clerk, charge=Decimal("25.00"))
    pay_with(given, second, "95.00 EUR", DAY, clerk, difference=Decimal("5.00"))
    with pytest.raises(cash.CashRefused):
        pay_with(given, third, "94.99 EUR", DAY, clerk, difference=Decimal("5.01"))
    assert open_of(first, second, third) == [0, 0, Decimal("100.00")]
    assert (balance("bank_charges"), balance("write_off")) == (Decimal("25.00"), Decimal("5.00"))


def test_what_was_let_go_of_comes_back_with_the_payment(given, discounted, freight, clerk):
    receipt = pay_with(
        given, discounted, "970.00 EUR", DAY, clerk,
        discount=Decimal("19.00"), charge=Decimal("5.00"), difference=Decimal("1.00"),
        deduction=Decimal("5.00"), reason=freight,
    )  # fmt: skip
    assert open_of(discounted) == [Decimal("5.00")]
    assert Concession.objects.filter(receipt=receipt).count() == 3
    handle_events()
    cash.reverse(receipt, on=LATER, actor=clerk)
    handle_events()
    assert open_of(discounted) == [Decimal("1000.00")]
    assert (balance("discount"), balance("bank_charges"), balance("write_off"), balance("cash")) == (0, 0, 0, 0)
    assert (Deduction.objects.get().state, Dispute.objects.get().closed_on is None) == ("withdrawn", False)
