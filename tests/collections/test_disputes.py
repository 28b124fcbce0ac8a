"""Disputes: an item that is contested is not chased until that is settled."""

from datetime import timedelta

import pytest
from django.db import transaction

from o2c.collections import disputes, dunning
from o2c.collections.models import Activity, Decision, Dispute
from o2c.core.actors import SYSTEM
from tests.given import DAY

LATER = DAY + timedelta(days=10)


@pytest.fixture
def item(given):
    return given.open_item("100.00 EUR", due=DAY - timedelta(days=20))


def reason_for(item, as_of) -> str:
    dunning.propose(item.entity, as_of, actor=SYSTEM, replay=True)
    return Decision.objects.filter(item_id=item.pk, as_of=as_of).latest("run_id").reason


def test_a_disputed_item_is_chased_again_from_the_day_the_dispute_closes(item):
    dispute = disputes.open(item, reason="Wrong price", on=DAY, actor=SYSTEM)
    assert reason_for(item, DAY) == "disputed"
    assert list(disputes.standing(item.customer, DAY)) == [dispute]
    disputes.withdraw(dispute, on=LATER, actor=SYSTEM, note="Price was right.")
    assert reason_for(item, LATER - timedelta(days=1)) == "disputed"
    assert reason_for(item, LATER) == "notice"
    assert list(disputes.standing(item.customer, LATER)) == []
    assert [activity.text for activity in Activity.objects.order_by("id")] == [
        f"{item.number} disputed: Wrong price",
        f"{item.number}: withdrawn. Price was right.",
    ]


def test_an_item_is_in_one_dispute_at_a_time(item):
    dispute = disputes.open(item, reason="Wrong price", on=DAY, actor=SYSTEM)
    with pytest.raises(disputes.DisputeRefused), transaction.atomic():
        disputes.open(item, reason="Never came", on=DAY, actor=SYSTEM)
    disputes.withdraw(dispute, on=DAY, actor=SYSTEM)
    with pytest.raises(disputes.DisputeRefused), transaction.atomic():
        disputes.withdraw(dispute, on=DAY, actor=SYSTEM)
    disputes.open(item, reason="Never came", on=DAY, actor=SYSTEM)
    assert Dispute.objects.filter(closed_on=None).count() == 1
    assert Activity.objects.count() == 3


def test_what_is_settled_or_a_credit_cannot_be_disputed(given, item):
    given.pay(item)
    credit = given.open_item("-5.00 EUR", customer=item.customer)
    for wrong, reason in ((item, "Wrong price"), (credit, "Wrong price"), (given.open_item("1.00 EUR"), " ")):
        with pytest.raises(disputes.DisputeRefused), transaction.atomic():
            disputes.open(wrong, reason=reason, on=DAY, actor=SYSTEM)
    assert (Dispute.objects.count(), Activity.objects.count()) == (0, 0)
