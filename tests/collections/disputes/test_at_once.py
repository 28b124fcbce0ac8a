"""Several people at one case at once: one of them ends it, once."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from o2c.collections import disputes
from o2c.collections.disputes import DisputeRefused, following
from o2c.collections.models import Activity, Dispute, Task
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing.models import Invoice, OpenItem
from tests.at_once import at_once
from tests.given import DAY, Given

pytestmark = pytest.mark.django_db(transaction=True)


def case(given: Given) -> tuple[Dispute, OpenItem]:
    item = OpenItem.objects.get(entry=given.invoice("100.00 EUR").entry_id)
    return disputes.open(item, reason="Too dear", amount=Decimal("23.80"), on=DAY, actor=SYSTEM), item


def test_resolved_eight_times_at_once_there_is_one_credit_note():
    given = Given()
    dispute, item = case(given)
    boss = Actor.of(given.user("boss", Role.FINANCE_MANAGER))
    resolve = partial(disputes.resolve, dispute, "credited", note="Offer", on=DAY, actor=boss)
    said = at_once(*[resolve] * 8, refusals=(DisputeRefused,))
    assert sum(isinstance(each, DisputeRefused) for each in said) == 7
    assert Invoice.objects.filter(kind="credit_note").count() == 1
    item.refresh_from_db()
    assert item.open_amount == Decimal("95.20")


def test_opened_eight_times_at_once_there_is_one_case():
    given = Given()
    item = given.open_item("100.00 EUR")
    opened = partial(disputes.open, item, reason="Too dear", on=DAY, actor=SYSTEM)
    said = at_once(*[opened] * 8, refusals=(DisputeRefused,))
    assert sum(isinstance(each, Dispute) for each in said) == 1
    assert (Dispute.objects.count(), Activity.objects.count()) == (1, 1)


def test_escalated_eight_times_at_once_there_is_one_task():
    given = Given()
    dispute, item = case(given)
    day = dispute.escalates_on + timedelta(days=1)
    assert sum(at_once(*[partial(following.escalate, item.entity, day)] * 8)) == 1
    assert Task.objects.filter(kind="dispute").count() == 1


def test_the_item_clears_while_somebody_rejects_the_case():
    given = Given()
    dispute, item = case(given)
    given.pay(item)
    boss = Actor.of(given.user("boss", Role.FINANCE_MANAGER))
    reject = partial(disputes.resolve, dispute, "rejected", note="No", on=DAY, actor=boss)
    at_once(reject, partial(following.follow, item.entity, DAY), refusals=(DisputeRefused,))
    dispute.refresh_from_db()
    assert (dispute.state, dispute.resolution in ("rejected", "paid")) == ("resolved", True)
    assert dispute.activities.exclude(text__contains=" disputed").count() == 1
