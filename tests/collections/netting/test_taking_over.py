"""What the source says of a payable after it was netted here: nothing is netted twice, whoever says what first."""

from datetime import timedelta
from decimal import Decimal

import pytest

from o2c.collections.netting import deciding
from o2c.collections.netting.refusing import NettingRefused
from o2c.core.actors import SYSTEM
from o2c.invoicing.models import Payable
from o2c.invoicing.netting.payables import PayableRefused
from o2c.invoicing.proof import proof
from tests.collections.netting.conftest import DAY, LATER

NEXT = DAY + timedelta(days=2)
LAST = DAY + timedelta(days=9)


@pytest.fixture
def netting(vendors):
    """600 of a payable of 1,000 is netted; the source had paid 100 of it before."""
    item, payable = vendors.item("600.00 EUR"), vendors.say("1000.00 EUR", key="P", left="900.00")
    return vendors.net({item: "600.00"}, {payable: "600.00"})


def left(vendors) -> str:
    assert proof() == []
    return vendors.left(Payable.objects.get())[0]


def take_over(netting, on=LATER, **facts):
    return deciding.taken_over(netting, on=on, today=LAST, actor=SYSTEM, **facts)


def test_the_same_load_again_opens_nothing(vendors, netting):
    assert left(vendors) == "300.00"
    for as_of in (DAY, LATER, LAST):
        vendors.say("1000.00 EUR", key="P", left="900.00", as_of=as_of)
        assert left(vendors) == "300.00"


def test_taken_over_and_then_told(vendors, netting):
    take_over(netting)
    assert left(vendors) == "300.00"
    vendors.say("1000.00 EUR", key="P", left="300.00", as_of=NEXT)
    assert left(vendors) == "300.00"
    # an older figure that comes late changes nothing
    vendors.say("1000.00 EUR", key="P", left="900.00", as_of=LATER)
    assert left(vendors) == "300.00"
    vendors.say("1000.00 EUR", key="P", left="0", as_of=LAST)
    assert left(vendors) == "0.00"


def test_told_on_the_day_of_taking_over_nobody_knows_which_so_less_is_left(vendors, netting):
    take_over(netting)
    vendors.say("1000.00 EUR", key="P", left="300.00", as_of=LATER)
    assert left(vendors) == "0.00"
    vendors.say("1000.00 EUR", key="P", left="300.00", as_of=NEXT)
    assert left(vendors) == "300.00"


def test_told_before_it_is_said_to_be_taken_over(vendors, netting):
    with pytest.raises(PayableRefused, match=r"600\.00 EUR of P are netted here and not taken over") as refused:
        vendors.say("1000.00 EUR", key="P", left="300.00", as_of=NEXT)
    assert refused.value.field == "open_amount"
    assert left(vendors) == "300.00"
    take_over(netting)
    vendors.say("1000.00 EUR", key="P", left="300.00", as_of=NEXT)
    assert left(vendors) == "300.00"


def test_wholly_netted_nothing_opens_it_again(vendors):
    item, payable = vendors.item("500.00 EUR"), vendors.say("500.00 EUR", key="P")
    netting = vendors.net()
    take_over(netting)
    vendors.say("500.00 EUR", key="P", left="500.00", as_of=LAST)  # a source that is mistaken
    assert vendors.left(item, payable) == ["0.00", "0.00"]
    assert proof() == []


def test_undone_before_it_was_taken_over(vendors, netting):
    deciding.undo(netting, because="x", on=LATER, actor=vendors.boss)
    assert left(vendors) == "900.00"
    vendors.say("1000.00 EUR", key="P", left="900.00", as_of=NEXT)
    assert left(vendors) == "900.00"


def test_undone_after_it_was_taken_over_and_until_the_source_takes_it_back(vendors, netting):
    take_over(netting)
    vendors.say("1000.00 EUR", key="P", left="300.00", as_of=NEXT)
    deciding.undo(netting, because="x", on=NEXT, actor=vendors.boss)
    assert left(vendors) == "900.00"
    # a later figure may have the reversal in it, or not: nobody has said so yet
    vendors.say("1000.00 EUR", key="P", left="300.00", as_of=NEXT + timedelta(days=1))
    assert left(vendors) == "300.00"
    back = NEXT + timedelta(days=2)
    deciding.taken_back(netting, on=back, today=LAST, actor=SYSTEM)
    assert left(vendors) == "900.00"
    vendors.say("1000.00 EUR", key="P", left="900.00", as_of=LAST)
    assert left(vendors) == "900.00"


def test_said_twice_it_is_taken_over_once_and_only_on_days_that_can_be(vendors, netting):
    for on in (DAY - timedelta(days=1), LAST + timedelta(days=1)):
        with pytest.raises(NettingRefused, match="The day is from 2026-03-02 to 2026-03-11"):
            take_over(netting, on=on)
    with pytest.raises(NettingRefused, match="Only an undone netting"):
        deciding.taken_back(netting, on=LATER, today=LAST, actor=SYSTEM)
    assert take_over(netting).taken_over_on == LATER
    assert take_over(netting, on=LAST).taken_over_on == LATER
    waits = vendors.ask({vendors.item("10.00 EUR"): "10.00"}, {Payable.objects.get(): "10.00"})
    with pytest.raises(NettingRefused, match="not approved"):
        take_over(waits)


def test_amount_and_customer_of_what_is_in_a_netting_stay(vendors, netting):
    for facts in ({"money": "1200.00 EUR"}, {"customer": vendors.given.customer("B")}):
        with pytest.raises(PayableRefused, match="is in a netting"):
            vendors.say(**{"money": "1000.00 EUR", "key": "P", "left": "900.00", **facts})
    told = vendors.say("1000.00 EUR", key="P", left="900.00", number="P-corrected", due_on=LATER)
    assert (told.number, told.due_on, told.open_amount) == ("P-corrected", LATER, Decimal(300))


def test_what_cannot_be_is_refused(vendors):
    for facts, field in [
        ({"money": "-5.00 EUR"}, "amount"),
        ({"left": "601.00"}, "open_amount"),
        ({"as_of": LATER, "on": DAY}, "as_of"),
        ({"due_on": DAY - timedelta(days=31)}, "due_on"),
    ]:
        with pytest.raises(PayableRefused) as refused:
            vendors.say(**facts)
        assert refused.value.field == field
    assert not Payable.objects.exists()
