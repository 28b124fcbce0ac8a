"""Holds: who is not dunned, from when until when."""

from datetime import timedelta

import pytest
from django.db import transaction

from o2c.collections import dunning, holds
from o2c.collections.models import Activity, Decision, Hold
from o2c.core.actors import SYSTEM
from tests.given import DAY

LATER = DAY + timedelta(days=10)


@pytest.fixture
def item(given):
    return given.open_item("100.00 EUR", due=DAY - timedelta(days=20))


def reason_for(item, as_of) -> str:
    dunning.propose(item.entity, as_of, actor=SYSTEM, replay=True)
    return Decision.objects.filter(item_id=item.pk, as_of=as_of).latest("run_id").reason


def test_a_hold_stops_dunning_until_its_last_day(item):
    holds.place(customer=item.customer, entity=item.entity, reason="Talks", from_on=DAY, until=LATER, actor=SYSTEM)
    assert [reason_for(item, day) for day in (DAY - timedelta(days=1), DAY, LATER, LATER + timedelta(days=1))] == [
        "notice",
        "hold",
        "hold",
        "notice",
    ]
    assert list(holds.standing(item.customer, LATER)) == [Hold.objects.get()]
    assert list(holds.standing(item.customer, LATER + timedelta(days=1))) == []


def test_a_lifted_hold_holds_no_longer_and_what_it_held_stays_known(item):
    hold = holds.place(customer=item.customer, reason="Talks", from_on=DAY, actor=SYSTEM)
    holds.lift(hold, on=LATER, actor=SYSTEM)
    assert Hold.objects.get().until == LATER - timedelta(days=1)
    assert reason_for(item, LATER - timedelta(days=1)) == "hold"
    assert reason_for(item, LATER) == "notice"
    assert [activity.text for activity in Activity.objects.order_by("id")] == [
        f"Everything on hold from {DAY} until lifted: Talks",
        f"Hold lifted on {LATER}: Talks",
    ]
    with pytest.raises(holds.HoldRefused):
        holds.lift(Hold.objects.get(), on=LATER, actor=SYSTEM)


def test_a_hold_lifted_before_it_begins_never_was(item):
    hold = holds.place(customer=item.customer, item=item, reason="Talks", from_on=LATER, actor=SYSTEM)
    holds.lift(hold, on=DAY, actor=SYSTEM)
    assert Hold.objects.count() == 0
    assert Activity.objects.count() == 2


def test_a_hold_for_all_legal_entities_is_told_in_each(given, item):
    given.open_item("1.00 EUR", customer=item.customer, entity=given.entity("FR1"))
    holds.place(customer=item.customer, reason="Talks", from_on=DAY, actor=SYSTEM)
    assert sorted(Activity.objects.values_list("entity__code", flat=True)) == ["DE1", "FR1"]


def test_a_hold_that_cannot_be_is_refused(given, item):
    strangers = given.open_item("1.00 EUR")
    for wrong in (
        {"reason": "  "},
        {"until": DAY - timedelta(days=1)},
        {"item": strangers},
        {"item": item, "entity": given.entity("FR1")},
    ):
        facts = {"customer": item.customer, "reason": "Talks", "from_on": DAY, "actor": SYSTEM, **wrong}
        with pytest.raises(holds.HoldRefused), transaction.atomic():
            holds.place(**facts)
    assert (Hold.objects.count(), Activity.objects.count()) == (0, 0)
