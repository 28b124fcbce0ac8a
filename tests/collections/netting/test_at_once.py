"""Two people at the same netting, or at the same money, at the same moment: one wins, the other is told."""

from decimal import Decimal
from functools import partial

import pytest

from o2c.collections.netting import agreeing, deciding
from o2c.core import states
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing import cash
from o2c.invoicing.models import Netting, NettingAgreement, OpenItem, Payable, Receipt
from o2c.invoicing.netting.payables import PayableRefused
from o2c.invoicing.proof import proof
from tests.at_once import at_once as begun_at_once
from tests.collections.netting.conftest import DAY, LATER, Vendors
from tests.given import Given

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = (cash.CashRefused, states.IllegalMove, states.LostRace, PayableRefused)
at_once = partial(begun_at_once, refusals=REFUSED)


def won(results: list) -> int:
    return sum(not isinstance(result, REFUSED) for result in results)


@pytest.fixture
def office():
    given = Given()
    vendors = Vendors(given)
    return vendors, [Actor.of(given.user(f"boss{number}", Role.FINANCE_MANAGER)) for number in range(3)]


def test_one_of_several_approvals_books(office):
    vendors, bosses = office
    item, payable = vendors.item("100.00 EUR"), vendors.say("100.00 EUR")
    asked = vendors.ask()
    assert won(at_once(*(partial(deciding.approve, asked, on=DAY, actor=boss) for boss in bosses))) == 1
    assert Receipt.objects.filter(method="netting").count() == 1
    assert vendors.left(item, payable) == ["0.00", "0.00"]
    assert proof() == []


def test_two_nettings_of_the_same_payable_never_net_it_twice(office):
    vendors, (first, second, _) = office
    payable = vendors.say("100.00 EUR")
    items = [vendors.item("100.00 EUR") for _ in range(2)]
    made = at_once(*(partial(vendors.ask, {item: "100.00"}, {payable: "100.00"}) for item in items))
    assert won(made) == 1
    asked = Netting.objects.get()
    at_once(
        partial(deciding.approve, asked, on=DAY, actor=first), partial(deciding.approve, asked, on=DAY, actor=second)
    )
    assert Payable.objects.get().netted == 100
    assert proof() == []


def test_an_item_is_netted_or_paid_and_never_both(office):
    vendors, (boss, *_) = office
    for _ in range(4):
        item, payable = vendors.item("100.00 EUR"), vendors.say("100.00 EUR")
        asked = vendors.ask({item: "100.00"}, {payable: "100.00"})
        receipt = vendors.given.receipt("100.00 EUR", customer=vendors.customer)
        results = at_once(
            partial(deciding.approve, asked, on=DAY, actor=boss),
            lambda receipt=receipt, item=item: cash.apply(
                receipt.item, [cash.Split(item, Decimal(100))], on=DAY, actor=vendors.clerk
            ),
        )
        assert won(results) == 1
        assert OpenItem.objects.get(pk=item.pk).open_amount == 0
    assert proof() == []


def test_undone_by_two_it_is_undone_once(office):
    vendors, bosses = office
    item, payable = vendors.item("100.00 EUR"), vendors.say("100.00 EUR")
    netting = vendors.net()
    assert won(at_once(*(partial(deciding.undo, netting, because="x", on=LATER, actor=boss) for boss in bosses))) == 1
    assert vendors.left(item, payable) == ["100.00", "100.00"]
    assert proof() == []


def test_the_source_and_an_approval_at_once_never_leave_a_payable_below_what_is_netted(office):
    vendors, (boss, *_) = office
    for number in range(4):
        item, payable = vendors.item("100.00 EUR"), vendors.say("100.00 EUR", key=f"R{number}")
        asked = vendors.ask({item: "100.00"}, {payable: "100.00"})
        results = at_once(
            partial(deciding.approve, asked, on=DAY, actor=boss),
            partial(vendors.say, "100.00 EUR", key=f"R{number}", left="40.00"),
        )
        assert won(results) == 1
        payable.refresh_from_db()
        assert (payable.source_open, payable.netted) in [(100, 100), (40, 0)]
    assert proof() == []


def test_an_agreement_ends_before_or_after_a_netting_by_it(office):
    vendors, (boss, *_) = office
    vendors.item("100.00 EUR")
    vendors.say("100.00 EUR")
    asked = vendors.ask()
    results = at_once(
        partial(deciding.approve, asked, on=DAY, actor=boss),
        partial(agreeing.end, vendors.agreement, on=DAY, actor=SYSTEM),
    )
    assert not isinstance(results[1], REFUSED)
    assert Netting.objects.get().state == ("asked" if isinstance(results[0], REFUSED) else "netted")
    assert proof() == []


def test_two_agreements_for_one_day_are_one(office):
    vendors, _ = office
    NettingAgreement.objects.all().delete()
    assert won(at_once(*([vendors.agree] * 3))) == 1
    assert NettingAgreement.objects.count() == 1
